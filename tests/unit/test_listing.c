#include "plan/listing.h"
#include "unit_folder.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct seen {
    struct listed at[8];
    char paths[8][64];
    size_t count;
};

static enum rc see(void *context, const struct listed *listed, struct err *err)
{
    struct seen *s = context;
    (void)err;
    s->at[s->count] = *listed;
    snprintf(s->paths[s->count], sizeof(s->paths[0]), "%.*s", (int)listed->path.size,
             listed->path.data);
    s->count++;
    return RC_OK;
}

/* The list comes through a pipe. */
static enum rc read_list(struct view text, struct seen *ret, struct err *err)
{
    int ends[2];
    *ret = (struct seen){0};
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], text.data, text.size), (ssize_t)text.size);
    close(ends[1]);
    enum rc rc = listing_read(ends[0], "list", see, ret, err);
    close(ends[0]);
    return rc;
}

Test(listing, lines_are_paths)
{
    struct seen s;
    struct err err;
    cr_assert_eq(read_list(VIEW("a/b\n\n1\t2\tc\nlast"), &s, &err), RC_OK);
    cr_assert_eq(s.count, 3);
    cr_expect_str_eq(s.paths[0], "a/b");
    cr_expect_str_eq(s.paths[1], "1\t2\tc");
    cr_expect_str_eq(s.paths[2], "last");
    cr_expect(!s.at[1].has_size);
}

Test(listing, entries_with_nul_bytes_have_sizes_and_times)
{
    struct seen s;
    struct err err;
    cr_assert_eq(read_list(VIEW("5\t12.25\ta\nb\0"
                                "6\t-\ta\tb\0"
                                "7\t-3\tc\0"
                                "8\t1.1234567891\td"),
                           &s, &err),
                 RC_OK, "%s", err.text);
    cr_assert_eq(s.count, 4);
    cr_expect_eq(s.at[0].size, 5);
    cr_expect_eq(s.at[0].mtime_ns, 12250000000);
    cr_expect_eq(s.at[0].mtime_form, MTIME_NANOSECONDS);
    cr_expect_str_eq(s.paths[0], "a\nb");
    cr_expect_eq(s.at[1].mtime_form, MTIME_UNKNOWN);
    cr_expect_str_eq(s.paths[1], "a\tb");
    cr_expect_eq(s.at[2].mtime_ns, -3000000000);
    cr_expect_eq(s.at[2].mtime_form, MTIME_SECONDS);
    cr_expect_eq(s.at[3].mtime_ns, 1123456789);
}

Test(listing, other_forms_are_refused_with_their_number)
{
    static const struct {
        struct view text;
        const char *says;
    } cases[] = {
        {VIEW("5\t1\ta\0"
              "x\t1\tb\0"),
         "entry 2 is not of the form"},
        {VIEW("5\t\ta\0"), "entry 1 is not of the form"},
        {VIEW("5\t1.\ta\0"), "entry 1 is not of the form"},
        {VIEW("18446744073709551616\t1\ta\0"), "entry 1 is not of the form"},
        {VIEW("5\t9999999999999\ta\0"), "entry 1 is not of the form"},
        {VIEW("5\t1\t\0"), "entry 1 is not a path"},
        {VIEW("5\t1\t/a\0"), "entry 1 is not a path"},
        {VIEW("5\t1\ta/../b\0"), "entry 1 is not a path"},
        {VIEW("a\n../b\n"), "entry 2 is not a path"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct seen s;
        struct err err;
        cr_expect_eq(read_list(cases[i].text, &s, &err), RC_USAGE, "%zu", i);
        cr_expect(strstr(err.text, cases[i].says) != NULL, "%zu: %s", i, err.text);
    }
}

Test(listing, what_is_written_reads_the_same)
{
    static const struct object objects[] = {
        {.size = 0, .mtime_form = MTIME_UNKNOWN},
        {.size = UINT64_MAX, .mtime_ns = 5000000000, .mtime_form = MTIME_SECONDS},
        {.size = 7, .mtime_ns = 1672920000250000001, .mtime_form = MTIME_NANOSECONDS},
        {.size = 7, .mtime_ns = -250000001, .mtime_form = MTIME_NANOSECONDS},
    };
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        struct buf text = {0};
        struct listed listed;
        listing_append_numbers(&text, &objects[i]);
        struct view at = buf_view(&text);
        cr_assert(listing_take_numbers(&at, &listed), "%zu", i);
        cr_expect_eq(at.size, 0);
        cr_expect_eq(listed.size, objects[i].size);
        cr_expect_eq(listed.mtime_form, objects[i].mtime_form);
        if (listed.mtime_form != MTIME_UNKNOWN)
            cr_expect_eq(listed.mtime_ns, objects[i].mtime_ns, "%zu", i);
        buf_done(&text);
    }
}
