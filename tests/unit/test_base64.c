#include "decode/base64.h"
#include "decode_members.h"

static void check(const char *text, const char *expected)
{
    struct buf out = {0};
    bool is_valid = base64_decode(view_of_string(text), &out);
    cr_expect(is_valid == (expected != NULL), "%s", text);
    if (expected != NULL)
        cr_expect(view_equals(buf_view(&out), view_of_string(expected)), "%s", text);
    else
        cr_expect(out.size == 0, "%s", text);
    buf_done(&out);
}

Test(base64, decodes_the_vectors_of_rfc_4648)
{
    check("", "");
    check("Zg==", "f");
    check("Zm8=", "fo");
    check("Zm9v", "foo");
    check("Zm9vYg==", "foob");
    check("Zm9vYmE=", "fooba");
    check("Zm9vYmFy", "foobar");
    check("Pj4+Pz8/", ">>>"
                      "???");
}

Test(base64, skips_line_ends_inside_and_white_space_around)
{
    check("Zm9v\nYmFy", "foobar");
    check("Zm9v\r\nYmFy\r\n", "foobar");
    check("Z\nm\n9\nv", "foo");
    check("Zg=\n=", "f");
    check(" \t\nZm9v \n\t", "foo");
    check("Zg==\n ", "f");
}

Test(base64, refuses_what_the_alphabet_or_the_padding_does_not_allow)
{
    static const char *const bad[] = {
        "Z",        "Zg",        "Zg=",  "Zm8",  "Zm9vY", "Zg===",     "=",     "Z===",     "Zm=v",
        "Zg==Zg==", "Zm9v Zm9v", "Zm9-", "Zm9_", "Zm9v!", "{\"a\":1}", "Zm9v=", "Zm9v\x80", "Zm 9v",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        check(bad[i], NULL);
}

Test(base64, appends_behind_what_the_buffer_holds)
{
    struct buf out = {0};
    buf_append_view(&out, VIEW("ab"));
    cr_assert(base64_decode(VIEW("Y2Q="), &out));
    cr_assert(!base64_decode(VIEW("Y2Q=?"), &out));
    cr_assert(view_equals(buf_view(&out), VIEW("abcd")));
    buf_done(&out);
}

Test(base64, tells_text_that_was_cut_short_from_other_text)
{
    cr_expect(base64_is_text(VIEW("H4sIAAAAAAAAA")));
    cr_expect(base64_is_text(VIEW("  H4sI\nAA==\n")));
    cr_expect(!base64_is_text(VIEW("")));
    cr_expect(!base64_is_text(VIEW(" \n")));
    cr_expect(!base64_is_text(VIEW("H4sI AAAA")));
    cr_expect(!base64_is_text(VIEW("H4sI.")));
}

Test(base64, gives_the_whole_bytes_of_a_group_without_padding)
{
    struct base64_decoder d = {0};
    char out[8];
    struct base64_step step = base64_decode_step(&d, VIEW("Zm9vYmE"), out, sizeof(out));
    cr_assert_eq(step.produced, 3);
    cr_assert_eq(base64_decode_end(&d, out + 3), 2);
    cr_assert(memcmp(out, "fooba", 5) == 0);
}

Test(base64, names_the_byte_that_is_bad)
{
    struct base64_decoder d = {0};
    char out[64];
    struct base64_step step = base64_decode_step(&d, VIEW("Zm9vYm?y"), out, sizeof(out));
    cr_expect(step.is_bad);
    cr_expect_eq(step.consumed, 6);
}

/* Any bytes, encoded by the test's own encoder with line ends thrown in and
 * decoded in steps of any size, come back. */
Test(base64, decodes_in_steps_of_any_size)
{
    uint64_t seed = test_seed(), random = seed;
    for (int round = 0; round < 2000; round++) {
        struct buf bytes = {0}, text = {0}, folded = {0};
        for (size_t n = test_random(&random) % 200; n > 0; n--)
            buf_append_byte(&bytes, (char)test_random(&random));
        put_base64(&text, buf_view(&bytes));
        for (size_t i = 0; i < text.size; i++) {
            buf_append_byte(&folded, text.data[i]);
            if (test_random(&random) % 10 == 0)
                buf_append_view(&folded, VIEW("\r\n"));
        }
        char out[256];
        size_t produced = 0;
        struct base64_decoder d = {0};
        for (struct view rest = buf_view(&folded); rest.size > 0;) {
            size_t n = 1 + test_random(&random) % rest.size;
            size_t room = 3 + test_random(&random) % 20;
            struct base64_step step =
                base64_decode_step(&d, view_slice(rest, 0, n), out + produced, room);
            cr_assert(!step.is_bad && step.produced <= room, "seed %llu", (unsigned long long)seed);
            produced += step.produced;
            rest = view_from(rest, step.consumed);
        }
        cr_assert(view_equals(view_of(out, produced), buf_view(&bytes)), "seed %llu",
                  (unsigned long long)seed);
        buf_done(&bytes);
        buf_done(&text);
        buf_done(&folded);
    }
}
