/* mask_match.h - the matchers behind mask.h.
 *
 * Each looks for one kind of variable part that begins at text[begin], where a
 * word begins, and returns where it ends, or 0. None looks further than a
 * fixed distance, except those that say how far in *ret_looked: a match
 * cannot begin before that place once they have failed. */
#ifndef MILLRACE_MASK_MATCH_H
#define MILLRACE_MASK_MATCH_H

#include "alert/mask.h"
#include "alert/mask_map_tables.h"

/* mask_address.c; `at_sign` is the next `@` at or after `begin`. */
size_t mask_match_email(struct view text, size_t begin, size_t at_sign);
size_t mask_match_url(struct view text, size_t begin, size_t scheme_end);
/* *ret_begin is where the part to mask begins. */
size_t mask_match_arn(struct view text, size_t begin, size_t *ret_begin);
size_t mask_match_host(struct view text, size_t begin, size_t *ret_looked);
size_t mask_match_ipv4(struct view text, size_t begin);
size_t mask_match_ipv6(struct view text, size_t begin);
size_t mask_match_s3_key(struct view text, size_t begin, size_t *ret_looked);
/* `begin` is the slash of `/tmp/`. */
size_t mask_match_path(struct view text, size_t begin);

/* mask_number.c */
size_t mask_match_trace(struct view text, size_t begin);
size_t mask_match_uuid(struct view text, size_t begin);
size_t mask_match_duration(struct view text, size_t begin);
size_t mask_match_number(struct view text, size_t begin, enum mask *ret_mask);
bool mask_is_status_code(struct view text, size_t begin, size_t end);
bool mask_is_after_request_id(struct view text, size_t begin);

/* mask_date.c */
size_t mask_match_date(struct view text, size_t begin);

/* The byte at `at`, NUL past the end. */
static inline char mask_byte(struct view text, size_t at)
{
    return at < text.size ? text.data[at] : '\0';
}

static inline bool mask_is_letter(char byte)
{
    unsigned char lower = (unsigned char)byte | 0x20;
    return (lower >= 'a' && lower <= 'z') || (unsigned char)byte >= 0x80;
}

static inline bool mask_is_word(char byte)
{
    return (mask_classes[(unsigned char)byte] & MASK_WORD) != 0;
}

static inline bool mask_is_hex(char byte)
{
    return (mask_classes[(unsigned char)byte] & MASK_HEX_DIGIT) != 0;
}

/* How many digits follow from `at`, counted up to `most`. */
static inline size_t mask_digits(struct view text, size_t at, size_t most)
{
    size_t count = 0;
    while (count < most && byte_is_digit(mask_byte(text, at + count)))
        count++;
    return count;
}

static inline size_t mask_hex_digits(struct view text, size_t at, size_t most)
{
    size_t count = 0;
    while (count < most && mask_is_hex(mask_byte(text, at + count)))
        count++;
    return count;
}

/* Whether the text from `at` on begins with lower-case `word`, in any case. */
static inline bool mask_has_word(struct view text, size_t at, struct view word)
{
    if (at > text.size || word.size > text.size - at)
        return false;
    for (size_t i = 0; i < word.size; i++) {
        if (((unsigned char)text.data[at + i] | 0x20) != (unsigned char)word.data[i])
            return false;
    }
    return true;
}

#endif
