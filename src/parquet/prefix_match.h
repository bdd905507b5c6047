/* prefix_match.h - the matches of texts that share a prefix with the one before
 * and nothing else: numbered ids in their order.
 *
 * zstd looks for matches everywhere and finds chance ones in the digits behind
 * the prefix, which cost more than they save. Here each text is one match with
 * its predecessor and the rest of it literals. No output but the compressed
 * bytes depends on it. */
#ifndef MILLRACE_PREFIX_MATCH_H
#define MILLRACE_PREFIX_MATCH_H

#include "util/buf.h"

/* Replaces *out by the ZSTD_Sequence of `body`, whose blocks end explicitly.
 * From texts_at on it holds texts in their PLAIN form, before it anything.
 * False when out of memory. */
bool prefix_match(struct view body, size_t texts_at, struct buf *out);

#endif
