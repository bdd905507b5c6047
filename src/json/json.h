/* json.h - sound JSON documents, walked without copying.
 *
 * simdjson's stage 1 (behind json_shim.h) finds every structural byte and
 * checks UTF-8, quotes and control characters in strings; json.c then walks
 * those positions once, checks the whole grammar of RFC 8259 and notes where
 * each container ends. Only a document that is valid from its first byte to
 * its last is handed out: values nobody asks for are checked like all others.
 * After that a member or an element costs a few loads, and a skipped container
 * one.
 *
 * A parser holds one document at a time: parsing again ends the old one. One
 * parser per worker and nesting use; none is shared. */
#ifndef MILLRACE_JSON_H
#define MILLRACE_JSON_H

#include "util/buf.h"
#include "util/cpu.h"
#include "util/err.h"
#include "util/view.h"

struct json_parser;

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

/* A value in the parsed document. `raw` is its text as written, without the
 * white space around it; a string's includes both quotes. */
struct json_value {
    struct view raw;
    uint32_t token; /* index of its first structural position */
    enum json_type type;
};

/* Where an iteration stands. */
struct json_cursor {
    uint32_t token;
    uint32_t close;
};

/* Documents up to bytes_max bytes (a little less than 4 GiB at most). NULL when
 * out of memory. Memory for positions is allocated as the longest document so
 * far needs it, and only touched as far as tokens need it: 8 bytes per byte of
 * bytes_max in the worst case. */
struct json_parser *json_parser_new(enum cpu cpu, size_t bytes_max);
void json_parser_free(struct json_parser *p); /* NULL is fine */

/* Parses exactly `text`: one value with white space around it. `text` stays
 * the caller's and must outlive the values taken from it; nothing past its end
 * is read. RC_BAD_INPUT (err says what and at which byte) when it is not valid
 * or nests deeper than JSON_DEPTH_MAX, RC_TOO_BIG past bytes_max, RC_NO_MEMORY.
 * A byte order mark is not white space. */
NODISCARD enum rc json_parse(struct json_parser *p, struct view text, struct json_value *ret_root,
                             struct err *err);

/* Iterates an object's members in order: duplicates come as often as written.
 *     struct json_cursor c = json_open(p, object);
 *     while (json_next_member(p, &c, &key, &value)) …
 * `key` is a JSON_STRING. */
static inline struct json_cursor json_open(const struct json_parser *p,
                                           struct json_value container);
static inline bool json_next_member(const struct json_parser *p, struct json_cursor *c,
                                    struct json_value *ret_key, struct json_value *ret_value);
static inline bool json_next_element(const struct json_parser *p, struct json_cursor *c,
                                     struct json_value *ret_value);

/* Whether a JSON_STRING holds exactly `text`: escapes are resolved, so
 * `"l\u0065vel"` equals `level`. */
static inline bool json_string_equals(struct json_value string, struct view text);

/* The content of a JSON_STRING: a view into the document where it has no
 * escape, else unescaped into `out` (appended; the view borrows from it and
 * dies when `out` grows). Never fails on a parsed document but for memory:
 * then the view is null. A lone surrogate becomes U+FFFD. */
struct view json_string_text(struct json_value string, enum cpu cpu, struct buf *out);

/* The same for what stands between the quotes of a sound string. */
struct view json_inside_text(struct view inside, enum cpu cpu, struct buf *out);

/* Appends a value's text without white space between its tokens; strings and
 * numbers as written. */
bool json_append_compact(const struct json_parser *p, struct json_value value, struct buf *out);

/* Whether an object at any depth inside `value`, itself included, holds the
 * same key twice (after unescaping). Allocates nothing: an object of n members
 * costs O(n log n) whatever its keys. */
bool json_has_duplicate_keys(const struct json_parser *p, struct json_value value);

/* The end of the sound document that begins at text[0] ('{' or '['), or 0
 * where none does: a scalar walk of the grammar for damaged text, bounded by
 * one pass over `text`. *ret_looked is how far it looked. Sound here includes
 * documents whose strings hold what repair_json() mends: invalid UTF-8 and
 * control characters. */
size_t json_document_end(struct view text, size_t *ret_looked);

#include "json/json_inline.h"

#endif
