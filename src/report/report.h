/* report.h - the alert report in each of its forms.
 *
 * All forms are written from the same opened partial and ledger, and depend on
 * nothing else: identical input gives identical bytes. */
#ifndef MILLRACE_REPORT_H
#define MILLRACE_REPORT_H

#include "alert/partial.h"
#include "commit/ledger.h"
#include "report/redact_rules.h"
#include "util/err.h"

enum report_format {
    REPORT_JSON,
    REPORT_HTML,
    REPORT_MARKDOWN,
    REPORT_CSV,
    REPORT_TERMINAL,
    REPORT_FORMAT_COUNT
};

struct report_options {
    bool redact;               /* keys, tokens and passwords in samples; default true */
    struct redact_rules *redact_rules; /* the user's own, or NULL; one report at a time */
    bool color;                /* terminal form only */
    unsigned terminal_columns; /* 0: 80 */
    /* An earlier report to compare with, or NULL: groups are then marked new or
     * back, and those gone are listed. The caller has made sure that both were
     * made with the same rules. */
    struct report *baseline;
};

/* "json", "html", "md", "csv", "table"; false for another word. */
bool report_format_parse(const char *word, enum report_format *ret);

/* Writes the report to `to` in a stream of bounded memory. */
typedef enum rc report_write_fn(void *context, struct view bytes, struct err *err);
NODISCARD enum rc report_write(enum report_format format, struct report *report,
                               const struct ledger *ledger, const struct report_options *options,
                               report_write_fn *write, void *context, struct err *err);

#endif
