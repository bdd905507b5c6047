/* form.h - what the writers of all forms share. Internal to the report. */
#ifndef MILLRACE_FORM_H
#define MILLRACE_FORM_H

#include "report/changes.h"
#include "report/facts.h"
#include "report/sink.h"

struct form {
    struct report *report;
    const struct summary *summary;
    const struct ledger *ledger;
    const struct report_options *options;
    const struct changes *changes; /* NULL without a baseline */
    struct sink sink;
    struct buf redacted; /* what form_text() gives */
    struct buf title;    /* what form_title() gives */
    struct err *err;
};

/* `v` without its secrets, unless they may stay. Null stays null. Borrowed
 * until the next call. A failed allocation shows in the sink. */
struct view form_text(struct form *f, struct view v);

/* What to call the group: its title without its secrets and with labels for
 * what differs among its alerts (title.h). Empty where it has none. Borrowed
 * until the next call. */
struct view form_title(struct form *f, const struct group *g);

/* Ranks the values that were logged under `name`. Those with secrets in them
 * are counted in ret->hidden instead, so that no two become the same. */
void form_rank_text(struct form *f, struct view name, const struct tally *t, struct ranked *ret);

/* All groups there are, kept or under (other). */
uint64_t form_groups(const struct form *f);
enum change form_change(const struct form *f, size_t rank);

NODISCARD enum rc report_json_write(struct form *f);
NODISCARD enum rc report_html_write(struct form *f);
NODISCARD enum rc report_markdown_write(struct form *f);
NODISCARD enum rc report_csv_write(struct form *f);
NODISCARD enum rc report_terminal_write(struct form *f);

#endif
