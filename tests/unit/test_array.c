#include "util/array.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>

Test(array, doubles_and_keeps_its_items)
{
    uint32_t *items = NULL;
    size_t capacity = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        size_t before = capacity;
        cr_assert(ARRAY_HAS_ROOM(items, i, capacity, 3));
        if (i < before)
            cr_assert_eq(capacity, before, "there was room");
        else
            cr_assert_eq(capacity, before > 0 ? 2 * before : 3);
        items[i] = i;
    }
    for (uint32_t i = 0; i < 1000; i++)
        cr_assert_eq(items[i], i);
    free(items);
}

Test(array, more_than_memory_can_hold_changes_nothing)
{
    uint64_t *items = NULL;
    size_t capacity = 0;
    cr_assert(ARRAY_HAS_ROOM(items, capacity, capacity, 2));
    items[0] = 7;
    uint64_t *held = items;
    size_t full = capacity = SIZE_MAX / 4;
    cr_expect_not(ARRAY_HAS_ROOM(items, full, capacity, 2));
    cr_expect_eq(items, held);
    cr_expect_eq(capacity, full);
    cr_expect_eq(items[0], 7);
    free(items);
}
