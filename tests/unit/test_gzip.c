#include "decode/gzip.h"
#include "decode_members.h"

/* A header with any fields, by RFC 1952 section 2.3. */
static void put_header(struct buf *out, unsigned flags, struct view extra, struct view name)
{
    char fixed[10] = {'\x1f', '\x8b', 8, (char)flags, 0, 0, 0, 0, 0, 3};
    size_t begin = out->size;
    buf_append(out, fixed, sizeof(fixed));
    if (flags & 4) {
        buf_append_byte(out, (char)extra.size);
        buf_append_byte(out, (char)(extra.size >> 8));
        buf_append_view(out, extra);
    }
    if (flags & 8) {
        buf_append_view(out, name);
        buf_append_byte(out, '\0');
    }
    if (flags & 16) {
        buf_append_view(out, VIEW("a comment"));
        buf_append_byte(out, '\0');
    }
    if (flags & 2) {
        uLong crc = crc32(0, (const Bytef *)out->data + begin, (uInt)(out->size - begin));
        buf_append_byte(out, (char)crc);
        buf_append_byte(out, (char)(crc >> 8));
    }
}

Test(gzip, reads_headers_with_any_fields)
{
    for (unsigned flags = 0; flags < 32; flags++) {
        struct buf b = {0};
        put_header(&b, flags, VIEW("xx\x02\x00yz"), VIEW("name.json"));
        buf_append_view(&b, VIEW("\x03\x00"));
        size_t size = 0;
        cr_expect_eq(gzip_header(buf_view(&b), &size), HEADER_OK, "flags %u", flags);
        cr_expect_eq(size, b.size - 2, "flags %u", flags);
        for (size_t cut = 0; cut < b.size - 2; cut++)
            cr_expect_eq(gzip_header(view_of(b.data, cut), &size), HEADER_SHORT, "flags %u cut %zu",
                         flags, cut);
        buf_done(&b);
    }
}

Test(gzip, refuses_headers_that_are_not_plausible)
{
    size_t size;
    static const struct view bad[] = {
        VIEW("\x1f\x8c\x08\x00\x00\x00\x00\x00\x00\x03"),
        VIEW("\x1f\x8b\x07\x00\x00\x00\x00\x00\x00\x03"),
        VIEW("\x1f\x8b\x08\x20\x00\x00\x00\x00\x00\x03"),
        VIEW("\x1f\x8b\x08\x40\x00\x00\x00\x00\x00\x03"),
        VIEW("\x1f\x8b\x08\x80\x00\x00\x00\x00\x00\x03"),
        VIEW("\x1f\x8b\x08\x80"),
        VIEW("\x1f\x00"),
        VIEW("{"),
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect_eq(gzip_header(bad[i], &size), HEADER_BAD, "case %zu", i);

    struct buf b = {0};
    put_header(&b, 8 | 2, VIEW(""), VIEW("name"));
    b.data[b.size - 1] ^= 1;
    cr_expect_eq(gzip_header(buf_view(&b), &size), HEADER_BAD, "header checksum");
    buf_done(&b);
}

Test(gzip, bounds_what_a_field_may_take)
{
    struct buf name = {0}, b = {0};
    for (size_t i = 0; i < GZIP_FIELD_BYTES_MAX + 10; i++)
        buf_append_byte(&name, 'n');
    size_t size;
    put_header(&b, 8, VIEW(""), view_of(name.data, GZIP_FIELD_BYTES_MAX - 1));
    cr_expect_eq(gzip_header(buf_view(&b), &size), HEADER_OK);
    buf_clear(&b);
    put_header(&b, 8, VIEW(""), view_of(name.data, GZIP_FIELD_BYTES_MAX));
    buf_append_view(&b, buf_view(&name));
    cr_expect_eq(gzip_header(buf_view(&b), &size), HEADER_BAD);
    buf_done(&name);
    buf_done(&b);
}

Test(gzip, reads_zlib_headers)
{
    size_t size = 0;
    cr_expect_eq(zlib_header(VIEW("\x78\x9c"), &size), HEADER_OK);
    cr_expect_eq(size, 2);
    cr_expect_eq(zlib_header(VIEW("\x78"), &size), HEADER_SHORT);
    cr_expect_eq(zlib_header(VIEW("\x78\x9d"), &size), HEADER_BAD);
    cr_expect_eq(zlib_header(VIEW("\x78\xbb"), &size), HEADER_BAD);
    cr_expect_eq(zlib_header(VIEW("\x68\x81"), &size), HEADER_BAD);
}

Test(gzip, decodes_a_whole_member_and_tells_where_it_ends)
{
    struct buf b = {0};
    put_gzip(&b, VIEW("first"));
    size_t first = b.size;
    put_gzip(&b, VIEW("second"));
    struct gzip_decoder g = {0};
    char out[16];
    struct member_step step;
    cr_assert_eq(gzip_decode_whole(&g, false, buf_view(&b), out, 5, &step), MEMBER_DONE);
    cr_assert_eq(step.consumed, first);
    cr_assert(view_equals(view_of(out, step.produced), VIEW("first")));
    cr_assert_eq(gzip_decode_whole(&g, false, buf_view(&b), out, 4, &step), MEMBER_FULL);
    for (size_t cut = 0; cut < first; cut++)
        cr_assert_eq(gzip_decode_whole(&g, false, view_of(b.data, cut), out, 16, &step),
                     MEMBER_BAD);
    gzip_done(&g);
    buf_done(&b);
}

struct stream_result {
    enum member_rc rc;
    struct buf text;
    size_t consumed;
    const char *reason;
};

/* Runs a stream in steps of random size over `in`. */
static struct stream_result stream(struct view in, bool is_zlib, uint64_t *random)
{
    struct gzip_decoder g = {0};
    struct stream_result r = {0};
    size_t header = 0, in_max = 9 + test_random(random) % 5000;
    size_t out_max = 1 + test_random(random) % 9000;
    cr_assert_eq((is_zlib ? zlib_header : gzip_header)(in, &header), HEADER_OK);
    cr_assert(gzip_stream_begin(&g, is_zlib));
    r.consumed = header;
    for (;;) {
        size_t n = in.size - r.consumed < in_max ? in.size - r.consumed : in_max;
        bool is_last = r.consumed + n == in.size;
        cr_assert(buf_reserve(&r.text, out_max));
        struct member_step step;
        r.rc = gzip_stream_step(&g, view_slice(in, r.consumed, r.consumed + n),
                                r.text.data + r.text.size, out_max, &step);
        r.consumed += step.consumed;
        r.text.size += step.produced;
        r.reason = step.reason;
        if (r.rc == MEMBER_DONE || r.rc == MEMBER_BAD)
            break;
        if (r.rc == MEMBER_SHORT && is_last)
            break;
    }
    gzip_done(&g);
    return r;
}

Test(gzip, streams_the_same_text_in_steps_of_any_size)
{
    uint64_t seed = test_seed(), random = seed;
    for (int round = 0; round < 60; round++) {
        struct buf text = {0}, b = {0};
        bool is_zlib = round % 2 == 1;
        put_documents(&text, test_random(&random) % 400000, &random);
        put_deflate(&b, buf_view(&text), is_zlib ? 15 : 31, round % 10);
        size_t size = b.size;
        buf_append_view(&b, VIEW("what follows"));

        struct stream_result r = stream(buf_view(&b), is_zlib, &random);
        cr_assert_eq(r.rc, MEMBER_DONE, "seed %llu", (unsigned long long)seed);
        cr_assert_eq(r.consumed, size, "round %d consumed %zu of %zu", round, r.consumed, size);
        cr_assert(view_equals(buf_view(&r.text), buf_view(&text)));
        buf_done(&r.text);

        size_t cut = 10 + test_random(&random) % (size - 10);
        r = stream(view_of(b.data, cut), is_zlib, &random);
        cr_assert_eq(r.rc, MEMBER_SHORT, "seed %llu", (unsigned long long)seed);
        cr_assert(r.text.size <= text.size);
        cr_assert(memcmp(r.text.data, text.data, r.text.size) == 0);
        buf_done(&r.text);
        buf_done(&text);
        buf_done(&b);
    }
}

/* Otherwise what is kept of a damaged member would depend on the windows. */
Test(gzip, gives_the_same_text_before_a_failure_in_steps_of_any_size)
{
    uint64_t seed = test_seed(), random = seed;
    for (int round = 0; round < 40; round++) {
        struct buf text = {0}, b = {0};
        put_documents(&text, 100000 + test_random(&random) % 200000, &random);
        put_deflate(&b, buf_view(&text), 31, 1 + round % 9);
        b.data[10 + test_random(&random) % (b.size - 10)] ^= (char)(1 << round % 8);
        struct stream_result first = stream(buf_view(&b), false, &random);
        for (int i = 0; i < 3; i++) {
            struct stream_result r = stream(buf_view(&b), false, &random);
            cr_assert_eq(r.rc, first.rc, "seed %llu", (unsigned long long)seed);
            cr_assert(view_equals(buf_view(&r.text), buf_view(&first.text)), "seed %llu: %zu, %zu",
                      (unsigned long long)seed, r.text.size, first.text.size);
            buf_done(&r.text);
        }
        buf_done(&first.text);
        buf_done(&text);
        buf_done(&b);
    }
}

/* ISA-L fails on this with an avail_in of less than nothing. */
Test(gzip, takes_no_more_than_there_is_where_a_distance_is_invalid)
{
    static const unsigned char deflated[] = {0x38, 0xa1, 0xe3, 0xf0, 0xa3, 0x72, 0x2a, 0x66,
                                             0x67, 0x9d, 0xdf, 0x70, 0x17, 0x42, 0x00};
    static char out[65536];
    struct gzip_decoder g = {0};
    for (size_t size = 0; size <= sizeof(deflated); size++) {
        struct member_step step;
        cr_assert(gzip_stream_begin(&g, false));
        gzip_stream_step(&g, view_of(deflated, size), out, sizeof(out), &step);
        cr_expect_leq(step.consumed, size);
    }
    gzip_done(&g);
}

Test(gzip, tells_a_wrong_checksum_and_a_wrong_length_from_bad_data)
{
    uint64_t random = 1;
    struct buf b = {0};
    put_gzip(&b, VIEW("{\"a\":1}"));
    for (size_t back = 1; back <= 8; back++) {
        b.data[b.size - back] ^= 1;
        struct stream_result r = stream(buf_view(&b), false, &random);
        cr_expect_eq(r.rc, MEMBER_BAD);
        cr_expect_str_eq(r.reason, "gzip: checksum mismatch");
        cr_expect_eq(r.text.size, 7);
        buf_done(&r.text);
        b.data[b.size - back] ^= 1;
    }
    b.data[10] |= 6; /* block type 3 */
    struct stream_result r = stream(buf_view(&b), false, &random);
    cr_expect_eq(r.rc, MEMBER_BAD);
    cr_expect_str_eq(r.reason, "gzip: invalid deflate data");
    buf_done(&r.text);
    buf_clear(&b);

    put_zlib(&b, VIEW("{\"a\":1}"));
    b.data[b.size - 1] ^= 1;
    r = stream(buf_view(&b), true, &random);
    cr_expect_eq(r.rc, MEMBER_BAD);
    cr_expect_str_eq(r.reason, "zlib: checksum mismatch");
    buf_done(&r.text);
    buf_done(&b);
}

/* What is refused without being decoded is what decoding refuses. */
Test(gzip, refuses_by_their_head_only_streams_that_are_damaged)
{
    uint64_t seed = test_seed(), random = seed;
    struct gzip_decoder g = {0};
    size_t refused = 0;
    for (int round = 0; round < 20000; round++) {
        unsigned char bytes[32];
        for (size_t i = 0; i < sizeof(bytes); i += 8)
            memcpy(bytes + i, &(uint64_t){test_random(&random)}, 8);
        if (round % 2 == 0) /* few and short lengths, as sound ones have */
            memset(bytes + 2, round & 4 ? 0x49 : 0x92, 6);
        struct view in = view_of((char *)bytes, sizeof(bytes));
        if (deflate_may_begin(in))
            continue;
        struct member_step step;
        char out[4096];
        refused++;
        cr_assert(gzip_stream_begin(&g, false));
        cr_assert_eq(gzip_stream_step(&g, in, out, sizeof(out), &step), MEMBER_BAD,
                     "seed %llu round %d", (unsigned long long)seed, round);
    }
    cr_expect_gt(refused, 5000);
    cr_expect(deflate_may_begin(VIEW("")));
    cr_expect(deflate_may_begin(VIEW("\1\1\0")));
    cr_expect(deflate_may_begin(VIEW("\1\1\0\xfe\xff")));
    cr_expect_not(deflate_may_begin(VIEW("\1\1\0\xfe\xfe")));
    gzip_done(&g);
}
