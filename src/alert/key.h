/* key.h - keys of bounded length for tallies and tables.
 *
 * Names in AWS are short (log groups and streams at most 512 characters), but
 * a logged string can say anything. A longer key is cut and ends in `~` and the
 * hash of the whole, so that different keys stay different. */
#ifndef MILLRACE_KEY_H
#define MILLRACE_KEY_H

#include "util/view.h"

#define KEY_BYTES_MAX 512   /* accounts, regions, log groups, owners */
#define VALUE_BYTES_MAX 200 /* values of masked spans and details, names of details */

/* `key` itself, or its short form written to `scratch` of at least bytes_max
 * bytes. Null stays null. bytes_max is at least 32. */
struct view key_bounded(struct view key, size_t bytes_max, char *scratch);

/* The longest prefix of at most bytes_max bytes that does not end inside a
 * UTF-8 sequence. */
struct view text_cut(struct view text, size_t bytes_max);

#endif
