#include "cli/read_file.h"
#include "cli/verbs.h"
#include "commit/verify.h"
#include "recount.h"
#include "util/text.h"

#include <inttypes.h>
#include <stdio.h>

enum { EXIT_MISMATCH = 5 };

struct verification {
    const struct options *options;
    struct buf line;
    enum rc rc; /* of printing */
    struct err err;
};

static void print_line(struct verification *v, struct err *err)
{
    buf_append_byte(&v->line, '\n');
    v->rc = buf_failed(&v->line) ? err_set(err, RC_NO_MEMORY, "no memory to print")
                                 : print(buf_view(&v->line), err);
    buf_clear(&v->line);
}

static void on_problem(void *context, struct view file, const char *what)
{
    struct verification *v = context;
    if (v->rc != RC_OK)
        return;
    text_for_terminal(&v->line, file);
    buf_append(&v->line, ": ", 2);
    text_for_terminal(&v->line, view_of_string(what));
    print_line(v, &v->err);
}

static void on_notice(void *context, const char *text)
{
    const struct verification *v = context;
    if (!v->options->is_quiet)
        fprintf(stderr, "millrace: %s\n", text);
}

static void append_summary(struct verification *v, const struct verify_summary *s, uint64_t objects)
{
    const struct options *o = v->options;
    text_for_terminal(&v->line, view_of_string(o->target));
    buf_printf(&v->line, ": %" PRIu64 " files, %" PRIu64 " bytes, %" PRIu64 " rows are as written",
               s->files, s->bytes, s->rows);
    if (o->sources_count > 0)
        buf_printf(&v->line, "; %" PRIu64 " objects give the same counts", objects);
    if (o->sample_parts > 1)
        buf_printf(&v->line, " (part %" PRIu32 " of %" PRIu32 ")", o->sample_part, o->sample_parts);
}

static enum rc verify_all(struct verification *v, struct verify_summary *summary,
                          uint64_t *ret_objects, struct err *err)
{
    const struct options *o = v->options;
    struct verify verify = {.out = o->target,
                            .sample = {o->sample_part, o->sample_parts},
                            .threads = o->threads,
                            .on_problem = on_problem,
                            .context = v};
    TRY(verify_out(&verify, summary, err));
    if (o->sources_count == 0)
        return RC_OK;
    if (!summary->has_ledger) {
        if (summary->unread == 0)
            on_notice(v, "without a sound ledger.json the inputs have nothing to be compared with");
        return RC_OK;
    }
    struct recount recount = {.options = o,
                              .verify = &verify,
                              .ledger = &summary->ledger,
                              .on_notice = on_notice,
                              .context = v};
    return recount_objects(&recount, summary, ret_objects, err);
}

enum rc verb_verify(const struct options *o, int *ret_status, struct err *err)
{
    struct verification v = {.options = o};
    struct verify_summary summary = {0};
    uint64_t objects = 0;
    ledger_init(&summary.ledger);
    enum rc rc = verify_all(&v, &summary, &objects, err);
    bool is_sound = rc == RC_OK && summary.problems == 0;
    /* Something that changed is known for sure; else another look is wanted. */
    if (is_sound && summary.unread > 0) {
        rc = err_set(err, RC_IO, "%s", summary.unread_why.text);
    } else if (is_sound && !o->is_quiet) {
        append_summary(&v, &summary, objects);
        print_line(&v, &v.err);
    }
    if (rc == RC_OK && v.rc != RC_OK) {
        *err = v.err;
        rc = v.rc;
    }
    *ret_status = summary.problems > 0 ? EXIT_MISMATCH : 0;
    ledger_done(&summary.ledger);
    buf_done(&v.line);
    return rc;
}
