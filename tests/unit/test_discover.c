#include "plan/discover.h"
#include "unit_folder.h"

#include <criterion/criterion.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static enum rc find(const char *folder, struct discovery *d, struct err *err)
{
    struct discover_options o = {.sources = &folder, .sources_count = 1};
    return discover(&o, d, err);
}

static void expect_names(const struct discovery *d, const char *const *names, size_t count)
{
    cr_assert_eq(d->count, count, "%zu objects", d->count);
    for (size_t i = 0; i < count; i++)
        cr_expect(view_equals(d->objects[i].name, view_of_string(names[i])), "%zu: %.*s", i,
                  (int)d->objects[i].name.size, d->objects[i].name.data);
}

Test(discover, objects_come_by_day_and_then_by_name)
{
    struct unit_folder f = unit_folder_make();
    unit_file(&f, "b/2023/01/06/00/a", "x");
    unit_file(&f, "b/2023/01/05/12/z", "xx");
    unit_file(&f, "b/2023/01/05/12/b", "xxx");
    unit_file(&f, "b/undated", "x");
    struct discovery d;
    struct err err;
    cr_assert_eq(find(unit_path(&f, "b"), &d, &err), RC_OK);
    static const char *const names[] = {"b/undated", "b/2023/01/05/12/b", "b/2023/01/05/12/z",
                                        "b/2023/01/06/00/a"};
    expect_names(&d, names, 4);
    cr_expect_eq(d.bytes, 7);
    char path[4096];
    cr_expect(object_path(&d, &d.objects[0], path, sizeof(path)));
    cr_expect_eq(access(path, R_OK), 0, "%s", path);
    discovery_done(&d);
    unit_folder_remove(&f);
}

Test(discover, what_staging_leaves_behind_is_counted_and_left_out)
{
    struct unit_folder f = unit_folder_make();
    unit_file(&f, "b/whole", "x");
    unit_file(&f, "b/whole.6Eb4Cd2F", "x"); /* the S3 clients' temporary name */
    unit_file(&f, "b/other.partial", "x");
    unit_file(&f, "b/empty", "");
    unit_file(&f, "b/name.withdots1", "x");
    cr_assert_eq(symlink("/etc/passwd", unit_path(&f, "b/link")), 0);
    cr_assert_eq(mkfifo(unit_path(&f, "b/pipe"), 0600), 0);
    struct discovery d;
    struct err err;
    cr_assert_eq(find(unit_path(&f, "b"), &d, &err), RC_OK);
    static const char *const names[] = {"b/name.withdots1", "b/whole"};
    expect_names(&d, names, 2);
    cr_expect_eq(d.skips.temporary, 2);
    cr_expect_eq(d.skips.empty, 1);
    cr_expect_eq(d.skips.not_regular, 2);
    discovery_done(&d);
    unit_folder_remove(&f);
}

Test(discover, names_that_are_not_utf_8_are_escaped_and_still_open)
{
    struct unit_folder f = unit_folder_make();
    unit_file(&f, "b/caf\xe9%", "x");
    unit_file(&f, "b/caf\xc3\xa9%", "x");
    struct discovery d;
    struct err err;
    cr_assert_eq(find(unit_path(&f, "b"), &d, &err), RC_OK);
    static const char *const names[] = {"b/caf%E9%25", "b/caf\xc3\xa9%"};
    expect_names(&d, names, 2);
    for (size_t i = 0; i < d.count; i++) {
        char path[4096];
        cr_expect(object_path(&d, &d.objects[i], path, sizeof(path)));
        cr_expect_eq(access(path, R_OK), 0);
    }
    discovery_done(&d);
    unit_folder_remove(&f);
}

Test(discover, globs_choose_by_path_and_by_file_name)
{
    struct unit_folder f = unit_folder_make();
    unit_file(&f, "b/x/a.gz", "1");
    unit_file(&f, "b/x/b.txt", "1");
    unit_file(&f, "b/y/c.gz", "1");
    const char *source = unit_path(&f, "b");
    const char *include[] = {"*.gz"}, *exclude[] = {"y/*"};
    struct discover_options o = {.sources = &source,
                                 .sources_count = 1,
                                 .include = include,
                                 .include_count = 1,
                                 .exclude = exclude,
                                 .exclude_count = 1};
    struct discovery d;
    struct err err;
    cr_assert_eq(discover(&o, &d, &err), RC_OK);
    static const char *const names[] = {"b/x/a.gz"};
    expect_names(&d, names, 1);
    cr_expect_eq(d.skips.excluded, 2);
    discovery_done(&d);
    unit_folder_remove(&f);
}

Test(discover, hours_outside_the_wanted_time_are_pruned_but_counted)
{
    struct unit_folder f = unit_folder_make();
    unit_file(&f, "b/2023/01/04/22/early", "12345");
    unit_file(&f, "b/2023/01/04/23/an_hour_before", "1");
    unit_file(&f, "b/2023/01/06/00/late_events", "1");
    unit_file(&f, "b/2023/03/01/00/far_too_late", "123");
    unit_file(&f, "b/undated", "1");
    const char *source = unit_path(&f, "b");
    struct discover_options o = {.sources = &source, .sources_count = 1};
    o.has_since = o.has_until = true;
    o.since_ms = 1672876800000; /* 2023-01-05 */
    o.until_ms = 1672963199999;
    o.late_ms = 15LL * 24 * 3600 * 1000;
    struct discovery d;
    struct err err;
    cr_assert_eq(discover(&o, &d, &err), RC_OK);
    cr_expect_eq(d.count, 5);
    cr_expect_eq(d.pruned_count, 2);
    cr_expect_eq(d.pruned_bytes, 8);
    discovery_done(&d);
    unit_folder_remove(&f);
}

Test(discover, a_list_of_paths_names_objects_below_the_source)
{
    struct unit_folder f = unit_folder_make();
    unit_file(&f, "b/x/a", "1");
    unit_file(&f, "b/x/b", "1");
    unit_file(&f, "list", "x/b\n\n");
    const char *source = unit_path(&f, "b");
    char list[4096];
    snprintf(list, sizeof(list), "%s", unit_path(&f, "list"));
    struct discover_options o = {.sources = &source, .sources_count = 1, .files_from = list};
    char kept[4096];
    snprintf(kept, sizeof(kept), "%s", unit_path(&f, "b"));
    source = kept;
    struct discovery d;
    struct err err;
    cr_assert_eq(discover(&o, &d, &err), RC_OK, "%s", err.text);
    static const char *const names[] = {"b/x/b"};
    expect_names(&d, names, 1);
    discovery_done(&d);
    unit_file(&f, "list", "x/gone\n");
    cr_expect_eq(discover(&o, &d, &err), RC_USAGE);
    cr_expect(strstr(err.text, "x/gone") != NULL, "%s", err.text);
    unit_folder_remove(&f);
}

Test(discover, two_objects_of_one_name_are_refused)
{
    struct unit_folder f = unit_folder_make();
    unit_file(&f, "one/b/a", "1");
    unit_file(&f, "two/b/a", "1");
    char one[4096], two[4096];
    snprintf(one, sizeof(one), "%s", unit_path(&f, "one/b"));
    snprintf(two, sizeof(two), "%s", unit_path(&f, "two/b"));
    const char *sources[] = {one, two};
    struct discover_options o = {.sources = sources, .sources_count = 2};
    struct discovery d;
    struct err err;
    cr_expect_eq(discover(&o, &d, &err), RC_USAGE);
    cr_expect(strstr(err.text, "two objects are named b/a") != NULL, "%s", err.text);
    unit_folder_remove(&f);
}

static void expect_overlap(const char *const *sources, size_t count, const char *what)
{
    struct discover_options o = {.sources = sources, .sources_count = count};
    struct discovery d;
    struct err err;
    cr_assert_eq(discover(&o, &d, &err), RC_USAGE, "%s", what);
    cr_expect(strstr(err.text, what) != NULL, "%s", err.text);
}

Test(discover, a_source_that_lies_in_another_is_refused)
{
    struct unit_folder f = unit_folder_make();
    unit_file(&f, "b/2023/01/x", "1");
    unit_file(&f, "b-c/y", "1");
    char whole[4096], part[4096], file[4096], beside[4096];
    snprintf(whole, sizeof(whole), "%s", unit_path(&f, "b"));
    snprintf(part, sizeof(part), "%s", unit_path(&f, "b/2023"));
    snprintf(file, sizeof(file), "%s", unit_path(&f, "b/2023/01/x"));
    snprintf(beside, sizeof(beside), "%s", unit_path(&f, "b-c"));
    expect_overlap((const char *[]){part, beside, whole}, 3, "/b/2023: lies in ");
    expect_overlap((const char *[]){whole, beside, part}, 3, "/b/2023: lies in ");
    expect_overlap((const char *[]){file, beside, whole}, 3, "/b: is a source, and so is a file");
    expect_overlap((const char *[]){whole, beside, whole}, 3, "/b: is given twice");
    const char *apart[] = {whole, beside};
    struct discover_options o = {.sources = apart, .sources_count = 2};
    struct discovery d;
    struct err err;
    cr_assert_eq(discover(&o, &d, &err), RC_OK, "%s", err.text);
    cr_expect_eq(d.count, 2);
    discovery_done(&d);
    unit_folder_remove(&f);
}

Test(discover, files_of_one_folder_are_sources_side_by_side)
{
    struct unit_folder f = unit_folder_make();
    unit_file(&f, "b/x", "1");
    unit_file(&f, "b/y", "1");
    char x[4096], y[4096];
    snprintf(x, sizeof(x), "%s", unit_path(&f, "b/x"));
    snprintf(y, sizeof(y), "%s", unit_path(&f, "b/y"));
    const char *sources[] = {x, y};
    struct discover_options o = {.sources = sources, .sources_count = 2};
    struct discovery d;
    struct err err;
    cr_assert_eq(discover(&o, &d, &err), RC_OK, "%s", err.text);
    cr_expect_eq(d.count, 2);
    discovery_done(&d);
    unit_folder_remove(&f);
}

Test(discover, a_missing_source_is_one_clear_line)
{
    struct discovery d;
    struct err err;
    cr_expect_eq(find("/nonexistent/bucket", &d, &err), RC_USAGE);
    cr_expect_str_eq(err.text,
                     "/nonexistent/bucket: cannot read the source: No such file or directory");
}
