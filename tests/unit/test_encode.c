#include "parquet/decode.h"
#include "parquet/encode.h"

#include "parquet_harness.h"

static const struct pack_kernels scalar = {pack_groups_scalar, pack_find_scalar, pack_run_scalar};

static void expect_bytes(const struct buf *got, const void *bytes, size_t size)
{
    cr_assert_eq(got->size, size, "%zu bytes", got->size);
    cr_assert_eq(memcmp(got->data, bytes, size), 0);
}

/* The numbers 0 to 7 at width 3 are the specification's own example. */
Test(encode, bit_packed_groups_are_packed_from_the_lowest_bit)
{
    static const uint32_t values[] = {0, 1, 2, 3, 4, 5, 6, 7};
    struct buf out = {0};
    encode_hybrid(&scalar, &out, values, 8, 3);
    expect_bytes(&out, "\x03\x88\xc6\xfa", 4);
    buf_done(&out);
}

Test(encode, the_last_group_is_filled_up_with_zeros)
{
    static const uint32_t values[] = {1, 2, 3, 4, 5, 6, 7, 1, 1, 7};
    struct buf out = {0};
    encode_hybrid(&scalar, &out, values, 10, 3);
    expect_bytes(&out, "\x05\xd1\x58\x3f\x39\x00\x00", 7);
    buf_done(&out);
}

Test(encode, eight_equal_values_and_more_are_a_run)
{
    uint32_t values[300];
    for (size_t i = 0; i < 300; i++)
        values[i] = 0x1234;
    struct buf out = {0};
    encode_hybrid(&scalar, &out, values, 300, 13);
    expect_bytes(&out, "\xd8\x04\x34\x12", 4); /* 300 << 1 as a varint, two bytes */
    buf_clear(&out);
    encode_hybrid(&scalar, &out, values, 8, 13);
    expect_bytes(&out, "\x10\x34\x12", 3);
    buf_done(&out);
}

Test(encode, levels_of_one_kind_are_one_run)
{
    static const uint64_t ones[2] = {UINT64_MAX, UINT64_MAX};
    static const uint64_t zeros[2] = {0, 0};
    struct buf out = {0};
    encode_hybrid_bits(&out, ones, 3, 5);
    expect_bytes(&out, "\x0a\x01", 2);
    buf_clear(&out);
    encode_hybrid_bits(&out, zeros, 0, 100);
    expect_bytes(&out, "\xc8\x01\x00", 3);
    buf_clear(&out);
    encode_hybrid_run(&out, 1, 100, 1);
    expect_bytes(&out, "\xc8\x01\x01", 3);
    buf_done(&out);
}

Test(encode, mixed_levels_are_bits)
{
    static const uint64_t bits[1] = {UINT64_C(0x5a5) << 2};
    struct buf out = {0};
    encode_hybrid_bits(&out, bits, 2, 12);
    expect_bytes(&out, "\x05\xa5\x05", 3);
    buf_done(&out);
}

Test(encode, a_bit_width_holds_the_value_and_is_never_0)
{
    cr_expect_eq(bit_width(0), 1);
    cr_expect_eq(bit_width(1), 1);
    cr_expect_eq(bit_width(2), 2);
    cr_expect_eq(bit_width(255), 8);
    cr_expect_eq(bit_width(256), 9);
    cr_expect_eq(bit_width(UINT32_MAX), 32);
}

/* Block of 128 in 4 miniblocks; 7 5 3 1 2 3 4 5 is the specification's second
 * example but for the block's size: deltas -2 -2 -2 1 1 1 1, minimum -2. */
Test(encode, deltas_are_packed_above_their_minimum)
{
    static const int64_t numbers[] = {7, 5, 3, 1, 2, 3, 4, 5};
    struct buf out = {0};
    encode_delta_numbers(&out, numbers, 8, PARQUET_INT32);
    expect_bytes(&out, "\x80\x01\x04\x08\x0e\x03\x02\x00\x00\x00\xc0\x3f\0\0\0\0\0\0", 18);
    buf_done(&out);
}

Test(encode, no_and_one_number_have_no_block)
{
    static const int64_t one[] = {-3};
    struct buf out = {0};
    encode_delta_numbers(&out, one, 0, PARQUET_INT64);
    expect_bytes(&out, "\x80\x01\x04\x00\x00", 5);
    buf_clear(&out);
    encode_delta_numbers(&out, one, 1, PARQUET_INT64);
    expect_bytes(&out, "\x80\x01\x04\x01\x05", 5);
    buf_done(&out);
}

Test(encode, plain_numbers_are_little_endian)
{
    static const int64_t numbers[] = {-2, 0x01020304};
    struct buf out = {0};
    encode_plain_numbers(&out, numbers, 2, PARQUET_INT32);
    expect_bytes(&out, "\xfe\xff\xff\xff\x04\x03\x02\x01", 8);
    buf_clear(&out);
    encode_plain_numbers(&out, numbers, 1, PARQUET_INT64);
    expect_bytes(&out, "\xfe\xff\xff\xff\xff\xff\xff\xff", 8);
    buf_done(&out);
}

Test(encode, texts_are_length_and_bytes_in_any_order_of_memory)
{
    struct test_column c;
    test_column_init(&c, PARQUET_BYTE_ARRAY, 8);
    test_column_add_text(&c, VIEW("ab"));
    test_column_add_text(&c, VIEW(""));
    test_column_add_text(&c, VIEW("xyz"));
    uint32_t shuffled[] = {c.positions[2], c.positions[0], c.positions[1], c.positions[1]};
    struct buf out = {0};
    encode_plain_texts(&out, c.texts.data, shuffled, 4);
    expect_bytes(&out, "\x03\0\0\0xyz\x02\0\0\0ab\0\0\0\0\0\0\0\0", 21);
    test_column_done(&c);
    buf_done(&out);
}

Test(encode, shared_prefixes_are_stored_once)
{
    struct test_column c;
    struct buf scratch = {0};
    struct buf out = {0};
    test_column_init(&c, PARQUET_BYTE_ARRAY, 8);
    test_column_add_text(&c, VIEW("axis"));
    test_column_add_text(&c, VIEW("axle"));
    test_column_add_text(&c, VIEW("babble"));
    test_column_add_text(&c, VIEW("babyhood"));
    /* The specification's example: prefixes 0 2 0 3, suffixes of 4 2 6 5. */
    encode_delta_texts(&out, c.texts.data, c.positions, 4, &scratch);
    cr_assert(out.size > 20);
    cr_expect_eq(memcmp(out.data + out.size - 17, "axislebabbleyhood", 17), 0);
    static const int64_t prefixes[] = {0, 2, 0, 3};
    static const int64_t suffixes[] = {4, 2, 6, 5};
    struct buf lengths = {0};
    encode_delta_numbers(&lengths, prefixes, 4, PARQUET_INT32);
    encode_delta_numbers(&lengths, suffixes, 4, PARQUET_INT32);
    cr_expect_eq(out.size, lengths.size + 17);
    cr_expect_eq(memcmp(out.data, lengths.data, lengths.size), 0);
    test_column_done(&c);
    buf_done(&scratch);
    buf_done(&out);
    buf_done(&lengths);
}

/* Ids with runs of any length between others. */
static size_t random_ids(struct randomness *random, uint32_t *ids, size_t most, unsigned width)
{
    size_t count = random_below(random, most);
    uint32_t mask = width == 32 ? UINT32_MAX : (UINT32_C(1) << width) - 1;
    for (size_t i = 0; i < count;) {
        size_t run = random_below(random, 3) ? 1 : 1 + random_below(random, 40);
        uint32_t id = (uint32_t)random_next(random) & mask;
        for (; run > 0 && i < count; run--)
            ids[i++] = id;
    }
    return count;
}

Test(encode, ids_come_back_at_every_width)
{
    struct randomness random = randomness_new(2);
    uint32_t ids[500], back[500];
    struct buf out = {0};
    for (unsigned i = 0; i < 3000; i++) {
        unsigned width = 1 + i % 32;
        size_t count = random_ids(&random, ids, 500, width);
        buf_clear(&out);
        encode_hybrid(&scalar, &out, ids, count, width);
        struct view in = buf_view(&out);
        cr_assert(decode_hybrid(&in, width, back, count), "seed %" PRIu64, random.seed);
        cr_assert_eq(in.size, 0);
        cr_assert_eq(memcmp(ids, back, count * sizeof(*ids)), 0, "seed %" PRIu64, random.seed);
    }
    buf_done(&out);
}

Test(encode, every_kernel_packs_the_same_bytes)
{
    enum { COUNT_MAX = 700 };
    struct randomness random = randomness_new(12);
    struct buf expected = {0}, got = {0};
    for (unsigned i = 0; i < 6000; i++) {
        static uint32_t any[COUNT_MAX];
        unsigned width = 1 + i % 32;
        size_t count = random_ids(&random, any, COUNT_MAX, width);
        /* Of exact size, so that the sanitizer sees a read past the end. */
        uint32_t *ids = malloc(count * sizeof(*ids) + 1);
        memcpy(ids, any, count * sizeof(*ids));
        buf_clear(&expected);
        encode_hybrid(&scalar, &expected, ids, count, width);
        for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
            const struct pack_kernels kernels = pack_kernels_of(cpu);
            if (kernels.groups == NULL)
                continue;
            buf_clear(&got);
            encode_hybrid(&kernels, &got, ids, count, width);
            cr_assert(view_equals(buf_view(&got), buf_view(&expected)),
                      "%s, width %u, seed %" PRIu64, cpu_name(cpu), width, random.seed);
            cr_assert(count == 0 || kernels.run(ids, count) == scalar.run(ids, count));
        }
        free(ids);
    }
    buf_done(&expected);
    buf_done(&got);
}

Test(encode, levels_come_back_from_any_bit_on)
{
    struct randomness random = randomness_new(3);
    uint32_t back[700];
    struct buf out = {0};
    for (unsigned i = 0; i < 3000; i++) {
        uint64_t bits[11];
        for (size_t word = 0; word < 11; word++)
            bits[word] = random_below(&random, 2) ? random_next(&random)
                                                  : 0 - (uint64_t)random_below(&random, 2);
        size_t begin = random_below(&random, 100);
        size_t count = random_below(&random, 600);
        buf_clear(&out);
        encode_hybrid_bits(&out, bits, begin, count);
        struct view in = buf_view(&out);
        cr_assert(decode_hybrid(&in, 1, back, count), "seed %" PRIu64, random.seed);
        cr_assert_eq(in.size, 0);
        for (size_t n = 0; n < count; n++)
            cr_assert_eq(back[n], bits[(begin + n) / 64] >> (begin + n) % 64 & 1, "seed %" PRIu64,
                         random.seed);
    }
    buf_done(&out);
}

static int64_t random_number(struct randomness *random, enum parquet_type type)
{
    static const int64_t special[] = {0, -1, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    int64_t number = (int64_t)random_next(random) >> random_below(random, 64);
    if (random_below(random, 8) == 0)
        number = special[random_below(random, 6)];
    return type == PARQUET_INT32 ? (int32_t)(uint32_t)(uint64_t)number : number;
}

Test(encode, numbers_come_back_from_plain_and_delta)
{
    static const enum parquet_type types[] = {PARQUET_INT32, PARQUET_INT64};
    struct randomness random = randomness_new(4);
    int64_t numbers[600], back[600];
    struct buf out = {0};
    for (unsigned i = 0; i < 2000; i++) {
        enum parquet_type type = types[i % 2];
        size_t count = random_below(&random, 600);
        for (size_t n = 0; n < count; n++)
            numbers[n] = i % 3 ? random_number(&random, type) : (int64_t)(n * 37);
        for (unsigned is_delta = 0; is_delta < 2; is_delta++) {
            buf_clear(&out);
            if (is_delta)
                encode_delta_numbers(&out, numbers, count, type);
            else
                encode_plain_numbers(&out, numbers, count, type);
            struct view in = buf_view(&out);
            cr_assert(is_delta ? decode_delta_numbers(&in, type, back, count)
                               : decode_plain_numbers(&in, type, back, count),
                      "seed %" PRIu64, random.seed);
            cr_assert_eq(in.size, 0);
            cr_assert_eq(memcmp(numbers, back, count * sizeof(*back)), 0, "seed %" PRIu64,
                         random.seed);
        }
    }
    buf_done(&out);
}

static void expect_texts(const struct test_column *c, const struct view *back, uint64_t seed)
{
    for (size_t i = 0; i < c->present; i++)
        cr_assert(view_equals(back[i], text_at(c->texts.data, c->positions[i])),
                  "text %zu, seed %" PRIu64, i, seed);
}

Test(encode, texts_come_back_from_each_encoding)
{
    struct randomness random = randomness_new(5);
    struct view back[200];
    int64_t scratch[400];
    struct buf out = {0}, numbers = {0}, storage = {0};
    for (unsigned i = 0; i < 600; i++) {
        struct test_column c;
        test_column_init(&c, PARQUET_BYTE_ARRAY, 200);
        size_t count = random_below(&random, 200);
        for (size_t n = 0; n < count; n++) {
            char text[64];
            size_t size = random_below(&random, sizeof(text));
            for (size_t at = 0; at < size; at++)
                text[at] = (char)('a' + (random_below(&random, 6) == 0));
            test_column_add_text(&c, view_of(text, size));
        }
        struct view in;
        buf_clear(&out);
        encode_plain_texts(&out, c.texts.data, c.positions, count);
        in = buf_view(&out);
        cr_assert(decode_plain_texts(&in, back, count) && in.size == 0);
        expect_texts(&c, back, random.seed);
        buf_clear(&out);
        encode_delta_length_texts(&out, c.texts.data, c.positions, count, &numbers);
        in = buf_view(&out);
        cr_assert(decode_delta_length_texts(&in, back, count, scratch) && in.size == 0);
        expect_texts(&c, back, random.seed);
        buf_clear(&out);
        encode_delta_texts(&out, c.texts.data, c.positions, count, &numbers);
        in = buf_view(&out);
        cr_assert(decode_delta_texts(&in, back, count, scratch, &storage, 1 << 20));
        cr_assert_eq(in.size, 0);
        expect_texts(&c, back, random.seed);
        test_column_done(&c);
    }
    buf_done(&out);
    buf_done(&numbers);
    buf_done(&storage);
}

Test(decode, damaged_runs_are_refused)
{
    static const struct {
        const char *bytes;
        size_t size;
        unsigned width;
        size_t count;
    } cases[] = {
        {"", 0, 1, 1},                  /* nothing there */
        {"\x00\x01", 2, 1, 1},          /* a run of none */
        {"\x01\x01", 2, 1, 1},          /* packed groups of none */
        {"\x04\x01", 2, 1, 1},          /* a run longer than asked for */
        {"\x10\x02", 2, 1, 8},          /* a value past the width */
        {"\x10", 1, 1, 8},              /* no value */
        {"\x03\x00\x00", 3, 3, 8},      /* packed group cut off */
        {"\x03\x00\x00\x00", 4, 33, 8}, /* no such width */
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00", 11, 8, 8}, /* 2^63 groups */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        uint32_t values[8];
        struct view in = view_of(cases[i].bytes, cases[i].size);
        cr_expect_not(decode_hybrid(&in, cases[i].width, values, cases[i].count), "case %zu", i);
    }
}

Test(decode, a_prefix_bomb_is_refused)
{
    /* A hundred texts of which each repeats the quarter megabyte before it. */
    enum { TEXTS = 100, FIRST = 1 << 18 };
    static int64_t prefixes[TEXTS], suffixes[TEXTS], scratch[2 * TEXTS];
    static struct view back[TEXTS];
    struct buf out = {0}, storage = {0};
    for (size_t i = 1; i < TEXTS; i++)
        prefixes[i] = FIRST;
    suffixes[0] = FIRST;
    encode_delta_numbers(&out, prefixes, TEXTS, PARQUET_INT32);
    encode_delta_numbers(&out, suffixes, TEXTS, PARQUET_INT32);
    cr_assert(buf_reserve(&out, FIRST));
    memset(out.data + out.size, 'x', FIRST);
    out.size += FIRST;
    struct view in = buf_view(&out);
    cr_expect_not(decode_delta_texts(&in, back, TEXTS, scratch, &storage, 8 << 20));
    in = buf_view(&out);
    cr_expect(decode_delta_texts(&in, back, TEXTS, scratch, &storage, (size_t)TEXTS * FIRST));
    buf_done(&out);
    buf_done(&storage);
}

Test(decode, random_bytes_are_decoded_without_harm)
{
    enum { COUNT = 64 };
    struct randomness random = randomness_new(6);
    uint32_t ids[COUNT];
    int64_t numbers[2 * COUNT];
    struct view texts[COUNT];
    struct buf storage = {0};
    for (unsigned i = 0; i < 40000; i++) {
        size_t size = random_below(&random, 80);
        char *bytes = malloc(size + 1);
        cr_assert_not_null(bytes);
        for (size_t at = 0; at < size; at++)
            bytes[at] = (char)(random_next(&random) >> random_below(&random, 60));
        /* Often the head of sound deltas, so that blocks are reached. */
        if (size > 4 && i % 2)
            memcpy(bytes, "\x80\x01\x04\x40", 4);
        struct view in = view_of(bytes, size);
        size_t count = i % 2 ? COUNT : random_below(&random, COUNT);
        decode_hybrid(&in, (unsigned)random_below(&random, 34), ids, count);
        in = view_of(bytes, size);
        decode_plain_texts(&in, texts, count);
        in = view_of(bytes, size);
        decode_delta_numbers(&in, i % 3 ? PARQUET_INT32 : PARQUET_INT64, numbers, count);
        in = view_of(bytes, size);
        decode_delta_length_texts(&in, texts, count, numbers);
        in = view_of(bytes, size);
        decode_delta_texts(&in, texts, count, numbers, &storage, 10000);
        free(bytes);
    }
    buf_done(&storage);
}
