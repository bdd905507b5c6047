#include "parquet/bloom.h"

#include "parquet_harness.h"

/* The specification's block insertion, word for word: mask, then block. */
static void insert_by_the_book(uint8_t *bits, uint32_t bytes, uint64_t hash)
{
    static const uint32_t salt[8] = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU,
                                     0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U};
    uint64_t blocks = bytes / 32;
    uint8_t *block = bits + 32 * (((hash >> 32) * blocks) >> 32);
    for (int i = 0; i < 8; i++) {
        uint32_t bit = ((uint32_t)hash * salt[i]) >> 27;
        block[4 * i + bit / 8] |= (uint8_t)(1 << bit % 8);
    }
}

static struct view value(char text[32], uint64_t i)
{
    return view_of(text, (size_t)snprintf(text, 32, "value-%" PRIu64, i));
}

static void add(struct bloom *b, uint64_t hash)
{
    bloom_add(b, bloom_set_scalar, &hash, 1);
}

/* XXH64 with seed 0, from the reference implementation's own test vectors. */
Test(bloom, the_hash_is_xxh64_with_seed_0)
{
    cr_expect_eq(bloom_hash(VIEW("")), UINT64_C(0xef46db3751d8e999));
    cr_expect_eq(bloom_hash(VIEW("abc")), UINT64_C(0x44bc2cf5ad770999));
}

Test(bloom, bits_are_those_of_the_specification)
{
    struct bloom b = {0};
    char text[32];
    cr_assert(bloom_begin(&b, 1000));
    cr_assert_eq(b.bits.size, 2048, "10 bits a value, then the next power of two");
    uint8_t expected[2048] = {0};
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t hash = bloom_hash(value(text, i));
        insert_by_the_book(expected, sizeof(expected), hash);
        add(&b, hash);
    }
    cr_expect_eq(memcmp(b.bits.data, expected, sizeof(expected)), 0);
    bloom_done(&b);
}

/* Every block of a small filter is met often: hashes that find all of their bits set, and
 * neighbours in one block, are among them. */
Test(bloom, every_kernel_sets_the_same_bits_and_counts_the_same)
{
    enum { HASHES = 400, SIZES = 3, BITS_MAX = 1024 };
    static const size_t sizes[SIZES] = {BLOOM_BLOCK_BYTES, 3 * BLOOM_BLOCK_BYTES, BITS_MAX};
    uint64_t hashes[HASHES];
    char text[32];
    for (size_t i = 0; i < HASHES; i++)
        hashes[i] = i % 5 == 4 ? hashes[i - 2] : bloom_hash(value(text, i));
    for (size_t size = 0; size < SIZES; size++) {
        for (size_t count = 0; count <= HASHES; count += 1 + count / 3) {
            char want[BITS_MAX] = {0};
            size_t added = bloom_set_scalar(want, sizes[size], hashes, count);
            for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
                char got[BITS_MAX] = {0};
                cr_expect_eq(bloom_set_kernel(cpu)(got, sizes[size], hashes, count), added,
                             "%s: %zu hashes", cpu_name(cpu), count);
                cr_expect_arr_eq(got, want, BITS_MAX, "%s: %zu hashes", cpu_name(cpu), count);
            }
        }
    }
}

Test(bloom, the_header_is_that_of_the_format)
{
    struct bloom b = {0};
    struct buf out = {0};
    cr_assert(bloom_begin(&b, 1));
    bloom_append(&b, &out);
    static const char header[] = "\x15\x40\x1c\x1c\x00\x00\x1c\x1c\x00\x00\x1c\x1c\x00\x00";
    cr_assert_eq(out.size, sizeof(header) + 32);
    cr_expect_eq(memcmp(out.data, header, sizeof(header)), 0);
    struct view bits;
    cr_assert(bloom_parse(buf_view(&out), &bits));
    cr_expect(bits.data == out.data + sizeof(header) && bits.size == 32);
    for (size_t size = 0; size < out.size; size++)
        cr_expect_not(bloom_parse(view_of(out.data, size), &bits), "cut to %zu", size);
    bloom_done(&b);
    buf_done(&out);
}

Test(bloom, a_filter_of_another_kind_is_refused)
{
    static const char *const headers[] = {
        "\x15\x40\x1c\x2c\x00\x00\x1c\x1c\x00\x00\x1c\x1c\x00\x00", /* another algorithm */
        "\x15\x42\x1c\x1c\x00\x00\x1c\x1c\x00\x00\x1c\x1c\x00\x00", /* 33 bytes */
        "\x15\x3f\x1c\x1c\x00\x00\x1c\x1c\x00\x00\x1c\x1c\x00\x00", /* -32 bytes */
        "\x15\x00\x1c\x1c\x00\x00\x1c\x1c\x00\x00\x1c\x1c\x00\x00", /* none */
    };
    for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
        char bytes[80] = {0};
        struct view bits;
        memcpy(bytes, headers[i], 15);
        cr_expect_not(bloom_parse(view_of(bytes, sizeof(bytes)), &bits), "header %zu", i);
    }
}

/* Values in, other values asked for. */
static double false_positives(size_t values, size_t sized_for)
{
    struct bloom b = {0};
    char text[32];
    cr_assert(bloom_begin(&b, sized_for));
    for (uint64_t i = 0; i < values; i++)
        add(&b, bloom_hash(value(text, i)));
    bloom_end(&b);
    for (uint64_t i = 0; i < values; i++)
        cr_assert(bloom_may_have(buf_view(&b.bits), bloom_hash(value(text, i))));
    size_t wrong = 0;
    for (uint64_t i = 0; i < 20000; i++)
        wrong += bloom_may_have(buf_view(&b.bits), bloom_hash(value(text, values + i)));
    bloom_done(&b);
    return (double)wrong / 20000;
}

Test(bloom, one_in_a_hundred_absent_values_passes_at_most)
{
    /* 10 bits a value at worst: 0.9 % by the formula; more is chance. */
    cr_expect_lt(false_positives(6500, 6500), 0.013);
    cr_expect_lt(false_positives(100, 100), 0.02);
    cr_expect_lt(false_positives(1, 1), 0.001);
}

Test(bloom, a_filter_sized_for_repeats_shrinks_and_keeps_its_promise)
{
    cr_expect_lt(false_positives(6500, 200000), 0.013);
    struct bloom large = {0};
    struct bloom exact = {0};
    char text[32];
    cr_assert(bloom_begin(&large, 100000) && bloom_begin(&exact, 3000));
    for (uint64_t i = 0; i < 30000; i++) {
        add(&large, bloom_hash(value(text, i % 3000)));
        add(&exact, bloom_hash(value(text, i % 3000)));
    }
    bloom_end(&large);
    cr_expect(view_equals(buf_view(&large.bits), buf_view(&exact.bits)),
              "folding gives the filter that was built small");
    bloom_done(&large);
    bloom_done(&exact);
}

Test(bloom, the_size_is_bounded)
{
    struct bloom b = {0};
    cr_assert(bloom_begin(&b, SIZE_MAX / 64));
    cr_expect_eq(b.bits.size, BLOOM_BYTES_MAX);
    bloom_done(&b);
}
