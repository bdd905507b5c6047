/* codec.h - what the codecs (gzip, zlib, zstd) have in common.
 *
 * A compressed layer is a sequence of members (zstd calls them frames). Each
 * codec can tell where a member may begin, decode a small one in one call, and
 * stream any through bounded steps. */
#ifndef MILLRACE_CODEC_H
#define MILLRACE_CODEC_H

#include "util/view.h"

enum header_rc {
    HEADER_OK,
    HEADER_SHORT, /* so far plausible, but the input ends inside it */
    HEADER_BAD,
};

enum member_rc {
    MEMBER_DONE,  /* decoded to its end, checksums match */
    MEMBER_SHORT, /* the input at hand ends inside it */
    MEMBER_FULL,  /* the output is full */
    MEMBER_BAD,   /* not decodable, or a checksum mismatch */
    MEMBER_NO_MEMORY,
};

/* What one call took and gave. */
struct member_step {
    size_t consumed;
    size_t produced;
    const char *reason; /* static text, set with MEMBER_BAD */
};

#endif
