#include "util/arena.h"
#include "util/buf.h"

#include <criterion/criterion.h>

Test(arena, allocations_do_not_overlap_and_survive_growth)
{
    struct arena a;
    arena_init(&a, 64 << 20);
    unsigned char *blocks[500];
    for (int i = 0; i < 500; i++) {
        size_t size = (size_t)i * 97 + 1;
        blocks[i] = arena_alloc(&a, size);
        cr_assert_not_null(blocks[i]);
        cr_expect_eq((uintptr_t)blocks[i] % 16, 0);
        memset(blocks[i], i, size);
    }
    for (int i = 0; i < 500; i++) {
        for (size_t at = 0; at < (size_t)i * 97 + 1; at++)
            cr_assert_eq(blocks[i][at], (unsigned char)i);
    }
    arena_done(&a);
}

Test(arena, reset_reuses_the_memory)
{
    struct arena a;
    arena_init(&a, 1 << 20);
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 50; i++)
            cr_assert_not_null(arena_alloc(&a, 10000));
        arena_reset(&a);
    }
    cr_expect_leq(a.bytes_held, 1 << 20);
    arena_done(&a);
}

Test(arena, the_bound_is_a_null_and_not_a_crash)
{
    struct arena a;
    arena_init(&a, 1 << 20);
    cr_expect_null(arena_alloc(&a, (1 << 20) + 1));
    cr_expect_null(arena_alloc(&a, SIZE_MAX));
    cr_expect_not_null(arena_alloc(&a, 1 << 19));
    cr_expect(view_is_null(arena_copy(&a, view_of("", 0))) == false);
    arena_done(&a);
}

Test(arena, shrinking_gives_the_rest_back)
{
    struct arena a;
    arena_init(&a, 1 << 20);
    char *p = arena_alloc(&a, 4096);
    arena_shrink(&a, p, 4096, 100);
    char *q = arena_alloc(&a, 16);
    cr_expect_eq(q - p, 112);
    arena_done(&a);
}

Test(buf, grows_and_keeps_what_it_holds)
{
    struct buf b = {0};
    cr_expect_eq(buf_view(&b).size, 0);
    for (int i = 0; i < 10000; i++)
        cr_assert(buf_printf(&b, "%d,", i));
    cr_expect_eq(b.size, 10 * 2 + 90 * 3 + 900 * 4 + 9000 * 5);
    cr_expect(view_starts_with(buf_view(&b), VIEW("0,1,2,")));
    cr_expect(view_ends_with(buf_view(&b), VIEW("9998,9999,")));
    buf_done(&b);
}

Test(buf, a_text_longer_than_the_small_form_is_whole)
{
    struct buf b = {0};
    char text[1000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    cr_expect(buf_printf(&b, "<%s>", text));
    cr_expect_eq(b.size, sizeof(text) + 1);
    cr_expect_eq(b.data[b.size - 1], '>');
    buf_done(&b);
}

Test(buf, an_impossible_reservation_fails_and_stays_failed)
{
    struct buf b = {0};
    cr_expect(buf_append(&b, "a", 1));
    cr_expect_not(buf_reserve(&b, SIZE_MAX / 2));
    cr_expect_not(buf_append(&b, "b", 1));
    cr_expect(buf_failed(&b));
    cr_expect_eq(b.size, 1);
    buf_clear(&b);
    cr_expect(buf_append(&b, "b", 1));
    buf_done(&b);
}
