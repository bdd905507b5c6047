#include "dataset/partition.h"

#include "unit_folder.h"

#include <fcntl.h>

Test(partition, only_dates_and_the_default_name_folders)
{
    static const struct {
        const char *day;
        bool is_valid;
    } cases[] = {
        {"2023-01-05", true},  {PARTITION_NO_DAY, true},
        {"", false},           {"2023-1-05", false},
        {"2023-01-0x", false}, {"2023/01/05", false},
        {"../../../x", false}, {"2023-01-055", false},
        {"20230-1-05", false}, {"__HIVE_DEFAULT_PARTITION_", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect_eq(partition_day_is_valid(view_of_string(cases[i].day)), cases[i].is_valid, "%s",
                     cases[i].day);
}

Test(partition, a_path_names_day_batch_and_sequence)
{
    char path[160];
    partition_path(path, sizeof(path), VIEW("2023-01-05"), 12, 3);
    cr_expect_str_eq(path, "events/dt=2023-01-05/part-000012-0003.parquet");
    partition_path(path, sizeof(path), VIEW(PARTITION_NO_DAY), UINT32_MAX, UINT32_MAX);
    cr_expect_str_eq(path,
                     "events/dt=__HIVE_DEFAULT_PARTITION__/part-4294967295-4294967295.parquet");
}

Test(partition, folders_are_made_where_they_are_missing)
{
    struct unit_folder folder = unit_folder_make();
    struct err err;
    struct stat st;
    int fd = open(folder.path, O_RDONLY | O_DIRECTORY);
    for (unsigned i = 0; i < 2; i++)
        cr_expect_eq(partition_make(fd, "events/dt=2023-01-05/x.parquet", &err), RC_OK);
    cr_expect_eq(partition_make(fd, "events/dt=2023-01-06/x.parquet", &err), RC_OK);
    cr_expect(fstatat(fd, "events/dt=2023-01-06", &st, 0) == 0 && S_ISDIR(st.st_mode));
    cr_expect_eq(partition_sync_day(fd, "events/dt=2023-01-05/x.parquet", &err), RC_OK);
    cr_expect_eq(partition_sync_tree(fd, &err), RC_OK);
    cr_expect_eq(partition_sync_day(fd, "events/dt=2023-01-07/x.parquet", &err), RC_IO);
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
    cr_expect_not_null(strstr(err.text, "events/dt=2023-01-05"), "%s", err.text);
    close(fd);
    unit_folder_remove(&folder);
}
