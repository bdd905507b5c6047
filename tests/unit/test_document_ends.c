/* What one walk says of all the starts it comes by is what trying each by itself finds. */

#include "split/document_ends.h"
#include "split/document_start.h"
#include "split_harness.h"

static struct document_end end_alone(struct view text, size_t at)
{
    struct document_end end;
    size_t size = json_document_end(view_from(text, at), &end.looked);
    end.is_sound = size > 0;
    end.is_envelope = end.is_sound && document_keys_of(view_slice(text, at, at + size)).is_envelope;
    return end;
}

/* Asks, twice, for one `{` in `every`; the text's end meets a guard page. */
static void check_text(struct view text, size_t every, uint64_t *random, uint64_t seed)
{
    struct guarded g = guarded_new(text.size);
    struct view copy = view_of(g.begin + g.size - text.size, text.size);
    memcpy(g.begin + g.size - text.size, text.data, text.size);
    struct document_ends ends;
    document_ends_begin(&ends, copy);
    for (size_t at = 0; (at = view_find_byte(copy, '{', at)) < copy.size; at++) {
        if (random_below(random, every) != 0)
            continue;
        struct document_end wanted = end_alone(copy, at);
        for (int i = 0; i < 2; i++) {
            struct document_end got = document_ends_at(&ends, at);
            cr_assert(got.looked == wanted.looked && got.is_sound == wanted.is_sound &&
                          got.is_envelope == wanted.is_envelope,
                      "seed %llu: %zu of %zu bytes: %zu %d %d, not %zu %d %d: '%.*s'",
                      (unsigned long long)seed, at, copy.size, got.looked, got.is_sound,
                      got.is_envelope, wanted.looked, wanted.is_sound, wanted.is_envelope,
                      (int)(text.size < 300 ? text.size : 300), text.data);
        }
    }
    document_ends_done(&ends);
    guarded_free(g);
}

static const char *const units[] = {
    "{",        "}",
    "[",        "]",
    "\"",       "\\",
    ",",        "1",
    "{}",       "{\"a\":",
    "{\"a\":",  "{\"a\":[",
    "{\"a\":1", "\":{\":{",
    "\"a\":",   "\"x\"",
    "}]",       "}",
    " ",        "\\\"",
    "\\u00e",   "\"Records\" :",
    "{ \"a\"",  ",\"rawData\":1",
    "]}",       "tru",
    "\xff",     "\"awslogs\"",
    "-1.5e3",   "{\"logEvents\":1}",
};
#define UNITS_COUNT (sizeof(units) / sizeof(units[0]))

/* Of a few of the units, some of them many times in a row. */
static void random_text(struct text *t, size_t size, uint64_t *random)
{
    size_t first = random_below(random, UNITS_COUNT), kinds = 2 + random_below(random, 8);
    t->size = 0;
    text_add_string(t, "{");
    while (t->size < size) {
        const char *unit = units[(first + random_below(random, kinds) * 7) % UNITS_COUNT];
        size_t times = random_below(random, 16) == 0 ? random_below(random, 600) : 1;
        for (size_t i = 0; i < times; i++)
            text_add_string(t, unit);
    }
}

Test(document_ends, are_those_of_each_start_alone)
{
    uint64_t seed = test_seed(), random = seed;
    struct text t = {0};
    for (int round = 0; round < 3000; round++) {
        size_t size = round % 30 == 0 ? 20000 : 1 + random_below(&random, 400);
        random_text(&t, size, &random);
        check_text(text_view(&t), 1 + random_below(&random, 4), &random, seed);
    }
    free(t.data);
}

/* More starts than are noted at once, in a document that ends only behind them all. */
Test(document_ends, are_right_where_starts_are_too_many_to_note)
{
    uint64_t seed = test_seed(), random = seed;
    struct text t = {0};
    for (size_t depth = 1; depth < JSON_DEPTH_MAX; depth += 60) {
        t.size = 0;
        for (size_t i = 0; i < depth; i++)
            text_add_string(&t, "{\"a\":[");
        for (size_t i = 0; i < 2500; i++)
            text_add_string(&t, i % 3 == 0 ? "{\"records\":{}}," : "{\"\":[{}]},");
        for (size_t i = 0; i < depth; i++)
            text_add_string(&t, "1]}");
        check_text(text_view(&t), 1, &random, seed);
        check_text(view_slice(text_view(&t), 0, t.size - 1), 3, &random, seed);
    }
    free(t.data);
}

/* Documents nested to the bound and one past it, sound and cut off. */
Test(document_ends, stop_at_the_bound_of_nesting)
{
    uint64_t random = 1;
    struct text t = {0};
    for (size_t depth = JSON_DEPTH_MAX - 2; depth < 3 * JSON_DEPTH_MAX; depth += 1 + depth / 300) {
        t.size = 0;
        for (size_t i = 0; i < depth; i++)
            text_add_string(&t, i % 5 == 4 ? "[{\"a\":" : "{\"owner\":");
        text_add_string(&t, "null");
        check_text(text_view(&t), 1, &random, 1);
        for (size_t i = depth; i-- > 0;)
            text_add_string(&t, i % 5 == 4 ? "}]" : "}");
        check_text(text_view(&t), 1, &random, 1);
    }
    free(t.data);
}
