/* interpreter.h - what an interpreter holds between events.
 *
 * Inside the module only; interpret.h is for everyone else. */
#ifndef MILLRACE_INTERPRETER_H
#define MILLRACE_INTERPRETER_H

#include "interpret/interpret.h"
#include "interpret/members.h"
#include "json/json_glance.h"

struct interpreter {
    enum cpu cpu;
    const struct interpret_options *options;
    struct json_parser *parser; /* of the message's payload */
    struct members members;
    struct json_glance glance; /* of payloads of which only counts are wanted */
    /* What cells borrow: unescaped strings and titles; the level in upper case;
     * the attributes. A buffer is reserved whole before the first view into it
     * is taken. */
    struct buf text;
    struct buf level;
    struct buf attributes;
};

#endif
