/* members.h - the members of a payload and of the data inside it.
 *
 * A payload {"level":…,"message":{…}} has two scopes: the data are the members
 * of its message, the siblings those beside it. Where the message is no object
 * the data are the payload's own members. */
#ifndef MILLRACE_MEMBERS_H
#define MILLRACE_MEMBERS_H

#include "json/json.h"

/* A payload with more members is not read, like one that nests too deep
 * (RFC 8259, section 9): this bounds the table to 20 MiB. */
#define MEMBERS_MAX ((size_t)1 << 18)

/* Keys that mean something. */
enum key {
    KEY_OTHER,
    KEY_AWS,                 /* _aws */
    KEY_AWS_REQUEST_ID,      /* AWSRequestId */
    KEY_CODE,                /* code */
    KEY_DETAILS,             /* details */
    KEY_ERROR,               /* error */
    KEY_ERROR_MESSAGE,       /* errorMessage */
    KEY_ERROR_TYPE,          /* errorType */
    KEY_FUNCTION_REQUEST_ID, /* function_request_id */
    KEY_LEVEL,               /* level */
    KEY_LOG_LEVEL,           /* log_level */
    KEY_MESSAGE,             /* message */
    KEY_PREFIX,              /* prefix */
    KEY_PROMISE,             /* promise */
    KEY_REASON,              /* reason */
    KEY_RECORD,              /* record */
    KEY_REQUEST_ID,          /* requestId */
    KEY_STACK,               /* stack */
    KEY_STACK_TRACE,         /* stackTrace */
    KEY_TIME,                /* time */
    KEY_TIMESTAMP,           /* timestamp */
    KEY_TITLE,               /* title */
    KEY_TRACE_HEADER,        /* X-Amzn-Trace-Id in any case, _X_AMZN_TRACE_ID */
    KEY_TRACE_ID,            /* trace_id */
    KEY_TRACE_ID_CAMEL,      /* traceId */
    KEY_TYPE,                /* type */
    KEY_XRAY_TRACE_ID,       /* xray_trace_id */
    KEY_COUNT
};

struct member {
    struct view name; /* unescaped */
    struct json_value key;
    struct json_value value; /* of the last duplicate */
    enum key id;
    bool is_sibling;
    bool is_left_out; /* of the attributes: a column took it, or another has its key */
};

struct members {
    enum cpu cpu;
    struct member *items;
    size_t count;
    size_t capacity;
    uint32_t *order; /* as long as items: for finding equal keys */
    uint64_t seen;   /* a bit per key read since it was cleared; keys may share one */
    bool may_repeat; /* two keys shared a bit */
};

/* Which member has a key that means something: index + 1, or 0. */
struct scope {
    uint32_t slots[KEY_COUNT];
};

/* KEY_OTHER for a name that means nothing. */
enum key members_key_of(struct view name);

void members_done(struct members *m);

/* Reads the members of `object` behind those already there, as data. Keys with
 * escapes go to `text`, which must have room; *ret_is_too_many says that there
 * are more than MEMBERS_MAX. False when out of memory. */
bool members_read(struct members *m, const struct json_parser *p, struct json_value object,
                  struct buf *text, bool *ret_is_too_many);

/* Leaves out all but one member of each key: a duplicate keeps its first place
 * and takes its last value; data win over siblings. Whether there was any. */
bool members_drop_duplicates(struct members *m);

/* The same where only the first `siblings_count` members, the siblings, can
 * have the key of another. */
void members_drop_shadowed(struct members *m, size_t siblings_count);

/* Finds the members that mean something among [begin, end). Left-out ones are
 * found too, where no other has the key. */
void members_find(const struct members *m, size_t begin, size_t end, struct scope *ret);

/* NULL where the scope has no such key. */
static inline struct member *members_at(const struct members *m, const struct scope *scope,
                                        enum key key)
{
    uint32_t slot = scope->slots[key];
    return slot == 0 ? NULL : &m->items[slot - 1];
}

#endif
