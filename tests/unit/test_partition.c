#include "dataset/partition.h"

#include "unit_folder.h"
#include "util/text.h"

#include <fcntl.h>

Test(partition, columns_are_named_once_each_in_any_order)
{
    static const struct {
        const char *text;
        bool is_valid;
    } cases[] = {
        {"dt", true},
        {"dt,account_id", true},
        {"level,kind,log_group,region,account_id,dt", true},
        {"account_id", true},
        {"dt,dt", false},
        {"", false},
        {"dt,", false},
        {",dt", false},
        {"log_stream", false},
        {"request_id", false},
        {"dt, level", false},
        {"DT", false},
        {"dt,account_id,dt", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct partition_by by;
        bool is_valid = partition_by_parse(cases[i].text, &by);
        cr_expect_eq(is_valid, cases[i].is_valid, "%s", cases[i].text);
        if (!is_valid)
            continue;
        struct buf text = {0};
        partition_by_append(&by, &text);
        cr_expect(view_equals(buf_view(&text), view_of_string(cases[i].text)));
        buf_done(&text);
    }
}

/* The folder of log group `value`. */
static struct view folder_of(struct buf *out, struct view value)
{
    struct partition_by by;
    cr_assert(partition_by_parse("log_group", &by));
    buf_clear(out);
    partition_append(out, &by, &value);
    cr_assert(partition_is_valid(buf_view(out)));
    return buf_view(out);
}

Test(partition, values_are_escaped_as_hive_does)
{
    static const struct {
        struct view value;
        const char *folder;
    } cases[] = {
        {VIEW("plain-Name_1.x"), "log_group=plain-Name_1.x"},
        {VIEW("/aws/lambda/f"), "log_group=%2Faws%2Flambda%2Ff"},
        {VIEW("../../etc"), "log_group=..%2F..%2Fetc"},
        {VIEW("."), "log_group=."},
        {VIEW(".."), "log_group=.."},
        {VIEW(""), "log_group=__HIVE_DEFAULT_PARTITION__"},
        {VIEW_NULL, "log_group=__HIVE_DEFAULT_PARTITION__"},
        {VIEW("a\nb\tc"), "log_group=a%0Ab%09c"},
        {{"a\0b", 3}, "log_group=a%00b"},
        {VIEW("\"#%'*/:=?\\\x7f{[]^"), "log_group=%22%23%25%27%2A%2F%3A%3D%3F%5C%7F%7B%5B%5D%5E"},
        {VIEW(" !$&()+,-.;<>@_`|}~"), "log_group= !$&()+,-.;<>@_`|}~"},
        {VIEW("caf\xc3\xa9"), "log_group=caf\xc3\xa9"},
        {VIEW("\xe2\x80\xaetxt.exe"), "log_group=\xe2\x80\xaetxt.exe"},
    };
    struct buf out = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct view folder = folder_of(&out, cases[i].value);
        cr_expect(view_equals(folder, view_of_string(cases[i].folder)), "%.*s", (int)folder.size,
                  folder.data);
    }
    buf_done(&out);
}

Test(partition, long_values_are_cut_between_characters_and_told_apart)
{
    enum { NAME = sizeof("log_group=") - 1, LONG = 4096 };
    static const char *const characters[] = {"a", "/", "\xc3\xa9", "\xe2\x82\xac"};
    struct buf out = {0};
    for (size_t c = 0; c < 4; c++) {
        char value[LONG + 8] = "";
        size_t size = strlen(characters[c]), escaped = c == 1 ? 3 : size, whole = 0;
        for (size_t bytes = 0; bytes + size <= LONG; bytes += size) {
            memcpy(value + bytes, characters[c], size);
            struct view folder = folder_of(&out, view_of(value, bytes + size));
            bool fits = NAME + (bytes + size) / size * escaped <= PARTITION_NAME_BYTES;
            whole += fits;
            cr_assert_leq(folder.size, PARTITION_NAME_BYTES);
            cr_assert_eq(view_find_byte(folder, '~', 0) == folder.size, fits);
            for (size_t at = 0, length; at < folder.size; at += length)
                cr_assert_gt(length = utf8_length(folder, at), 0, "%zu bytes", bytes + size);
        }
        cr_expect_eq(whole, (PARTITION_NAME_BYTES - NAME) / escaped);
        struct buf other = {0};
        struct view one = folder_of(&out, view_of(value, LONG / size * size));
        value[0] = 'b';
        cr_expect_not(view_equals(one, folder_of(&other, view_of(value, LONG / size * size))));
        buf_done(&other);
    }
    buf_done(&out);
}

Test(partition, folders_that_could_lead_elsewhere_are_none)
{
    static const char *const folders[] = {"",        "/",       "..",
                                          "a",       "dt=",     "=1",
                                          "dt=1/",   "/dt=1",   "dt=1//level=2",
                                          "dt=1/..", "../dt=1", "a=1/b=2/c=3/d=4/e=5/f=6/g=7"};
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
        cr_expect_not(partition_is_valid(view_of_string(folders[i])), "%s", folders[i]);
    cr_expect_not(partition_is_valid((struct view){"dt=\0", 4}));
    cr_expect(partition_is_valid(VIEW("dt=2023-01-05/level=INFO")));
    cr_expect(partition_is_valid(VIEW("a=1/b=2/c=3/d=4/e=5/f=6")));
}

Test(partition, a_path_names_folder_batch_and_sequence)
{
    char path[PARTITION_PATH_BYTES];
    partition_path(path, VIEW("dt=2023-01-05"), 12, 3);
    cr_expect_str_eq(path, "events/dt=2023-01-05/part-000012-0003.parquet");
    partition_path(path, VIEW("dt=__HIVE_DEFAULT_PARTITION__/level=INFO"), UINT32_MAX, UINT32_MAX);
    cr_expect_str_eq(
        path, "events/dt=__HIVE_DEFAULT_PARTITION__/level=INFO/part-4294967295-4294967295.parquet");
}

Test(partition, folders_are_made_where_they_are_missing)
{
    struct unit_folder folder = unit_folder_make();
    struct err err;
    struct stat st;
    int fd = open(folder.path, O_RDONLY | O_DIRECTORY);
    for (unsigned i = 0; i < 2; i++)
        cr_expect_eq(partition_make(fd, "events/dt=2023-01-05/x.parquet", &err), RC_OK);
    cr_expect_eq(partition_make(fd, "events/dt=2023-01-06/level=x/kind=y/x.parquet", &err), RC_OK);
    cr_expect_eq(partition_make(fd, "events/dt=2023-01-06/level=z/kind=y/x.parquet", &err), RC_OK);
    cr_expect(fstatat(fd, "events/dt=2023-01-06/level=z/kind=y", &st, 0) == 0 &&
              S_ISDIR(st.st_mode));
    close(fd);
    unit_folder_remove(&folder);
}

Test(partition, a_file_where_a_folder_belongs_is_told)
{
    struct unit_folder folder = unit_folder_make();
    struct err err;
    unit_file(&folder, "events", "a file");
    int fd = open(folder.path, O_RDONLY | O_DIRECTORY);
    cr_expect_eq(partition_make(fd, "events/dt=2023-01-05/x.parquet", &err), RC_IO);
    cr_expect_not_null(strstr(err.text, "events"), "%s", err.text);
    close(fd);
    unit_folder_remove(&folder);
}
