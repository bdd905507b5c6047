/* Counting quotes by blocks against reading them one by one. */

#include "split/quotes.h"
#include "split_harness.h"

static struct quote_state quotes_naive(struct view text, struct quote_state s)
{
    for (size_t i = 0; i < text.size; i++) {
        if (s.is_escaped) {
            s.is_escaped = false;
        } else if (text.data[i] == '\\') {
            s.is_escaped = true;
        } else if (text.data[i] == '"') {
            s.is_in_string = !s.is_in_string;
        }
    }
    return s;
}

Test(quotes, blocks_give_what_bytes_give)
{
    static const char *const alphabets[] = {"\\\"", "\\\\\\\"",    "\"",
                                            "a\\",  "abcdefg\\\"", "a\"\xa2\xdc"};
    uint64_t seed = test_seed();
    struct guarded g = guarded_new(700);
    for (unsigned round = 0; round < 60000; round++) {
        char bytes[600];
        size_t size = random_below(&seed, sizeof(bytes) + 1);
        const char *alphabet = alphabets[random_below(&seed, 6)];
        for (size_t i = 0; i < size; i++)
            bytes[i] = alphabet[random_below(&seed, strlen(alphabet))];
        /* No slack: the scan reads nothing past its end. */
        char *copy = g.begin + g.size - size;
        memcpy(copy, bytes, size);
        struct view text = view_of(copy, size);

        struct quote_state start = {random_below(&seed, 2) != 0, random_below(&seed, 2) != 0};
        struct quote_state wanted = quotes_naive(text, start);
        struct quote_state state = start;
        size_t cut = random_below(&seed, size + 1);
        quotes_scan(text, 0, cut, &state);
        quotes_scan(text, cut, size, &state);
        cr_assert(
            state.is_in_string == wanted.is_in_string && state.is_escaped == wanted.is_escaped,
            "seed %lu, round %u, cut %zu of %zu", (unsigned long)test_seed(), round, cut, size);
    }
    guarded_free(g);
}

Test(quotes, runs_of_backslashes_escape_by_parity_at_every_place)
{
    for (size_t lead = 0; lead <= 130; lead++) {
        for (size_t run = 0; run <= 140; run++) {
            struct text t = {0};
            text_add_run(&t, 'x', lead);
            text_add_run(&t, '\\', run);
            text_add_string(&t, "\"");
            struct quote_state state = {0};
            quotes_scan(text_view(&t), 0, t.size, &state);
            cr_assert_eq(state.is_in_string, run % 2 == 0, "%zu backslashes at %zu", run, lead);
            cr_assert(!state.is_escaped);
            free(t.data);
        }
    }
}
