/* test_distinct.c - distinct counts: exact, estimated, merged in any order. */
#include "alert/distinct.h"

#include "alert_event.h"
#include "util/hash.h"

#include <criterion/criterion.h>
#include <math.h>

/* The i-th member of a set: its hash is as good as random. */
static uint64_t member(uint64_t i)
{
    return hash64(view_of(&i, sizeof(i)));
}

static struct distinct of_range(uint64_t begin, uint64_t end)
{
    struct distinct d = {0};
    for (uint64_t i = begin; i < end; i++) {
        if (!distinct_add(&d, member(i)))
            abort();
    }
    return d;
}

static bool equal(const struct distinct *a, const struct distinct *b)
{
    if (distinct_is_exact(a) != distinct_is_exact(b))
        return false;
    if (!distinct_is_exact(a))
        return memcmp(a->registers, b->registers, (size_t)1 << HLL_PRECISION) == 0;
    return a->count == b->count && memcmp(a->hashes, b->hashes, a->count * sizeof(uint64_t)) == 0;
}

Test(distinct, is_exact_up_to_the_bound)
{
    struct distinct d = of_range(0, DISTINCT_EXACT_MAX);
    for (uint64_t i = 0; i < DISTINCT_EXACT_MAX; i++)
        cr_assert(distinct_add(&d, member(i)));
    cr_expect(distinct_is_exact(&d));
    cr_expect_eq(distinct_count(&d), DISTINCT_EXACT_MAX);
    cr_assert(distinct_add(&d, member(DISTINCT_EXACT_MAX)));
    cr_expect_not(distinct_is_exact(&d));
    distinct_done(&d);
    cr_expect_eq(distinct_count(&d), 0);
}

/* The formula of Flajolet et al. in floating point. */
static double reference(const struct distinct *d)
{
    double m = 1 << HLL_PRECISION, sum = 0;
    unsigned zeros = 0;
    for (size_t i = 0; i < (size_t)m; i++) {
        sum += ldexp(1, -d->registers[i]);
        zeros += d->registers[i] == 0;
    }
    double raw = 0.7213 / (1 + 1.079 / m) * m * m / sum;
    return raw <= 2.5 * m && zeros > 0 ? m * log(m / zeros) : raw;
}

Test(distinct, estimates_like_the_published_formula_and_within_its_error)
{
    static const uint64_t sizes[] = {257, 300, 1000, 4000, 9000, 11000, 20000, 100000, 1000000};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct distinct d = of_range(1000000000 * i, 1000000000 * i + sizes[i]);
        double got = (double)distinct_count(&d), size = (double)sizes[i];
        cr_expect_leq(fabs(got - reference(&d)), 1.0, "%f %f", got, reference(&d));
        /* The standard error is 1.04 / 64 = 1.6 %; four of them hold for these
         * fixed sets, the known bias around 2.5 m included. */
        cr_expect_leq(fabs(got - size), 0.065 * size + 2, "%f of %f", got, size);
        distinct_done(&d);
    }
}

Test(distinct, rank_is_bounded_by_the_bits_left)
{
    cr_expect_eq(distinct_rank(0), 53);
    cr_expect_eq(distinct_rank(UINT64_MAX), 1);
    cr_expect_eq(distinct_rank(UINT64_C(1)), 52);
    cr_expect_eq(distinct_register(UINT64_MAX), (1u << HLL_PRECISION) - 1);
}

Test(distinct, merging_is_the_same_in_any_order_and_grouping)
{
    uint64_t seed = random_seed(), state = seed;
    for (unsigned round = 0; round < 200; round++) {
        uint64_t size = random_next(&state) % 700;
        struct distinct whole = of_range(0, size), parts[4] = {{0}}, merged = {0};
        for (uint64_t i = 0; i < size; i++)
            distinct_add(&parts[random_next(&state) % 4], member(i));
        /* Every member is in at least one part, some in two. */
        for (uint64_t i = 0; i < size; i += 3)
            distinct_add(&parts[random_next(&state) % 4], member(i));
        if (random_next(&state) % 2)
            distinct_merge(&parts[0], &parts[1]);
        for (unsigned i = 4; i-- > 0;)
            distinct_merge(&merged, &parts[i]);
        bool ok = equal(&merged, &whole);
        distinct_done(&whole);
        distinct_done(&merged);
        for (unsigned i = 0; i < 4; i++)
            distinct_done(&parts[i]);
        if (!ok)
            cr_assert_fail("seed %lu round %u", (unsigned long)seed, round);
    }
}

Test(distinct, impossible_registers_are_refused)
{
    uint8_t registers[1 << HLL_PRECISION] = {[17] = 54};
    struct distinct d = {0};
    cr_expect_not(distinct_registers_are_possible(registers));
    registers[17] = 53;
    cr_expect(distinct_merge_registers(&d, registers));
    distinct_done(&d);
}
