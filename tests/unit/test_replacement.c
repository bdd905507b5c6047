#include "commit/replacement.h"
#include "unit_folder.h"

#include <criterion/criterion.h>
#include <dirent.h>

static void put(struct replacement *r, const char *to, const char *text)
{
    struct err err;
    cr_assert_eq(replacement_begin(r, to, &err), RC_OK, "%s", err.text);
    cr_assert_eq(file_writer_write(r->file, view_of_string(text), &err), RC_OK, "%s", err.text);
}

static void expect_text(struct unit_folder *f, const char *name, const char *wanted)
{
    char text[64] = "";
    FILE *file = fopen(unit_path(f, name), "r");
    cr_assert_not_null(file, "%s", name);
    size_t size = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[size] = '\0';
    cr_expect_str_eq(text, wanted);
}

static int count(const struct unit_folder *f)
{
    int found = 0;
    DIR *dir = opendir(f->path);
    cr_assert_not_null(dir);
    while (readdir(dir) != NULL)
        found++;
    closedir(dir);
    return found - 2;
}

Test(replacement, the_old_stays_until_the_new_is_whole)
{
    struct unit_folder f = unit_folder_make();
    struct replacement r;
    struct err err;
    unit_file(&f, "to", "old");
    char *to = strdup(unit_path(&f, "to"));
    put(&r, to, "new");
    cr_expect_str_eq(r.aside + strlen(r.aside) - strlen(".partial"), ".partial");
    expect_text(&f, "to", "old");
    cr_assert_eq(replacement_end(&r, RC_OK, &err), RC_OK, "%s", err.text);
    expect_text(&f, "to", "new");
    cr_expect_eq(count(&f), 1);
    free(to);
    unit_folder_remove(&f);
}

Test(replacement, a_failure_leaves_the_old_and_nothing_else)
{
    struct unit_folder f = unit_folder_make();
    struct replacement r;
    struct err err;
    unit_file(&f, "to", "old");
    char *to = strdup(unit_path(&f, "to"));
    put(&r, to, "half of the ");
    cr_expect_eq(replacement_end(&r, RC_NO_MEMORY, &err), RC_NO_MEMORY);
    expect_text(&f, "to", "old");
    cr_expect_eq(count(&f), 1);
    free(to);
    unit_folder_remove(&f);
}

Test(replacement, what_the_dead_left_goes_and_what_lives_stays)
{
    static const char *const others[] = {
        "to-0123456789abcde.partial",   "to-0123456789abcdef0.partial",
        "to-0123456789abcdeg.partial",  "to2-0123456789abcdef.partial",
        "to-0123456789abcdef.partial2", "0123456789abcdef.partial"};
    enum { OTHERS = sizeof(others) / sizeof(others[0]) };
    struct unit_folder f = unit_folder_make();
    struct replacement slow, quick;
    struct err err;
    char *to = strdup(unit_path(&f, "to"));
    for (size_t i = 0; i < OTHERS; i++)
        unit_file(&f, others[i], "x");
    unit_file(&f, "to-0123456789abcdef.partial", "left by one that was killed");
    unit_file(&f, "to-fedcba9876543210.partial/is a folder", "x");
    put(&slow, to, "slow");
    cr_expect_eq(count(&f), OTHERS + 2, "the folder, and what is being written");
    put(&quick, to, "quick");
    cr_assert_eq(replacement_end(&quick, RC_OK, &err), RC_OK, "%s", err.text);
    expect_text(&f, "to", "quick");
    cr_assert_eq(replacement_end(&slow, RC_OK, &err), RC_OK, "%s", err.text);
    expect_text(&f, "to", "slow");
    cr_expect_eq(count(&f), OTHERS + 2);
    free(to);
    unit_folder_remove(&f);
}

Test(replacement, a_path_that_cannot_be_is_wrong_use)
{
    struct unit_folder f = unit_folder_make();
    struct replacement r;
    struct err err;
    char too_long[PATH_MAX + 8];
    cr_expect_eq(replacement_begin(&r, unit_path(&f, "no/such"), &err), RC_USAGE);
    memset(too_long, 'x', sizeof(too_long) - 1);
    too_long[sizeof(too_long) - 1] = '\0';
    cr_expect_eq(replacement_begin(&r, too_long, &err), RC_USAGE);
    put(&r, f.path, "x"); /* a folder stands there */
    cr_expect_eq(replacement_end(&r, RC_OK, &err), RC_USAGE);
    cr_expect_neq(access(r.aside, F_OK), 0);
    unit_folder_remove(&f);
}
