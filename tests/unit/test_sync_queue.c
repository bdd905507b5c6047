#include "util/sync_queue.h"

#include "limits.h"
#include "unit_folder.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* An engine that tells of a file only when it is asked to wait, newest first. */
struct bed {
    struct unit_folder folder;
    struct sync_queue *queue;
    unsigned begun[SYNC_FILES_MAX];
    unsigned begun_count, turns;
    int result; /* of the next one told */
    bool refuses, is_broken;
};

static bool begin(void *context, int fd, unsigned slot)
{
    struct bed *b = context;
    struct stat st;
    cr_expect_eq(fstat(fd, &st), 0);
    if (b->refuses)
        return false;
    b->begun[b->begun_count++] = slot;
    return true;
}

static enum rc turn(void *context, bool is_waiting, struct err *err)
{
    struct bed *b = context;
    b->turns++;
    if (b->is_broken)
        return err_set(err, RC_IO, "the engine broke");
    if (!is_waiting || b->begun_count == 0)
        return RC_OK;
    sync_queue_note(b->queue, b->begun[--b->begun_count], b->result);
    b->result = 0;
    return RC_OK;
}

static void bed_init(struct bed *b, bool has_engine, unsigned files_max)
{
    const struct sync_engine engine = {.context = b, .begin = begin, .turn = turn};
    *b = (struct bed){.folder = unit_folder_make()};
    b->queue = sync_queue_new(has_engine ? &engine : NULL, files_max);
    cr_assert_not_null(b->queue);
}

static void bed_done(struct bed *b)
{
    sync_queue_free(b->queue);
    unit_folder_remove(&b->folder);
}

static int open_file(const struct bed *b, unsigned number)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/file-%u", b->folder.path, number);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    cr_assert_geq(fd, 0);
    return fd;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

Test(sync_queue, without_one_it_is_done_at_once)
{
    struct bed b;
    struct err err;
    bool is_done = false;
    bed_init(&b, false, 1);
    int fd = open_file(&b, 0);
    cr_expect_eq(sync_queue_add(NULL, fd, &err), RC_OK);
    cr_expect(!is_open(fd));
    cr_expect_eq(sync_queue_mark(NULL), 0);
    cr_expect_eq(sync_queue_poll(NULL, 0, &is_done, &err), RC_OK);
    cr_expect(is_done);
    cr_expect_eq(sync_queue_wait(NULL, 0, &err), RC_OK);
    cr_expect_eq(sync_queue_start(NULL, &err), RC_OK);
    bed_done(&b);
}

Test(sync_queue, what_cannot_be_synced_is_a_failure_that_names_it)
{
    int ends[2];
    struct err err;
    cr_assert_eq(pipe(ends), 0);
    cr_expect_eq(sync_queue_add(NULL, ends[0], &err), RC_IO);
    cr_expect(strstr(err.text, "cannot make it durable: Invalid argument") != NULL, "%s", err.text);
    /* Of a folder a filesystem may say so. */
    cr_expect_eq(sync_queue_add_folder(NULL, ends[1], &err), RC_OK);
    cr_expect(!is_open(ends[0]) && !is_open(ends[1]));
}

Test(sync_queue, plain_calls_come_when_they_are_waited_for)
{
    struct bed b;
    struct err err;
    int fds[5];
    bool is_done = true;
    bed_init(&b, false, 4);
    for (unsigned i = 0; i < 4; i++) {
        fds[i] = open_file(&b, i);
        cr_expect_eq(sync_queue_add(b.queue, fds[i], &err), RC_OK);
    }
    cr_expect_eq(sync_queue_poll(b.queue, 1, &is_done, &err), RC_OK);
    cr_expect(!is_done && is_open(fds[0]));
    cr_expect_eq(sync_queue_wait(b.queue, 2, &err), RC_OK);
    cr_expect(!is_open(fds[1]) && is_open(fds[2]));
    cr_expect_eq(sync_queue_poll(b.queue, 2, &is_done, &err), RC_OK);
    cr_expect(is_done);
    cr_expect_eq(sync_queue_wait(b.queue, sync_queue_mark(b.queue), &err), RC_OK);
    /* A full queue makes room. */
    for (unsigned i = 0; i < 5; i++) {
        fds[i] = open_file(&b, i);
        cr_expect_eq(sync_queue_add(b.queue, fds[i], &err), RC_OK);
    }
    cr_expect(!is_open(fds[0]) && is_open(fds[4]));
    bed_done(&b);
    cr_expect(!is_open(fds[4]));
}

Test(sync_queue, an_engine_may_end_them_in_any_order)
{
    struct bed b;
    struct err err;
    int fds[3];
    bool is_done = true;
    bed_init(&b, true, SYNC_FILES_MAX);
    for (unsigned i = 0; i < 3; i++) {
        fds[i] = open_file(&b, i);
        cr_expect_eq(sync_queue_add(b.queue, fds[i], &err), RC_OK);
    }
    uint64_t two = sync_queue_mark(b.queue) - 1;
    cr_expect_eq(sync_queue_start(b.queue, &err), RC_OK);
    cr_expect_eq(sync_queue_poll(b.queue, two, &is_done, &err), RC_OK);
    cr_expect(!is_done);
    cr_expect_eq(sync_queue_wait(b.queue, two, &err), RC_OK);
    /* The newest was told first; none is waited for that is done. */
    cr_expect_eq(b.begun_count, 0);
    for (unsigned i = 0; i < 3; i++)
        cr_expect(!is_open(fds[i]));
    bed_done(&b);
}

Test(sync_queue, more_files_than_places_wait_for_room)
{
    struct bed b;
    struct err err;
    bed_init(&b, true, 8);
    for (unsigned i = 0; i < 100; i++) {
        cr_expect_eq(sync_queue_add(b.queue, open_file(&b, i), &err), RC_OK);
        cr_expect_leq(b.begun_count, 8);
    }
    cr_expect_eq(sync_queue_wait(b.queue, sync_queue_mark(b.queue), &err), RC_OK);
    cr_expect_eq(b.begun_count, 0);
    bed_done(&b);
}

Test(sync_queue, a_failure_is_named_and_stays)
{
    struct bed b;
    struct err err = {0};
    char wanted[512];
    bool is_done = false;
    bed_init(&b, true, 8);
    cr_expect_eq(sync_queue_add(b.queue, open_file(&b, 7), &err), RC_OK);
    b.result = -ENOSPC;
    cr_expect_eq(sync_queue_wait(b.queue, 1, &err), RC_NO_SPACE);
    snprintf(wanted, sizeof(wanted),
             "%s/file-7: cannot make it durable: No space left on device; make room and run the "
             "same command again",
             b.folder.path);
    cr_expect_str_eq(err.text, wanted);
    cr_expect_eq(sync_queue_add(b.queue, open_file(&b, 8), &err), RC_OK);
    uint64_t mark = sync_queue_mark(b.queue);
    cr_expect_eq(sync_queue_wait(b.queue, mark, &err), RC_NO_SPACE);
    cr_expect_str_eq(err.text, wanted);
    cr_expect_eq(sync_queue_poll(b.queue, mark, &is_done, &err), RC_OK);
    cr_expect(is_done);
    bed_done(&b);
}

Test(sync_queue, a_file_that_the_engine_refuses_is_synced_plainly)
{
    struct bed b;
    struct err err;
    bed_init(&b, true, 8);
    b.refuses = true;
    int fd = open_file(&b, 0);
    cr_expect_eq(sync_queue_add(b.queue, fd, &err), RC_OK);
    cr_expect_eq(sync_queue_wait(b.queue, 1, &err), RC_OK);
    cr_expect(!is_open(fd));
    bed_done(&b);
}

Test(sync_queue, an_engine_that_breaks_ends_it_and_no_file_stays_open)
{
    struct bed b;
    struct err err;
    bed_init(&b, true, 8);
    int fd = open_file(&b, 0);
    cr_expect_eq(sync_queue_add(b.queue, fd, &err), RC_OK);
    b.is_broken = true;
    cr_expect_eq(sync_queue_wait(b.queue, 1, &err), RC_IO);
    cr_expect_str_eq(err.text, "the engine broke");
    bed_done(&b);
    cr_expect(!is_open(fd));
}
