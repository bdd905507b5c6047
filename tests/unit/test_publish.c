#include "commit/atomic_file.h"
#include "commit/publish.h"
#include "unit_folder.h"

#include <criterion/criterion.h>
#include <sys/wait.h>

static const char refusal[] = "holds something else; choose another -o";

static enum rc publish(const char *out, const char *text, bool may_replace, struct err *err)
{
    struct options o = {.out = out};
    struct place p;
    int next;
    place_init(&p);
    TRY(place_find(&p, &o, err));
    TRY(publish_begin(&p, &next, err));
    TRY(file_write(next, "a", view_of_string(text), err));
    TRY(folder_make(next, "below", err));
    TRY(file_write(next, "below/b", VIEW("b"), err));
    close(next);
    TRY(publish_end(&p, may_replace, refusal, err));
    place_done(&p);
    return RC_OK;
}

/* In a process of its own: what it may write is given away for good. */
static void expect_publish(enum rc wanted, const char *out, const char *text, bool may_replace)
{
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        struct err err = {{0}};
        enum rc rc = publish(out, text, may_replace, &err);
        bool is_told = rc != RC_USAGE || strstr(err.text, refusal) != NULL;
        _exit(is_told ? (int)rc : 99);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == (int)wanted, "status %x", status);
}

static void expect_text(struct unit_folder *f, const char *name, const char *wanted)
{
    char text[64] = "";
    FILE *file = fopen(unit_path(f, name), "r");
    cr_assert_not_null(file, "%s", name);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    cr_expect_str_eq(text, wanted);
}

static void expect_gone(struct unit_folder *f, const char *name)
{
    cr_expect_neq(access(unit_path(f, name), F_OK), 0, "%s", name);
}

Test(publish, a_tree_appears_whole_and_the_same_again_is_well)
{
    struct unit_folder f = unit_folder_make();
    char *out = strdup(unit_path(&f, "out"));
    for (int i = 0; i < 2; i++) {
        expect_publish(RC_OK, out, "one", i == 0);
        expect_text(&f, "out/a", "one");
        expect_text(&f, "out/below/b", "b");
        expect_gone(&f, "out.work");
    }
    free(out);
    unit_folder_remove(&f);
}

Test(publish, what_is_there_is_replaced_only_where_it_may_be)
{
    struct unit_folder f = unit_folder_make();
    char *out = strdup(unit_path(&f, "out"));
    unit_file(&f, "out/a", "old");
    unit_file(&f, "out/more", "old");
    expect_publish(RC_USAGE, out, "new", false);
    expect_text(&f, "out/a", "old");
    expect_gone(&f, "out.work");
    expect_publish(RC_OK, out, "new", true);
    expect_text(&f, "out/a", "new");
    expect_gone(&f, "out/more");
    expect_gone(&f, "out.work");
    free(out);
    unit_folder_remove(&f);
}

/* The same files but for one more, or one byte: not the same tree. */
Test(publish, a_tree_that_is_almost_the_same_is_another)
{
    struct unit_folder f = unit_folder_make();
    char *out = strdup(unit_path(&f, "out"));
    expect_publish(RC_OK, out, "one", true);
    expect_publish(RC_USAGE, out, "onf", false);
    expect_publish(RC_USAGE, out, "one ", false);
    unit_file(&f, "out/below/c", "c");
    expect_publish(RC_USAGE, out, "one", false);
    expect_text(&f, "out/a", "one");
    free(out);
    unit_folder_remove(&f);
}

Test(publish, a_work_folder_that_a_killed_one_left_is_used)
{
    struct unit_folder f = unit_folder_make();
    char *out = strdup(unit_path(&f, "out"));
    unit_file(&f, "out.work/next/a", "half");
    unit_file(&f, "out.work/next/other", "x");
    expect_publish(RC_OK, out, "one", true);
    expect_text(&f, "out/a", "one");
    expect_gone(&f, "out/other");
    expect_gone(&f, "out.work");
    free(out);
    unit_folder_remove(&f);
}

Test(publish, nothing_and_an_empty_folder_are_free)
{
    struct unit_folder f = unit_folder_make();
    struct err err;
    bool is_free = false;
    cr_assert_eq(publish_is_free(unit_path(&f, "out"), &is_free, &err), RC_OK);
    cr_expect(is_free);
    cr_assert_eq(publish_is_free(f.path, &is_free, &err), RC_OK);
    cr_expect(is_free);
    unit_file(&f, "file", "x");
    cr_assert_eq(publish_is_free(f.path, &is_free, &err), RC_OK);
    cr_expect_not(is_free);
    cr_expect_eq(publish_is_free(unit_path(&f, "file"), &is_free, &err), RC_USAGE);
    unit_folder_remove(&f);
}
