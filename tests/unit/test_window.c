#include "decode/window.h"

#include <criterion/criterion.h>

static void append(struct window *w, size_t bytes, char fill)
{
    cr_assert_eq(window_reserve(w, bytes, WINDOW_BYTES), WINDOW_OK);
    memset(w->memory + w->end, fill, bytes);
    window_append(w, bytes);
}

static struct window fresh(void)
{
    struct window w = {0};
    cr_assert(window_init(&w));
    window_reset(&w);
    return w;
}

Test(window, keeps_the_rest_when_it_makes_room)
{
    struct window w = fresh();
    append(&w, WINDOW_BYTES - 10, 'a');
    append(&w, 10, 'b');
    cr_assert_eq(window_reserve(&w, 1, WINDOW_BYTES), WINDOW_FULL);
    window_consume(&w, WINDOW_BYTES - 5);
    append(&w, 100, 'c');
    cr_assert_eq(window_size(&w), 105);
    cr_assert_eq(w.position, WINDOW_BYTES - 5);
    cr_assert(memcmp(window_view(&w).data, "bbbbbccc", 8) == 0);
    window_done(&w);
}

Test(window, grows_for_a_giant_and_gives_the_memory_back)
{
    struct window w = fresh();
    append(&w, WINDOW_BYTES, 'a');
    cr_assert_eq(window_reserve(&w, 1, 3 * WINDOW_BYTES), WINDOW_OK);
    cr_assert_eq(w.capacity, 2 * WINDOW_BYTES);
    cr_assert_eq(window_reserve(&w, WINDOW_BYTES + 1, 3 * WINDOW_BYTES), WINDOW_OK);
    cr_assert_eq(w.capacity, 3 * WINDOW_BYTES);
    cr_assert_eq(window_reserve(&w, 2 * WINDOW_BYTES + 1, 3 * WINDOW_BYTES), WINDOW_FULL);
    cr_assert_eq(w.data[WINDOW_BYTES - 1], 'a');
    window_consume(&w, WINDOW_BYTES - 1);
    cr_assert_eq(window_reserve(&w, 1, 3 * WINDOW_BYTES), WINDOW_OK);
    cr_assert_eq(w.capacity, WINDOW_BYTES);
    cr_assert_eq(window_view(&w).data[0], 'a');
    window_done(&w);
}

Test(window, tells_the_member_of_every_byte)
{
    struct window w = fresh();
    for (unsigned i = 0; i < 1000; i++) {
        window_mark(&w, i * 50, 50);
        append(&w, 3, 'x');
    }
    window_consume(&w, 1500);
    for (unsigned at = 1500; at < 3000; at++) {
        const struct segment *s = window_segment(&w, at);
        cr_assert_eq(s->stored_offset, at / 3 * 50);
        cr_assert_eq(s->position, at / 3 * 3);
        cr_assert_eq(s->unit_offset, 0);
    }
    window_done(&w);
}

Test(window, counts_on_within_a_member_that_comes_back)
{
    struct window w = fresh();
    window_mark(&w, 7, 0);
    append(&w, 10, 'x');
    window_mark(&w, 7, 0);
    append(&w, 10, 'x');
    window_consume(&w, 20);
    window_mark(&w, 7, 0);
    append(&w, 10, 'x');
    const struct segment *s = window_segment(&w, 25);
    cr_assert_eq(s->unit_offset + (25 - s->position), 25);
    window_mark(&w, 9, 0);
    append(&w, 10, 'x');
    cr_assert_eq(window_segment(&w, 30)->unit_offset, 0);
    window_done(&w);
}

Test(window, forgets_consumed_members_first_and_then_every_other_one)
{
    struct window w = fresh();
    for (unsigned i = 0; i < SEGMENTS_MAX; i++) {
        window_mark(&w, i, 1);
        append(&w, 1, 'x');
    }
    cr_assert(!window_has_marks_left(&w));
    window_consume(&w, 100);
    window_mark(&w, SEGMENTS_MAX, 1);
    append(&w, 1, 'x');
    for (unsigned at = 100; at <= SEGMENTS_MAX; at++)
        cr_assert_eq(window_segment(&w, at)->stored_offset, at);
    for (unsigned i = SEGMENTS_MAX + 1; i < 3 * SEGMENTS_MAX; i++) {
        window_mark(&w, i, 1);
        append(&w, 1, 'x');
    }
    cr_assert_eq(window_segment(&w, 100)->stored_offset, 100);
    cr_assert_eq(window_segment(&w, 3 * SEGMENTS_MAX - 1)->stored_offset, 3 * SEGMENTS_MAX - 1);
    window_done(&w);
}
