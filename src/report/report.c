#include "report/report.h"

#include "report/form.h"
#include "report/redact.h"
#include "report/title.h"

#include <assert.h>

bool report_format_parse(const char *word, enum report_format *ret)
{
    static const struct {
        const char *word;
        enum report_format format;
    } words[] = {
        {"json", REPORT_JSON}, {"html", REPORT_HTML},      {"md", REPORT_MARKDOWN},
        {"csv", REPORT_CSV},   {"table", REPORT_TERMINAL},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(word, words[i].word) == 0) {
            *ret = words[i].format;
            return true;
        }
    }
    return false;
}

struct view form_text(struct form *f, struct view v)
{
    if (view_is_null(v))
        return v;
    if (f->options->redact) {
        buf_clear(&f->redacted);
        redact_append(&f->redacted, v);
        f->sink.buf.failed |= buf_failed(&f->redacted);
        v = buf_view(&f->redacted);
    }
    if (f->options->redact_rules != NULL)
        v = redact_rules_apply(f->options->redact_rules, v, &f->sink.buf.failed);
    return v;
}

struct view form_title(struct form *f, const struct group *g)
{
    buf_clear(&f->title);
    title_append(&f->title, g, form_text(f, g->title));
    f->sink.buf.failed |= buf_failed(&f->title);
    return buf_view(&f->title);
}

void form_rank_text(struct form *f, struct view name, const struct tally *t, struct ranked *ret)
{
    facts_rank(t, ret);
    if (!f->options->redact && f->options->redact_rules == NULL)
        return;
    bool is_secret = f->options->redact && redact_is_secret_name(name);
    size_t kept = 0;
    for (size_t i = 0; i < ret->count; i++) {
        struct view key = ret->at[i].key;
        if (!is_secret && !view_equals(key, VIEW("[redacted]")) &&
            view_equals(form_text(f, key), key))
            ret->at[kept++] = ret->at[i];
        else
            ret->hidden += ret->at[i].count;
    }
    ret->count = kept;
}

uint64_t form_groups(const struct form *f)
{
    return report_group_count(f->report) + report_other_groups(f->report);
}

enum change form_change(const struct form *f, size_t rank)
{
    return f->changes ? (enum change)f->changes->of_rank[rank] : CHANGE_NONE;
}

static enum rc write_form(enum report_format format, struct form *f)
{
    switch (format) {
    case REPORT_JSON:
        return report_json_write(f);
    case REPORT_HTML:
        return report_html_write(f);
    case REPORT_MARKDOWN:
        return report_markdown_write(f);
    case REPORT_CSV:
        return report_csv_write(f);
    case REPORT_TERMINAL:
        return report_terminal_write(f);
    case REPORT_FORMAT_COUNT:
        break;
    }
    assert(!"a format");
    return RC_FAILED;
}

enum rc report_write(enum report_format format, struct report *report, const struct ledger *ledger,
                     const struct report_options *options, report_write_fn *write, void *context,
                     struct err *err)
{
    assert(report != NULL && ledger != NULL && options != NULL && write != NULL);

    struct form f = {
        .report = report,
        .summary = report_summary(report),
        .ledger = ledger,
        .options = options,
        .sink = {.write = write, .context = context},
        .err = err,
    };
    struct changes changes = {0};
    if (options->baseline != NULL) {
        TRY(changes_find(report, options->baseline, &changes, err));
        f.changes = &changes;
    }
    enum rc rc = write_form(format, &f);
    if (rc == RC_OK)
        rc = sink_flush(&f.sink, err);
    changes_done(&changes);
    buf_done(&f.redacted);
    buf_done(&f.title);
    buf_done(&f.sink.buf);
    return rc;
}
