#include "input/source.h"

#include "limits.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LARGE = 3 * 1024 * 1024 + 100, SMALL = 5000, CUT = 1024 * 1024 + 10 };

/* A file of that size without a name that anybody else knows. */
struct file {
    char path[64];
    struct source_range range;
};

static struct file make_file(size_t size)
{
    struct file f = {.path = "/tmp/millrace-source-XXXXXX"};
    char *bytes = malloc(size);
    memset(bytes, 'x', size);
    int fd = mkstemp(f.path);
    cr_assert(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    close(fd);
    free(bytes);
    f.range = (struct source_range){NULL, size, 0, size};
    return f;
}

static struct source_range *range_of(struct file *f)
{
    f->range.path = f->path;
    return &f->range;
}

static size_t count_x(struct view v)
{
    size_t count = 0;
    for (size_t i = 0; i < v.size; i++)
        count += v.data[i] == 'x';
    return count;
}

Test(source, gives_the_bytes_and_slack_behind_them)
{
    static const size_t sizes[] = {1, SMALL, 1024 * 1024, LARGE, 2 * 1024 * 1024};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct file f = make_file(sizes[i]);
        struct source s = {0};
        cr_assert_eq(source_open(&s, range_of(&f), NULL), RC_OK);
        cr_assert_eq(count_x(s.bytes), sizes[i]);
        for (size_t k = 0; k < INPUT_SLACK_BYTES; k++)
            cr_assert_eq(s.bytes.data[sizes[i] + k], '\0');
        cr_assert_eq(source_check(&s), SOURCE_SOUND);
        source_done(&s);
        unlink(f.path);
    }
}

Test(source, another_size_than_listed_is_refused)
{
    struct file f = make_file(LARGE);
    struct source s = {0};
    struct err err;
    f.range.size = LARGE + 1;
    cr_assert_eq(source_open(&s, range_of(&f), &err), RC_USAGE);
    char text[ERR_TEXT_BYTES];
    snprintf(text, sizeof(text),
             "%s: changed after it was listed (%d bytes then, %d now); run again when staging is "
             "done",
             f.path, LARGE + 1, LARGE);
    cr_assert_str_eq(err.text, text);
    f.range.size = LARGE - 1;
    cr_assert_eq(source_open_rest(&s, range_of(&f), &err), RC_USAGE);
    unlink(f.path);
    cr_assert_eq(source_open(&s, range_of(&f), &err), RC_USAGE);
    snprintf(text, sizeof(text), "%s: gone after it was listed; run again", f.path);
    cr_assert_str_eq(err.text, text);
    source_done(&s);
}

Test(source, the_rest_of_a_file_that_shrank_or_is_gone)
{
    static const off_t sizes[] = {CUT, SMALL, 0};
    struct file f = make_file(LARGE);
    struct source s = {0};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        cr_assert_eq(truncate(f.path, sizes[i]), 0);
        cr_assert_eq(source_open_rest(&s, range_of(&f), NULL), RC_OK);
        cr_assert_eq(s.bytes.size, (size_t)sizes[i]);
        cr_assert_eq(count_x(s.bytes), (size_t)sizes[i]);
        source_close(&s);
        cr_assert_eq(source_map_rest(&s, range_of(&f), NULL), RC_OK);
        cr_assert_eq(s.bytes.size, (size_t)sizes[i]);
        source_close(&s);
    }
    unlink(f.path);
    cr_assert_eq(source_open_rest(&s, range_of(&f), NULL), RC_OK);
    cr_assert_eq(s.bytes.size, 0);
    cr_assert_neq(s.bytes.data, NULL);
    source_done(&s);
}

Test(source, a_file_cut_while_mapped_reads_as_zeros_and_is_told)
{
    source_guard();
    struct file f = make_file(LARGE);
    struct source s = {0};
    for (int round = 0; round < 3; round++) { /* the guard serves more than once */
        cr_assert_eq(truncate(f.path, LARGE), 0);
        cr_assert_eq(source_open(&s, range_of(&f), NULL), RC_OK);
        cr_assert_eq(truncate(f.path, CUT), 0);
        cr_assert_eq(source_check(&s), SOURCE_SHRANK);
        size_t count = count_x(s.bytes);
        cr_assert_eq(count, CUT);
        cr_assert_eq(s.is_cut, 1);
        cr_assert_eq(s.bytes.data[LARGE + INPUT_SLACK_BYTES - 1], '\0');
        cr_assert_eq(source_check(&s), SOURCE_SHRANK);
        source_close(&s);
        cr_assert_eq(s.is_cut, 0); /* it says nothing of the next file */
    }
    source_done(&s);
    unlink(f.path);
}

Test(source, a_file_cut_and_grown_again_is_told)
{
    source_guard();
    struct file f = make_file(LARGE);
    struct source s = {0};
    cr_assert_eq(source_open(&s, range_of(&f), NULL), RC_OK);
    usleep(20000); /* times of files are as coarse as a tick */
    cr_assert_eq(truncate(f.path, 0), 0);
    cr_assert_eq(count_x(s.bytes), 0);
    cr_assert_eq(truncate(f.path, LARGE), 0);
    cr_assert_eq(source_check(&s), SOURCE_SHRANK);
    source_done(&s);
    unlink(f.path);
}

Test(source, a_fault_in_a_file_that_did_not_change_is_its_disk)
{
    struct file f = make_file(LARGE);
    struct source s = {0};
    cr_assert_eq(source_open(&s, range_of(&f), NULL), RC_OK);
    s.is_cut = 1;
    cr_assert_eq(source_check(&s), SOURCE_UNREADABLE);
    source_done(&s);
    unlink(f.path);
}

Test(source, a_taken_mapping_is_watched_by_its_reader)
{
    source_guard();
    struct file f = make_file(LARGE);
    struct source mapped = {0}, s = {0};
    cr_assert_eq(source_map_rest(&mapped, range_of(&f), NULL), RC_OK);
    source_take(&s, &mapped);
    cr_assert_eq(mapped.mapping, NULL);
    cr_assert_eq(truncate(f.path, SMALL), 0);
    cr_assert_eq(count_x(s.bytes), SMALL);
    cr_assert_eq(source_check(&s), SOURCE_SHRANK);
    source_done(&mapped);
    source_done(&s);
    unlink(f.path);
}

Test(source, a_fault_elsewhere_still_ends_the_process, .exit_code = 75)
{
    source_guard();
    struct file f = make_file(LARGE);
    struct source s = {0};
    cr_assert_eq(source_map_rest(&s, range_of(&f), NULL), RC_OK);
    cr_assert_eq(truncate(f.path, 0), 0);
    unlink(f.path);
    cr_assert_eq(count_x(s.bytes), 0);
}
