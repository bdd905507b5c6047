#include "dataset/partitioner.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct event event_of(int64_t time_ms, const char *group)
{
    struct event e = {0};
    if (time_ms >= 0)
        event_set_integer(&e, COL_TIMESTAMP, time_ms);
    event_set_text(&e, COL_LOG_GROUP, view_of_string(group));
    return e;
}

static void expect_folder(struct partitioner *p, struct event e, const char *key_day,
                          const char *wanted)
{
    struct view folder = partitioner_folder(p, &e, key_day);
    cr_expect(view_equals(folder, view_of_string(wanted)), "wanted %s, got %.*s", wanted,
              (int)folder.size, folder.data);
}

Test(partitioner, the_day_is_the_events_where_that_is_plausible)
{
    struct partition_by by = partition_by_day();
    struct partitioner *p = partitioner_new(&by, 100);
    partitioner_begin(p);
    expect_folder(p, event_of(1672916400000, "g"), "2024-09-09", "dt=2023-01-05");
    expect_folder(p, event_of(1672963199999, "h"), "2024-09-09", "dt=2023-01-05");
    expect_folder(p, event_of(1672963200000, "h"), "2024-09-09", "dt=2023-01-06");
    expect_folder(p, event_of(946684799999, "h"), "2024-09-09", "dt=2024-09-09");
    expect_folder(p, event_of(4102444800000, "h"), "2024-09-09", "dt=2024-09-09");
    expect_folder(p, event_of(-1, "h"), "", "dt=__HIVE_DEFAULT_PARTITION__");
    expect_folder(p, event_of(1672916400000, "g"), "", "dt=2023-01-05");
    partitioner_free(p);
}

Test(partitioner, a_folder_follows_every_column)
{
    struct partition_by by;
    cr_assert(partition_by_parse("log_group,dt", &by));
    struct partitioner *p = partitioner_new(&by, 100);
    partitioner_begin(p);
    expect_folder(p, event_of(1672916400000, "/a"), "", "log_group=%2Fa/dt=2023-01-05");
    expect_folder(p, event_of(1672916400000, "/a"), "", "log_group=%2Fa/dt=2023-01-05");
    expect_folder(p, event_of(1672916400000, "/b"), "", "log_group=%2Fb/dt=2023-01-05");
    expect_folder(p, event_of(1672963200000, "/b"), "", "log_group=%2Fb/dt=2023-01-06");
    expect_folder(p, event_of(1672963200000, ""), "",
                  "log_group=__HIVE_DEFAULT_PARTITION__/dt=2023-01-06");
    expect_folder(p, event_of(1672963200000, NULL), "",
                  "log_group=__HIVE_DEFAULT_PARTITION__/dt=2023-01-06");
    partitioner_free(p);
}

static struct event event_of_record(uint64_t record, int64_t time_ms, const char *level)
{
    struct event e = event_of(time_ms, "g");
    e.record = record;
    event_set_text(&e, COL_LEVEL, view_of_string(level));
    return e;
}

Test(partitioner, within_a_record_folders_follow_what_it_does_not_say)
{
    struct partition_by by = partition_by_day();
    struct partitioner *p = partitioner_new(&by, 100);
    partitioner_begin(p);
    expect_folder(p, event_of_record(7, 1672916400000, "INFO"), "2024-09-09", "dt=2023-01-05");
    expect_folder(p, event_of_record(7, 1672916400001, "INFO"), "2024-09-09", "dt=2023-01-05");
    expect_folder(p, event_of_record(7, 1672963200000, "INFO"), "2024-09-09", "dt=2023-01-06");
    expect_folder(p, event_of_record(7, -1, "INFO"), "2024-09-09", "dt=2024-09-09");
    expect_folder(p, event_of_record(8, -1, "INFO"), "2024-09-10", "dt=2024-09-10");
    expect_folder(p, event_of_record(0, -1, "INFO"), "2024-09-11", "dt=2024-09-11");
    expect_folder(p, event_of_record(0, -1, "INFO"), "2024-09-12", "dt=2024-09-12");
    partitioner_free(p);

    cr_assert(partition_by_parse("level,dt", &by));
    p = partitioner_new(&by, 100);
    partitioner_begin(p);
    expect_folder(p, event_of_record(7, 1672916400000, "INFO"), "", "level=INFO/dt=2023-01-05");
    expect_folder(p, event_of_record(7, 1672916400000, "WARN"), "", "level=WARN/dt=2023-01-05");
    partitioner_free(p);
}

Test(partitioner, what_is_too_many_goes_to_one_folder_and_each_batch_begins_anew)
{
    static const char overflow[] =
        "dt=__HIVE_DEFAULT_PARTITION__/log_group=__HIVE_DEFAULT_PARTITION__";
    enum { MAX = 1000 };
    struct partition_by by;
    cr_assert(partition_by_parse("dt,log_group", &by));
    struct partitioner *p = partitioner_new(&by, MAX);
    for (unsigned batch = 0; batch < 2; batch++) {
        partitioner_begin(p);
        /* In the second batch the names differ: none is known from the first. */
        for (unsigned round = 0; round < 2; round++) {
            for (unsigned i = 0; i < 2 * MAX; i++) {
                char group[32], wanted[80];
                snprintf(group, sizeof(group), "g%u-%u", batch, i);
                snprintf(wanted, sizeof(wanted), "dt=2023-01-05/log_group=%s", group);
                expect_folder(p, event_of(1672916400000, group), "", i < MAX ? wanted : overflow);
            }
        }
    }
    partitioner_free(p);
}
