/* mask.h - finds the parts of a message that vary from one event to the next.
 *
 * One pass from left to right. At the start of each word the kinds of variable
 * part are tried in the order of enum mask; the first that matches is taken
 * whole and the search goes on behind it. HTTP status codes (three digits
 * after a word that ends in `status` or `code`) stay as they are. Numbers
 * inside words count from four digits on (`user1234`, but `sha256`).
 *
 * Time is linear in the text: every look ahead is bounded or done once. Words
 * that are only words, most of them, are passed over 64 bytes at a time by what
 * classes the bytes are of (mask_map.h); none of the kinds above can begin there.
 *
 * Nanoseconds a text, looking at every word, and over the map of the scalar, AVX2, AVX-512
 * kernel: 16 bytes of two words 74, 30, 26, 13; 111 bytes of prose 521, 136, 75, 56; 117
 * bytes with a status, an id and a path 498, 283, 218, 200; 93 bytes with a UUID, an amount
 * and an e-mail address 537, 404, 350, 338; 4 KiB of prose 24,543, 4,758, 2,102, 1,860, of
 * ids, keys and durations alone 50,841, 48,334, 44,797, 45,562, of one word 6,780, 12,142,
 * 9,555, 9,124. */
#ifndef MILLRACE_MASK_H
#define MILLRACE_MASK_H

#include "alert/mask_map.h"
#include "util/buf.h"

enum mask {
    MASK_EMAIL,
    MASK_URL,
    MASK_ARN, /* what follows `arn:partition:service:` */
    MASK_HOST,
    MASK_IP,
    MASK_TRACE, /* W3C traceparent, X-Ray trace id */
    MASK_UUID,
    MASK_ID, /* behind `request id`, or a long mix of letters and digits */
    MASK_S3_KEY,
    MASK_PATH, /* below /tmp */
    MASK_HASH, /* MD5, SHA-1, SHA-256, SHA-512 in hex */
    MASK_DATE,
    MASK_DURATION,
    MASK_HEX, /* 0x…, or 8 and more hex characters with a letter and a digit */
    MASK_FLOAT,
    MASK_INT,
    MASK_COUNT
};

/* "email", "url", …: placeholders are this in `<>`. */
const char *mask_label(enum mask mask);

struct mask_span {
    uint32_t begin, end;
    enum mask mask;
};

/* Only this much of a text is looked at: what tells problems apart stands at
 * its beginning. */
#define MASK_TEXT_BYTES_MAX 4096
/* No two spans touch the same byte. */
#define MASK_SPANS_MAX MASK_TEXT_BYTES_MAX

/* The variable parts of `text` (MASK_TEXT_BYTES_MAX at most), in order. Writes
 * to `ret_spans`, which holds text.size of them, and returns their number. Which
 * kernel `map` is changes nothing but the time. */
size_t mask_find(mask_map_fn *map, struct view text, struct mask_span *ret_spans);

/* Appends the text with placeholders in place of its spans. */
void mask_append(struct buf *out, struct view text, const struct mask_span *spans, size_t count);

/* The same for hashing: integers, floats, hex and ids all become `<n>`, since
 * one random value may look like either (`12345678`, `1234567e`). */
void mask_append_key(struct buf *out, struct view text, const struct mask_span *spans,
                     size_t count);

#endif
