/* main.c - argv in, exit status out. */
#include "cli/command_line.h"
#include "cli/verbs.h"
#include "input/source.h"
#include "job.h"
#include "util/sandbox.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static int print_help(const struct command_line *c)
{
    struct buf text = {0};
    if (c->has_verb)
        help_append_verb(c->verb, &text);
    else
        help_append(&text);
    fwrite(text.data, 1, text.size, stdout);
    buf_done(&text);
    return fflush(stdout) == 0 ? 0 : rc_info(RC_IO)->exit_status;
}

static enum rc run_verb(const struct command_line *c, int *ret_status, struct err *err)
{
    switch (c->verb) {
    case VERB_RUN:
        return verb_run(&c->options, ret_status, err);
    case VERB_WATCH:
        return verb_watch(&c->options, ret_status, err);
    case VERB_PLAN:
        return verb_plan(&c->options, ret_status, err);
    case VERB_MERGE:
        return verb_merge(&c->options, ret_status, err);
    case VERB_EVENTS:
        return verb_events(&c->options, ret_status, err);
    case VERB_SPLIT:
        return verb_split(&c->options, ret_status, err);
    case VERB_INSPECT:
        return verb_inspect(&c->options, ret_status, err);
    case VERB_REPORT:
        return verb_report(&c->options, ret_status, err);
    case VERB_EXPLAIN:
        return verb_explain(&c->options, ret_status, err);
    case VERB_VERIFY:
        return verb_verify(&c->options, ret_status, err);
    case VERB_QUARANTINE:
        return verb_quarantine(&c->options, ret_status, err);
    case VERB_BENCH:
        return verb_bench(&c->options, ret_status, err);
    case VERB_COUNT:
        break;
    }
    assert(!"a parsed command line has a verb");
    return RC_FAILED;
}

/* Whether it writes to standard output alone. Others keep to their folders as
 * soon as these are there (place_confine(), and report where it writes). */
static bool prints_only(const struct command_line *c)
{
    static const bool prints[VERB_COUNT] = {
        [VERB_EVENTS] = true,  [VERB_SPLIT] = true,  [VERB_INSPECT] = true,
        [VERB_EXPLAIN] = true, [VERB_VERIFY] = true, [VERB_QUARANTINE] = true,
        [VERB_REPORT] = true,
    };
    const char *out = c->options.out;
    bool is_written = out != NULL && strcmp(out, "-") != 0;
    bool writes = c->verb == VERB_REPORT ? is_written : c->options.is_extract;
    return prints[c->verb] && !writes;
}

/* Before the first byte of input is looked at. */
static void enter_sandbox(const struct command_line *c)
{
    bool reads_objects = c->verb == VERB_RUN || c->verb == VERB_WATCH || c->verb == VERB_MERGE ||
                         c->verb == VERB_BENCH;
    const char *calls = sandbox_forbid_calls(reads_objects);
    const char *files = prints_only(c) ? sandbox_keep_writes(NULL, 0) : NULL;
    if (c->options.verbose == 0 || c->options.is_quiet)
        return;
    if (calls != NULL)
        fprintf(stderr, "millrace: network and programs are not forbidden: %s\n", calls);
    if (files != NULL)
        fprintf(stderr, "millrace: writing files is not forbidden: %s\n", files);
}

/* What was printed must have arrived: a full disk behind `>` shows only here. */
static enum rc flush_output(struct err *err)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return RC_OK;
    return err_errno(err, "cannot write to standard output");
}

int main(int argc, char **argv)
{
    struct command_line c;
    struct err err = {0};
    int status = 0;
    source_guard();
    enum rc rc = command_line_parse(argc, argv, &c, &err);
    if (rc == RC_OK && c.wants_version) {
        puts(job_program());
        return 0;
    }
    if (rc == RC_OK && c.wants_help)
        return print_help(&c);
    if (rc == RC_OK) {
        enter_sandbox(&c);
        rc = run_verb(&c, &status, &err);
    }
    if (rc == RC_OK)
        rc = flush_output(&err);
    if (rc == RC_OK)
        return status;
    /* Inside a record nobody says more of want of memory than its code. */
    fprintf(stderr, "millrace: %s\n", err.text[0] != '\0' ? err.text : rc_info(rc)->name);
    return rc_info(rc)->exit_status;
}
