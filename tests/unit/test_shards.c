#include "plan/shards.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct plan plan_of(struct batch *batches, size_t count)
{
    return (struct plan){.batches = batches, .count = count};
}

Test(shards, the_costliest_go_first_to_the_least_loaded)
{
    struct batch b[] = {{.bytes = 10}, {.bytes = 70}, {.bytes = 40}, {.bytes = 70}, {.bytes = 50}};
    struct plan p = plan_of(b, 5);
    uint32_t shard[5];
    cr_assert_eq(shards_assign(&p, 2, shard, NULL), RC_OK);
    /* 70 to 0, 70 to 1, 50 to 0, 40 to 1, 10 to 1 */
    static const uint32_t wanted[] = {1, 0, 1, 1, 0};
    cr_expect_arr_eq(shard, wanted, sizeof(wanted));
    struct shards_balance balance;
    cr_assert_eq(shards_weigh(&p, 2, shard, &balance, NULL), RC_OK);
    cr_expect_eq(balance.cost_max, 120);
    cr_expect_eq(balance.cost_total, 240);
    cr_expect_eq(balance.empty, 0);
}

Test(shards, more_shards_than_batches_leave_some_without)
{
    struct batch b[] = {{.bytes = 1}, {.bytes = 2}, {.bytes = 3}};
    struct plan p = plan_of(b, 3);
    uint32_t shard[3];
    struct shards_balance balance;
    cr_assert_eq(shards_assign(&p, 100, shard, NULL), RC_OK);
    static const uint32_t wanted[] = {2, 1, 0};
    cr_expect_arr_eq(shard, wanted, sizeof(wanted));
    cr_assert_eq(shards_weigh(&p, 100, shard, &balance, NULL), RC_OK);
    cr_expect_eq(balance.empty, 97);
}

Test(shards, an_object_costs_something_besides_its_bytes)
{
    struct batch many = {.bytes = 100, .object_count = 4000};
    struct batch one = {.bytes = 1000, .object_count = 1};
    cr_expect_gt(batch_cost(&many), batch_cost(&one));
}

/* Batches of a real bucket: nearly all of the target's size, days' ends smaller. */
Test(shards, no_shard_has_much_more_than_the_mean)
{
    enum { COUNT = 20000 };
    static struct batch b[COUNT];
    static uint32_t shard[COUNT];
    srand(7);
    for (size_t i = 0; i < COUNT; i++) {
        b[i].bytes = rand() % 8 == 0 ? (uint64_t)(rand() % 268435456) : 260000000;
        b[i].object_count = (uint32_t)(rand() % 4096);
    }
    struct plan p = plan_of(b, COUNT);
    for (uint32_t shards = 1; shards <= 1024; shards *= 4) {
        struct shards_balance balance;
        cr_assert_eq(shards_assign(&p, shards, shard, NULL), RC_OK);
        cr_assert_eq(shards_weigh(&p, shards, shard, &balance, NULL), RC_OK);
        cr_expect_leq((double)balance.cost_max, 1.007 * (double)balance.cost_total / shards,
                      "%u shards", shards);
    }
}
