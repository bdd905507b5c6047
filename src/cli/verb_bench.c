#include "bench/bench.h"
#include "cli/read_file.h"
#include "cli/verbs.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>

enum { EXIT_SIGNAL = 128 };

static void stop_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
}

/* The signals are blocked, so that the folder of files is removed before the end. */
static bool is_stopping(void *context)
{
    sigset_t pending;
    (void)context;
    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1);
}

static void on_notice(void *context, const char *text)
{
    const struct options *o = context;
    if (!o->is_quiet)
        fprintf(stderr, "millrace: %s\n", text);
}

static enum rc print_result(const struct options *o, const struct bench_result *r, struct err *err)
{
    struct buf text = {0};
    if (o->is_json)
        figures_append_json(r, &text);
    else
        figures_append_table(r, &text);
    enum rc rc = buf_failed(&text) ? err_set(err, RC_NO_MEMORY, "no memory to print")
                                   : print(buf_view(&text), err);
    buf_done(&text);
    return rc;
}

enum rc verb_bench(const struct options *o, int *ret_status, struct err *err)
{
    sigset_t set;
    struct timespec zero = {0};
    struct bench_result result;
    union {
        const struct options *given;
        void *context;
    } options = {.given = o};
    struct bench_hooks hooks = {
        .context = options.context, .on_notice = on_notice, .is_stopping = is_stopping};
    stop_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    enum rc rc = bench(o, &hooks, &result, err);
    int number = sigtimedwait(&set, NULL, &zero);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    if (rc == RC_OK)
        rc = print_result(o, &result, err);
    bench_result_done(&result);
    if (rc == RC_STOPPED && number > 0) {
        *ret_status = EXIT_SIGNAL + number;
        rc = RC_OK;
    }
    return rc;
}
