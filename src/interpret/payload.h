/* payload.h - the JSON of a structured message. */
#ifndef MILLRACE_PAYLOAD_H
#define MILLRACE_PAYLOAD_H

#include "interpret/interpreter.h"

struct message_payload {
    struct json_value root;
    /* Where the message is an object: members [0, siblings_count) are beside
     * it, `data` are its own. Otherwise siblings_count is 0 and both scopes are
     * the payload's. */
    struct scope data;
    struct scope outer;
    size_t siblings_count;
    bool is_nested;
    bool has_duplicates; /* two equal keys in an object at any depth */
};

/* Splits `body`, what follows the level, into words and a `{…}` that reaches
 * to its end; words need a level. False where it has no such form. */
bool payload_split(struct view body, bool has_level, struct view *ret_words, struct view *ret_json);

/* Parses `json` and finds its members. RC_BAD_INPUT and RC_TOO_BIG: it is not
 * sound; RC_NO_MEMORY. */
NODISCARD enum rc payload_open(struct interpreter *in, struct view json,
                               struct message_payload *ret);

/* Whether its code, or that of its message, is one to ignore. */
bool payload_is_ignored(struct interpreter *in, const struct message_payload *payload);

/* A string's content, another value's text as written. */
struct view payload_text(struct interpreter *in, struct json_value value);

/* The `Root=` value of a tracing header (`Root=1-…;Parent=…;Sampled=1`), null
 * where there is none. */
struct view trace_root(struct view header);

#endif
