/* fingerprint.h - which group an alert belongs to, and why.
 *
 * The first rule that applies decides; what it looks at is hashed:
 * 1 user      a user rule's group
 * 2 platform  cause (`timeout`, `crash`) and log group
 * 3 title     level class, error type or code, masked title
 * 4 stack     a payload without a title: level class, error type or code, masked
 *             message (else error message, reason, details, attributes) and the
 *             top frames of the stack (frames.h)
 * 5 text      the first two lines that are not empty, masked
 *
 * The hash is XXH3-64 of `fp1`, the rule's number as one byte, then each part:
 * a byte that says whether it is there and, if so, its length in 4 bytes
 * (little-endian) and its bytes. Masked texts go in as mask_append_key() writes
 * them. It depends on nothing but the event and the rules file. */
#ifndef MILLRACE_FINGERPRINT_H
#define MILLRACE_FINGERPRINT_H

#include "alert/frames.h"
#include "alert/group.h"
#include "alert/mask.h"

/* "fp1-" and 16 hex digits. */
#define FINGERPRINT_TEXT_BYTES 20

struct fingerprint {
    uint64_t value;
    enum alert_rule rule;
    struct view group;             /* rule 1 */
    struct view text;              /* what was masked: MASK_TEXT_BYTES_MAX at most */
    struct view masked;            /* the same with placeholders */
    const struct mask_span *spans; /* into text */
    size_t spans_count;
    struct frame frames[FRAMES_MAX]; /* rule 4 */
    size_t frames_count;
};

/* Buffers for one thread. */
struct fingerprinter;

/* NULL when out of memory. `cpu` is one that can run here. */
struct fingerprinter *fingerprinter_new(enum cpu cpu);
void fingerprinter_free(struct fingerprinter *f);

/* `user_group` is null where no rule names one; `level` is the class after the
 * rules. *ret borrows from `f` and `e` until the next call. False when out of
 * memory. */
bool fingerprint_event(struct fingerprinter *f, const struct event *e, enum level_class level,
                       struct view user_group, struct fingerprint *ret);

void fingerprint_text(uint64_t value, char ret_text[FINGERPRINT_TEXT_BYTES]);

/* The platform failure an event tells of: by its status, or by its kind. */
enum failure event_failure(const struct event *e);

/* A level without a severity is CLASS_OTHER; interpretation gives every row a
 * level, without one INFO is meant. */
static inline enum level_class level_class_of(enum severity severity, bool has_level)
{
    static const unsigned char classes[] = {
        [SEVERITY_TRACE] = CLASS_TRACE, [SEVERITY_DEBUG] = CLASS_DEBUG,
        [SEVERITY_INFO] = CLASS_INFO,   [SEVERITY_WARN] = CLASS_WARN,
        [SEVERITY_ERROR] = CLASS_ERROR, [SEVERITY_FATAL] = CLASS_FATAL,
    };
    if (severity == SEVERITY_NONE)
        return has_level ? CLASS_OTHER : CLASS_INFO;
    return (enum level_class)classes[severity];
}

/* Whether a row with that class is an alert: ERROR and above, a failure of the
 * platform, or a title that begins `[Action Required]`; never a metric. */
bool event_is_alert(const struct event *e, enum level_class level);

#endif
