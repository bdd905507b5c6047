#include "commit/plan_file.h"
#include "unit_folder.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char hash[] = "0123456789abcdef0123456789abcdef";

/* A bucket with an ordinary name and one that is not UTF-8, written as a plan. */
static void write_plan(struct unit_folder *f, struct discovery *ret, struct err *err)
{
    static const char *const arguments[] = {"since", "2023-01-01", "no-redact", ""};
    unit_file(f, "b/2023/01/05/12/a", "xx");
    unit_file(f, "b/caf\xe9", "x");
    const char *source = strdup(unit_path(f, "b"));
    struct discover_options o = {.sources = &source, .sources_count = 1};
    cr_assert_eq(discover(&o, ret, err), RC_OK);
    ret->objects[1].cut = CUT_MEMBERS;
    struct plan_contents c = {.objects = ret,
                              .arguments = arguments,
                              .arguments_count = 4,
                              .rules = VIEW("title=\"x\" -> ignore\n")};
    memcpy(c.head.plan, hash, sizeof(hash));
    memcpy(c.head.options, hash, sizeof(hash));
    snprintf(c.head.program, sizeof(c.head.program), "program 1");
    c.head.shards = 7;
    c.head.generation = 2;
    c.head.number_base = 9;
    struct file_writer *file;
    cr_assert_eq(file_writer_open(AT_FDCWD, unit_path(f, "PLAN"), &file, err), RC_OK);
    cr_assert_eq(plan_file_write(file, &c, err), RC_OK, "%s", err->text);
    cr_assert_eq(file_writer_close(file, NULL, NULL, err), RC_OK, "%s", err->text);
    free((void *)source);
}

Test(plan_file, what_is_written_reads_the_same)
{
    struct unit_folder f = unit_folder_make();
    struct discovery d, again;
    struct err err;
    write_plan(&f, &d, &err);
    struct plan_file file;
    cr_assert_eq(plan_file_open(unit_path(&f, "PLAN"), &file, &err), RC_OK, "%s", err.text);
    cr_expect_str_eq(file.head.plan, hash);
    cr_expect_str_eq(file.head.after, "");
    cr_expect_eq(file.head.shards, 7);
    cr_expect_eq(file.head.generation, 2);
    cr_expect_eq(file.head.number_base, 9);
    cr_assert_eq(file.head.arguments, 4);
    cr_expect_str_eq(file.arguments[1], "2023-01-01");
    cr_expect_str_eq(file.arguments[3], "");
    cr_expect(view_equals(file.rules, VIEW("title=\"x\" -> ignore\n")));
    struct discover_options o = {0};
    cr_assert_eq(plan_file_objects(&file, &o, &again, &err), RC_OK, "%s", err.text);
    cr_assert_eq(again.count, d.count);
    cr_expect_eq(again.bytes, d.bytes);
    for (size_t i = 0; i < d.count; i++) {
        const struct object *a = &d.objects[i], *b = &again.objects[i];
        cr_expect(view_equals(a->name, b->name));
        cr_expect_str_eq(a->relative, b->relative);
        cr_expect_eq(a->mtime_ns, b->mtime_ns);
        cr_expect_eq(a->mtime_form, b->mtime_form);
        cr_expect_eq(a->hour, b->hour);
        cr_expect_eq(a->cut, b->cut);
        char path[4096];
        cr_expect(object_path(&again, b, path, sizeof(path)));
        cr_expect_eq(access(path, R_OK), 0, "%s", path);
    }
    discovery_done(&again);
    plan_file_close(&file);
    discovery_done(&d);
    unit_folder_remove(&f);
}

Test(plan_file, a_changed_byte_anywhere_is_refused)
{
    struct unit_folder f = unit_folder_make();
    struct discovery d;
    struct err err;
    write_plan(&f, &d, &err);
    char text[4096];
    int fd = open(unit_path(&f, "PLAN"), O_RDWR);
    ssize_t size = read(fd, text, sizeof(text));
    cr_assert_gt(size, 100);
    for (ssize_t i = 0; i < size; i++) {
        char other = text[i] ^ 1;
        cr_assert_eq(pwrite(fd, &other, 1, i), 1);
        struct plan_file file;
        cr_expect_eq(plan_file_open(unit_path(&f, "PLAN"), &file, &err), RC_USAGE, "byte %zd", i);
        cr_assert_eq(pwrite(fd, &text[i], 1, i), 1);
    }
    close(fd);
    discovery_done(&d);
    unit_folder_remove(&f);
}

Test(plan_file, a_cut_plan_is_refused)
{
    struct unit_folder f = unit_folder_make();
    struct discovery d;
    struct err err;
    write_plan(&f, &d, &err);
    const char *path = strdup(unit_path(&f, "PLAN"));
    int fd = open(path, O_RDWR);
    for (off_t size = lseek(fd, 0, SEEK_END) - 1; size >= 0; size--) {
        cr_assert_eq(ftruncate(fd, size), 0);
        struct plan_file file;
        cr_expect_eq(plan_file_open(path, &file, &err), RC_USAGE, "%lld", (long long)size);
    }
    close(fd);
    free((void *)path);
    discovery_done(&d);
    unit_folder_remove(&f);
}
