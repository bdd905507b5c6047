#include "decode/zstd_frame.h"
#include "decode_members.h"

static void put_skippable(struct buf *out, uint32_t size)
{
    buf_append_view(out, VIEW("\x57\x2a\x4d\x18"));
    for (int i = 0; i < 4; i++)
        buf_append_byte(out, (char)(size >> 8 * i));
    while (size-- > 0)
        buf_append_byte(out, 's');
}

Test(zstd_frame, knows_frames_and_skippable_frames)
{
    size_t size = 1;
    cr_expect_eq(zstd_header(VIEW("\x28\xb5\x2f\xfd"), &size), HEADER_OK);
    cr_expect_eq(size, 0);
    cr_expect_eq(zstd_header(VIEW("\x28\xb5\x2f"), &size), HEADER_SHORT);
    cr_expect_eq(zstd_header(VIEW("\x28\xb5\x2f\xfc"), &size), HEADER_BAD);
    cr_expect_eq(zstd_header(VIEW("\x5f\x2a\x4d\x18"), &size), HEADER_OK);
    cr_expect_eq(zstd_header(VIEW("\x5f\x2a"), &size), HEADER_SHORT);
    cr_expect_eq(zstd_header(VIEW("\x60\x2a\x4d\x18"), &size), HEADER_BAD);
    cr_expect(zstd_is_skippable(VIEW("\x50\x2a\x4d\x18")));
    cr_expect(!zstd_is_skippable(VIEW("\x28\xb5\x2f\xfd")));
}

Test(zstd_frame, decodes_frame_by_frame)
{
    struct buf b = {0};
    put_zstd(&b, VIEW("first"), true);
    size_t first = b.size;
    put_skippable(&b, 100);
    size_t second = b.size - first;
    put_zstd(&b, VIEW("third"), false);
    struct zstd_decoder z = {0};
    char out[16];
    struct member_step step;
    cr_assert_eq(zstd_decode_whole(&z, buf_view(&b), out, 4, &step), MEMBER_FULL);
    cr_assert_eq(zstd_decode_whole(&z, buf_view(&b), out, 5, &step), MEMBER_DONE);
    cr_assert_eq(step.consumed, first);
    cr_assert(view_equals(view_of(out, step.produced), VIEW("first")));
    struct view rest = view_from(buf_view(&b), first);
    cr_assert_eq(zstd_decode_whole(&z, rest, out, 16, &step), MEMBER_DONE);
    cr_assert_eq(step.consumed, second);
    cr_assert_eq(step.produced, 0);
    rest = view_from(rest, second);
    cr_assert_eq(zstd_decode_whole(&z, view_slice(rest, 0, rest.size - 1), out, 16, &step),
                 MEMBER_BAD);
    cr_assert_eq(zstd_decode_whole(&z, rest, out, 16, &step), MEMBER_DONE);
    cr_assert(view_equals(view_of(out, step.produced), VIEW("third")));
    zstd_done(&z);
    buf_done(&b);
}

Test(zstd_frame, streams_in_steps_of_any_size)
{
    uint64_t seed = test_seed(), random = seed;
    struct zstd_decoder z = {0};
    for (int round = 0; round < 40; round++) {
        struct buf text = {0}, b = {0}, out = {0};
        put_documents(&text, test_random(&random) % 400000, &random);
        put_zstd(&b, buf_view(&text), round % 2);
        size_t size = b.size, at = 0;
        buf_append_view(&b, VIEW("what follows"));
        cr_assert(zstd_stream_begin(&z));
        for (enum member_rc rc = MEMBER_FULL; rc != MEMBER_DONE;) {
            size_t n = 1 + test_random(&random) % 5000, room = 1 + test_random(&random) % 9000;
            n = n < b.size - at ? n : b.size - at;
            cr_assert(buf_reserve(&out, room));
            struct member_step step;
            rc = zstd_stream_step(&z, view_slice(buf_view(&b), at, at + n), out.data + out.size,
                                  room, &step);
            cr_assert_neq(rc, MEMBER_BAD, "seed %llu", (unsigned long long)seed);
            at += step.consumed;
            out.size += step.produced;
        }
        cr_assert_eq(at, size, "seed %llu", (unsigned long long)seed);
        cr_assert(view_equals(buf_view(&out), buf_view(&text)));
        buf_done(&text);
        buf_done(&b);
        buf_done(&out);
    }
    zstd_done(&z);
}

Test(zstd_frame, names_what_is_wrong)
{
    struct zstd_decoder z = {0};
    struct buf b = {0};
    char out[1024];
    struct member_step step;
    put_zstd(&b, VIEW("some text"), true);
    b.data[b.size - 1] ^= 1;
    cr_expect_eq(zstd_decode_whole(&z, buf_view(&b), out, sizeof(out), &step), MEMBER_BAD);
    cr_expect_str_eq(step.reason, "zstd: checksum mismatch");
    cr_expect_eq(zstd_frame_size(buf_view(&b)), b.size);
    cr_expect_eq(zstd_frame_size(view_of(b.data, b.size - 1)), 0);

    /* A frame header that asks for a window of 16 MiB, then a raw block. */
    struct view wide = VIEW("\x28\xb5\x2f\xfd\x00\x70\x01\x00\x00");
    cr_assert(zstd_stream_begin(&z));
    cr_expect_eq(zstd_stream_step(&z, wide, out, sizeof(out), &step), MEMBER_BAD);
    cr_expect_str_eq(step.reason, "zstd: window over 8 MiB");
    struct view fits = VIEW("\x28\xb5\x2f\xfd\x00\x68\x01\x00\x00");
    cr_assert(zstd_stream_begin(&z));
    cr_expect_eq(zstd_stream_step(&z, fits, out, sizeof(out), &step), MEMBER_DONE);
    zstd_done(&z);
    buf_done(&b);
}
