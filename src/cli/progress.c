#include "cli/progress.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void stop_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
}

enum { EXIT_TEMPORARY = 75 };

static const char stopped[] = "millrace: stopped; the same command goes on where this was\n";

/* Only what signal-safety(7) allows. */
static void end_at_once(int number)
{
    ssize_t put = write(STDERR_FILENO, stopped, sizeof(stopped) - 1);
    (void)put;
    _exit(128 + number);
}

/* To the engine that runs a shard, SIGTERM is a reason to run it again. */
static void end_shard_at_once(int number)
{
    ssize_t put = write(STDERR_FILENO, stopped, sizeof(stopped) - 1);
    (void)put;
    (void)number;
    _exit(EXIT_TEMPORARY);
}

static void set_handler(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void progress_begin(struct progress *p, const struct options *o)
{
    *p = (struct progress){.is_quiet = o->is_quiet, .verbose = o->verbose, .stats_s = o->stats_s};
    p->is_terminal = isatty(STDERR_FILENO) == 1;
    clock_gettime(CLOCK_MONOTONIC, &p->began);
    p->last = p->began;
    set_handler(SIGINT, end_at_once);
    set_handler(SIGTERM, o->plan_path != NULL ? end_shard_at_once : end_at_once);
}

void progress_end(struct progress *p)
{
    (void)p;
    set_handler(SIGINT, SIG_DFL);
    set_handler(SIGTERM, SIG_DFL);
}

static void clear_line(struct progress *p)
{
    if (p->is_drawn)
        fputs("\r\033[K", stderr);
    p->is_drawn = false;
}

static void batches_begin(void *context)
{
    struct progress *p = context;
    clock_gettime(CLOCK_MONOTONIC, &p->began);
    sigset_t set;
    stop_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void batches_end(void *context)
{
    struct progress *p = context;
    clear_line(p);
    sigset_t set;
    stop_signals(&set);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

void progress_failure(struct progress *p, const char *text)
{
    clear_line(p);
    fprintf(stderr, "millrace: %s\n", text);
}

void progress_notice(void *context, unsigned level, const char *text)
{
    struct progress *p = context;
    if (!p->is_quiet && level <= p->verbose)
        progress_failure(p, text);
}

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
    return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

static void print_line(const struct progress *p, const struct fanout_progress *done,
                       uint64_t total_bytes, const struct timespec *now)
{
    double passed = seconds_between(&p->began, now);
    uint64_t stored = atomic_load_explicit(&done->stored_bytes, memory_order_relaxed);
    double share = total_bytes > 0 ? (double)stored / (double)total_bytes : 1;
    double left = share > 0 ? passed * (1 - share) / share : 0;
    fprintf(stderr,
            "%5.1f%%  %.2f GB/s decoded  %.2f M events/s  %" PRIu64 " quarantined  %um%02us left",
            share * 100, (double)done->decoded_bytes / passed / 1e9,
            (double)done->events / passed / 1e6, (uint64_t)done->quarantined, (unsigned)(left / 60),
            (unsigned)left % 60);
}

static void poll_signals(struct progress *p)
{
    sigset_t set;
    stop_signals(&set);
    struct timespec zero = {0};
    int number = sigtimedwait(&set, NULL, &zero);
    if (number > 0)
        p->signal = number;
}

static bool tell(void *context, const struct fanout_progress *done, uint64_t total_bytes)
{
    struct progress *p = context;
    poll_signals(p);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    bool is_due = p->stats_s > 0 && seconds_between(&p->last, &now) >= p->stats_s;
    if (!p->is_quiet && p->is_terminal) {
        fputs("\r\033[K", stderr);
        print_line(p, done, total_bytes, &now);
        p->is_drawn = true;
    } else if (!p->is_quiet && is_due) {
        fputs("millrace: ", stderr);
        print_line(p, done, total_bytes, &now);
        fputc('\n', stderr);
        p->last = now;
    }
    return p->signal != 0;
}

struct job_hooks progress_hooks(struct progress *p)
{
    return (struct job_hooks){.context = p,
                              .on_notice = progress_notice,
                              .on_progress = tell,
                              .on_batches_begin = batches_begin,
                              .on_batches_end = batches_end};
}
