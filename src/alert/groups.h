/* groups.h - a worker's alert groups, from events to a partial.
 *
 * One per worker, nothing shared. Memory is bounded: at bytes_max groups_add()
 * gives RC_FULL and the caller spills to a partial file (partial.h). */
#ifndef MILLRACE_GROUPS_H
#define MILLRACE_GROUPS_H

#include "alert/group.h"
#include "util/cpu.h"
#include "util/err.h"
#include "util/sync_queue.h"

struct rules; /* alert/rules.h: the user's rules file, or NULL */
struct groups;

/* NULL when out of memory. `cpu` is one that can run here; `rules` is borrowed. */
struct groups *groups_new(enum cpu cpu, const struct rules *rules, size_t bytes_max);
void groups_free(struct groups *g);

/* Counts a row. Where it is an alert it is grouped, and COL_FINGERPRINT is set
 * (the text is static to `g` until the next call). RC_FULL: nothing was
 * counted; spill with groups_spill() and add again. RC_NO_MEMORY otherwise. */
NODISCARD enum rc groups_add(struct groups *g, struct event *e);

/* Counts, without rules, a row that is known to be no alert; its account and log
 * group are counted by groups_count_rows(), for many rows at once. False when out
 * of memory. */
NODISCARD bool groups_count_event(struct groups *g, const struct event *e);
NODISCARD bool groups_count_rows(struct groups *g, struct view account_id, struct view log_group,
                                 uint64_t events);

/* Whether a row with this request id was counted lately, so that counting it
 * again adds no request. False where it is not known. */
bool groups_counted_request(const struct groups *g, struct view request_id);

/* Sets COL_FINGERPRINT where the event is an alert, as groups_add() does, and
 * counts nothing: what `millrace events` prints equals the dataset. False when
 * out of memory. */
NODISCARD bool groups_name(struct groups *g, struct event *e);

/* What groups_add() would make of the event and why, counting nothing: for
 * `millrace explain`. *ret borrows from `g` and `e` until the next call. False
 * when out of memory. */
struct fingerprint;
bool groups_explain(struct groups *g, const struct event *e, struct fingerprint *ret,
                    bool *ret_is_alert);

/* Writes everything counted so far to `path` (created or replaced, mode 0600) as
 * one partial and empties the table. The bytes depend only on the rows added,
 * not on their order. It is not synced and not yet for reports: partial_merge()
 * does both. On failure the file is removed and nothing is forgotten. */
NODISCARD enum rc groups_spill(struct groups *g, const char *path, struct err *err);

/* The same where nothing was spilled before: as it stands this is all of the
 * partial, to be merged with others, and durable once `q` says so. */
NODISCARD enum rc groups_finish(struct groups *g, const char *path, struct sync_queue *q,
                                struct err *err);

#endif
