/* test_tally.c - bounded tallies and tables: exact counts for the keys with the
 * smallest hashes, whatever the order. */
#include "util/tally.h"

#include "alert/key.h"
#include "alert/key_table.h"
#include "alert_event.h"
#include "util/hash.h"

#include <criterion/criterion.h>

enum { KEYS = 200, KEPT = 16, ADDS = 3000 };

struct naive {
    uint64_t hash;
    uint64_t count;
    char key[16];
};

static int by_hash(const void *a, const void *b)
{
    uint64_t left = ((const struct naive *)a)->hash, right = ((const struct naive *)b)->hash;
    return (left > right) - (left < right);
}

static struct view key_of(struct naive *n, unsigned number)
{
    snprintf(n->key, sizeof(n->key), "key %u", number);
    return view_of_string(n->key);
}

/* The keys seen, sorted by hash: the first KEPT of them are the tally. */
static size_t naive_count(const unsigned *adds, size_t count, struct naive *ret)
{
    size_t kept = 0;
    for (unsigned number = 0; number < KEYS; number++) {
        struct naive n = {0};
        for (size_t i = 0; i < count; i++)
            n.count += adds[i] == number;
        n.hash = hash64(key_of(&n, number));
        if (n.count > 0)
            ret[kept++] = n;
    }
    qsort(ret, kept, sizeof(*ret), by_hash);
    return kept;
}

static bool matches(const struct tally *t, const struct naive *expected, size_t count)
{
    uint64_t other = 0;
    for (size_t i = KEPT; i < count; i++)
        other += expected[i].count;
    if (t->count != (count < KEPT ? count : KEPT) || t->other != other ||
        t->is_sampled != (count > KEPT))
        return false;
    for (size_t i = 0; i < t->count; i++) {
        if (t->entries[i].count != expected[i].count ||
            !view_equals(t->entries[i].key, view_of_string(expected[i].key)))
            return false;
    }
    return true;
}

Test(tally, keeps_the_smallest_hashes_in_any_order_and_grouping)
{
    uint64_t seed = random_seed(), state = seed;
    for (unsigned round = 0; round < 30; round++) {
        static unsigned adds[ADDS];
        struct naive expected[KEYS], scratch;
        struct tally parts[3], merged;
        unsigned keys = 1 + (unsigned)random_next(&state) % KEYS;
        tally_init(&merged, KEPT);
        for (unsigned i = 0; i < 3; i++)
            tally_init(&parts[i], KEPT);
        for (size_t i = 0; i < ADDS; i++) {
            adds[i] = (unsigned)random_next(&state) % keys;
            tally_add(&parts[random_next(&state) % 3], key_of(&scratch, adds[i]), 1);
        }
        size_t count = naive_count(adds, ADDS, expected);
        tally_merge(&parts[1], &parts[2]);
        tally_merge(&merged, &parts[round % 2 ? 0 : 1]);
        tally_merge(&merged, &parts[round % 2 ? 1 : 0]);
        bool ok = matches(&merged, expected, count);
        tally_done(&merged);
        for (unsigned i = 0; i < 3; i++)
            tally_done(&parts[i]);
        if (!ok)
            cr_assert_fail("seed %lu round %u", (unsigned long)seed, round);
    }
}

Test(tally, counts_its_memory)
{
    struct tally t;
    tally_init(&t, 2);
    cr_expect_eq(t.bytes, 0);
    tally_add(&t, VIEW("one"), 1);
    size_t with_one = t.bytes;
    cr_expect_geq(with_one, sizeof(struct tally_entry) + 3);
    tally_add(&t, VIEW("one"), 1);
    cr_expect_eq(t.bytes, with_one);
    for (unsigned i = 0; i < 1000; i++) {
        char key[16];
        snprintf(key, sizeof(key), "%u", i);
        tally_add(&t, view_of_string(key), 1);
    }
    cr_expect_leq(t.bytes, 8 * sizeof(struct tally_entry));
    cr_expect_eq(t.other + t.entries[0].count + t.entries[1].count, 1002);
    tally_done(&t);
}

Test(tally, takes_empty_keys_and_keys_of_any_bytes)
{
    struct tally t;
    tally_init(&t, 8);
    cr_assert(tally_add(&t, VIEW(""), 2));
    cr_assert(tally_add(&t, view_of("\0", 1), 3));
    cr_assert(tally_add(&t, VIEW("\xff"), 4));
    cr_expect_eq(t.count, 3);
    cr_assert(tally_add(&t, VIEW(""), 5));
    cr_expect_eq(t.count, 3);
    tally_done(&t);
}

Test(table, sums_and_keeps_maxima_in_any_order)
{
    uint64_t seed = random_seed(), state = seed;
    for (unsigned round = 0; round < 30; round++) {
        struct key_table forward, backward;
        unsigned adds[500][2];
        struct naive scratch;
        key_table_init(&forward, KEPT, 2, 1);
        key_table_init(&backward, KEPT, 2, 1);
        for (size_t i = 0; i < 500; i++) {
            adds[i][0] = (unsigned)random_next(&state) % (2 * KEPT);
            adds[i][1] = (unsigned)random_next(&state) % 1000;
        }
        for (size_t i = 0; i < 500; i++) {
            uint64_t one[] = {1, adds[i][1]}, two[] = {1, adds[499 - i][1]};
            key_table_fold(&forward, key_table_find(&forward, key_of(&scratch, adds[i][0])), one);
            key_table_fold(&backward, key_table_find(&backward, key_of(&scratch, adds[499 - i][0])),
                           two);
        }
        bool ok = forward.count == KEPT && backward.count == KEPT && forward.has_other &&
                  memcmp(forward.other, backward.other, sizeof(forward.other)) == 0;
        for (size_t i = 0; ok && i < KEPT; i++)
            ok = view_equals(forward.entries[i].key, backward.entries[i].key) &&
                 memcmp(forward.entries[i].counters, backward.entries[i].counters,
                        sizeof(forward.other)) == 0;
        uint64_t sum = forward.other[0];
        for (size_t i = 0; i < KEPT; i++)
            sum += forward.entries[i].counters[0];
        key_table_done(&forward);
        key_table_done(&backward);
        if (!ok || sum != 500)
            cr_assert_fail("seed %lu round %u", (unsigned long)seed, round);
    }
}

Test(table, a_key_that_spells_the_row_of_the_others_is_one_of_them)
{
    struct key_table t;
    key_table_init(&t, 4, 1, 1);
    key_table_find(&t, VIEW("(other)"))[0]++;
    cr_expect_eq(t.count, 0);
    cr_expect(t.has_other);
    cr_expect_eq(t.other[0], 1);
    key_table_done(&t);
}

Test(key, long_keys_are_cut_and_stay_different)
{
    static char a[600], b[600];
    char first[KEY_BYTES_MAX], second[KEY_BYTES_MAX];
    memset(a, 'x', sizeof(a));
    memset(b, 'x', sizeof(b));
    b[599] = 'y';
    struct view left = key_bounded(view_of(a, 600), KEY_BYTES_MAX, first);
    struct view right = key_bounded(view_of(b, 600), KEY_BYTES_MAX, second);
    cr_expect_eq(left.size, KEY_BYTES_MAX);
    cr_expect_not(view_equals(left, right));
    struct view whole = key_bounded(view_of(a, KEY_BYTES_MAX), KEY_BYTES_MAX, first);
    cr_expect_eq(whole.data, a);
    cr_expect(view_is_null(key_bounded(VIEW_NULL, KEY_BYTES_MAX, first)));
}

Test(key, text_is_cut_between_characters)
{
    static const struct {
        const char *text;
        size_t bytes_max, expected;
    } cases[] = {
        {"abc", 3, 3},
        {"abcd", 3, 3},
        {"ab\xc3\xa9", 3, 2},
        {"a\xe2\x82\xac", 3, 1},
        {"\xf0\x9f\x98\x80", 3, 0},
        {"a\xf0\x9f\x98\x80", 5, 5},
        {"", 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect_eq(text_cut(view_of_string(cases[i].text), cases[i].bytes_max).size,
                     cases[i].expected, "case %zu", i);
}
