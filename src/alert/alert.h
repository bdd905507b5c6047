/* alert.h - one alert: all that an event adds to its group.
 *
 * Views borrow: from the event and the maker (fingerprint.h), or from the bytes
 * the alert was decoded from. */
#ifndef MILLRACE_ALERT_H
#define MILLRACE_ALERT_H

#include "alert/group.h"

/* Titles, templates and owners of groups are cut to this. */
#define HEAD_BYTES_MAX 1024

/* What names a group: it comes from the alert with the smallest sample. */
struct alert_head {
    enum kind kind;
    struct view level, title, masked, owner;
};

struct alert_top {
    uint64_t hash; /* of the name */
    struct view name, value;
};

struct alert {
    uint64_t fingerprint;
    enum alert_rule rule;
    struct alert_head head;
    struct view account_id, region, log_group; /* bounded keys, or null */
    bool has_stream, has_request;
    uint64_t stream_hash, request_hash;
    struct alert_top tops[TOPS_MAX]; /* by (hash, name) */
    unsigned tops_count;
    struct sample sample; /* texts may be longer than a kept sample's */
};

/* Order of appearance: by time, those without one last, then by position. */
int alert_compare_order(const struct alert *a, const struct alert *b);

int alert_head_compare(const struct alert_head *a, const struct alert_head *b);

/* The order of tops: by hash, then name. */
int alert_top_compare(uint64_t hash, struct view name, uint64_t other_hash, struct view other_name);

/* What alerts are made in: room for names and values. One per worker. */
struct alert_maker;
struct fingerprint;
struct rules_verdict;

/* NULL when out of memory. */
struct alert_maker *alert_maker_new(void);
void alert_maker_free(struct alert_maker *m);

/* Fills *ret with what event `e` adds to the group `f` names. *ret borrows from
 * the arguments and `m` until the next call. False when out of memory. */
bool alert_make(struct alert_maker *m, const struct event *e, const struct fingerprint *f,
                const struct rules_verdict *verdict, struct alert *ret);

#endif
