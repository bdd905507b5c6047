/* json_glance.h - a small JSON document, checked and walked in one go.
 *
 * json_parse() notes where every value stands, so that any may be asked for
 * later. Who knows beforehand which few members matter walks the text once
 * instead: values are handed out in the order of the text, and those nobody
 * wants are checked like all others. What a walk accepts json_parse() accepts
 * too; a walk may give up where json_parse() would not.
 *
 * One walk at a time; one struct per user, none shared. */
#ifndef MILLRACE_JSON_GLANCE_H
#define MILLRACE_JSON_GLANCE_H

#include "json/escapes.h"
#include "json/json.h"
#include "json/string_map.h"

/* A payload of more bytes or levels is parsed. */
#define JSON_GLANCE_BLOCKS 64
#define JSON_GLANCE_BYTES_MAX (JSON_GLANCE_BLOCKS * STRING_BLOCK_BYTES)
#define JSON_GLANCE_DEPTH_MAX 32

struct json_glance {
    string_map_fn *map;
    escapes_fn *escapes_are_valid;
    struct view text;
    size_t at;
    bool has_doubts;                                          /* some block has */
    size_t quote;                                             /* of `ends`: the next one */
    uint64_t blocks[JSON_GLANCE_BLOCKS];                      /* their doubts */
    uint32_t ends[JSON_GLANCE_BYTES_MAX + STRING_ENDS_SPARE]; /* the text's size last */
};

/* A value: of a string what stands between its quotes, of others their text. */
struct json_part {
    enum json_type type;
    struct view text;
};

void json_glance_init(struct json_glance *ret, enum cpu cpu);

/* Begins at the first byte of `text`, which is valid UTF-8, followed by
 * INPUT_SLACK_BYTES readable bytes, and stays the caller's until the walk is
 * over. False where it is too large. */
bool json_glance_begin(struct json_glance *g, struct view text);

/* Takes the value that comes next, with all that is in it. False where it is
 * not sound. */
bool json_glance_value(struct json_glance *g, struct json_part *ret);

/* Whether the value that comes next is an object. */
bool json_glance_is_object(struct json_glance *g);

/* Instead of taking an object as a value: enters it. False where the next value
 * is none. */
bool json_glance_enter(struct json_glance *g);

enum json_glance_step { JSON_GLANCE_MEMBER, JSON_GLANCE_END, JSON_GLANCE_FAULT };

/* Inside an object: takes the next key, so that its value comes next, or the
 * object's end. `is_first` right behind json_glance_enter(). */
enum json_glance_step json_glance_member(struct json_glance *g, bool is_first,
                                         struct view *ret_key);

/* Whether nothing but white space is left. */
bool json_glance_is_over(struct json_glance *g);

#endif
