#include "unwrap_reader.h"

#define MAX_WINDOW MIB(64)

/* Reads `object` and compares all that was said of it. */
struct expectation {
    const char *runs;
    const char *layers;
    const char *damage;
    uint64_t parsed, padding, quarantined;
};

static void check_at(struct view object, unsigned depth, struct expectation e, int line)
{
    struct guarded g = guarded_copy(object);
    struct reader reader;
    reader_init(&reader, MAX_WINDOW);
    /* Twice: nothing is left from the object before. */
    for (int i = 0; i < 2; i++) {
        struct reading r =
            read_range(&reader, g.bytes, (struct unwrap_range){0, object.size, false}, depth,
                       (struct appetite){0});
        cr_expect_str_eq(text_of(&r.runs), e.runs, "line %d: runs: %s", line, text_of(&r.runs));
        cr_expect_str_eq(text_of(&r.damage), e.damage, "line %d: damage: %s", line,
                         text_of(&r.damage));
        cr_expect_str_eq(r.layers, e.layers, "line %d: layers: %s", line, r.layers);
        cr_expect(r.bytes.parsed == e.parsed && r.bytes.padding == e.padding &&
                      r.bytes.quarantined == e.quarantined,
                  "line %d: bytes: %lu %lu %lu", line, r.bytes.parsed, r.bytes.padding,
                  r.bytes.quarantined);
        reading_done(&r);
    }
    unwrap_free(reader.u);
    guarded_done(&g);
}

#define check(object, ...) check_at(object, 0, (struct expectation){__VA_ARGS__}, __LINE__)

Test(unwrap, gives_plain_text_as_it_lies)
{
    check(VIEW(""), "", "", "", 0, 0, 0);
    check(VIEW("{\"a\":1}{\"b\":2}"), "{\"a\":1}{\"b\":2}|", "", "", 14, 0, 0);
    check(VIEW(" "), " |", "", "", 1, 0, 0);
    check(VIEW("a line\n\x01\x02"), "a line\n\x01\x02|", "", "", 9, 0, 0);
    check(VIEW("\x1f"), "\x1f|", "", "", 1, 0, 0);
    /* The bytes of a member's magic number alone make no member. */
    check(VIEW("line \x1f\x8b\x08 line"), "line \x1f\x8b\x08 line|", "", "", 13, 0, 0);
}

Test(unwrap, gives_plain_text_without_a_copy_and_within_its_range)
{
    struct view object = VIEW("{\"a\":1}{\"b\":2}{\"c\":3}");
    struct reader reader;
    reader_init(&reader, MAX_WINDOW);
    unwrap_begin(reader.u, object, (struct unwrap_range){7, 14, false}, 0);
    struct text text;
    struct err err;
    cr_assert_eq(unwrap_next(reader.u, &text, &err), RC_OK);
    cr_assert(text.bytes.data == object.data + 7 && text.bytes.size == 7);
    cr_assert(text.is_final && !text.is_truncated && !text.is_unverified);
    cr_assert_eq(unwrap_origin(reader.u, 3).stored_offset, 10);
    cr_assert_eq(unwrap_origin(reader.u, 3).unit_offset, 0);
    unwrap_consume(reader.u, 7);
    cr_assert_eq(unwrap_next(reader.u, &text, &err), RC_END);
    cr_assert_eq(unwrap_account(reader.u).parsed, 7);
    unwrap_free(reader.u);
}

Test(unwrap, joins_sound_members_and_counts_padding)
{
    struct buf b = {0};
    put_gzip(&b, VIEW("{\"a\":"));
    put_gzip(&b, VIEW(""));
    put_gzip(&b, VIEW("1}"));
    uint64_t parsed = b.size;
    check(buf_view(&b), "{\"a\":1}|", "gzip", "", parsed, 0, 0);
    buf_append_view(&b, VIEW("\0\0\0"));
    uint64_t third = b.size;
    put_gzip(&b, VIEW("{}"));
    parsed += b.size - third;
    buf_append_view(&b, VIEW("\0"));
    check(buf_view(&b), "{\"a\":1}{}|", "gzip", "", parsed, 4, 0);
    buf_done(&b);
}

Test(unwrap, peels_zlib_zstd_and_base64)
{
    struct buf b = {0}, c = {0};
    put_zlib(&b, VIEW("{\"a\":1}"));
    check(buf_view(&b), "{\"a\":1}|", "zlib", "", b.size, 0, 0);
    buf_clear(&b);

    put_zstd(&b, VIEW("{\"a\":"), true);
    size_t first = b.size;
    buf_append_view(&b, VIEW("\x50\x2a\x4d\x18\x03\0\0\0abc"));
    size_t skippable = b.size - first;
    put_zstd(&b, VIEW("1}"), false);
    check(buf_view(&b), "{\"a\":1}|", "zstd", "", b.size - skippable, skippable, 0);

    put_base64(&c, buf_view(&b));
    buf_append_view(&c, VIEW("\n"));
    check(buf_view(&c), "{\"a\":1}|", "base64>zstd", "", c.size, 0, 0);
    buf_clear(&b);
    buf_clear(&c);

    put_gzip(&b, VIEW("{\"a\":1}"));
    put_base64(&c, buf_view(&b));
    check(buf_view(&c), "{\"a\":1}|", "base64>gzip", "", c.size, 0, 0);
    buf_clear(&b);
    put_gzip(&b, buf_view(&c));
    check(buf_view(&b), "{\"a\":1}|", "gzip>base64>gzip", "", b.size, 0, 0);
    buf_done(&b);
    buf_done(&c);
}

Test(unwrap, leaves_base64_of_text_alone)
{
    struct buf b = {0};
    put_base64(&b, VIEW("{\"some\":\"text\"}"));
    check(buf_view(&b), "eyJzb21lIjoidGV4dCJ9|", "", "", 20, 0, 0);
    buf_done(&b);
}

Test(unwrap, peels_three_layers_and_refuses_a_fourth)
{
    struct buf one = {0}, two = {0}, three = {0}, four = {0};
    put_gzip(&one, VIEW("{\"a\":1}"));
    put_gzip(&two, buf_view(&one));
    put_gzip(&two, buf_view(&one));
    check(buf_view(&two), "{\"a\":1}{\"a\":1}|", "gzip>gzip", "", two.size, 0, 0);
    put_zlib(&three, buf_view(&two));
    check(buf_view(&three), "{\"a\":1}{\"a\":1}|", "zlib>gzip>gzip", "", three.size, 0, 0);
    put_zstd(&four, buf_view(&three), true);
    char damage[128];
    /* What the third layer gave is gzip again: both inner members, seen as the
     * bytes of the three layers below. */
    snprintf(damage, sizeof(damage), "zstd>zlib>gzip 0+%zu @0+%zu more than 3 layers\n", four.size,
             2 * one.size);
    check(buf_view(&four), "", "", damage, four.size, 0, 0);
    buf_done(&one);
    buf_done(&two);
    buf_done(&three);
    buf_done(&four);
}

Test(unwrap, counts_layers_that_were_peeled_before)
{
    struct buf one = {0}, two = {0};
    char damage[128];
    put_gzip(&one, VIEW("{\"a\":1}"));
    put_gzip(&two, buf_view(&one));
    struct expectation sound = {"{\"a\":1}|", "gzip>gzip", "", two.size, 0, 0};
    check_at(buf_view(&two), 1, sound, __LINE__);
    snprintf(damage, sizeof(damage), "gzip 0+%zu @0+%zu more than 3 layers\n", two.size, one.size);
    check_at(buf_view(&two), 2, (struct expectation){"", "", damage, two.size, 0, 0}, __LINE__);
    snprintf(damage, sizeof(damage), "stored 0+%zu more than 3 layers\n", two.size);
    check_at(buf_view(&two), 3, (struct expectation){"", "", damage, 0, 0, two.size}, __LINE__);
    check_at(VIEW("{}"), 3, (struct expectation){"{}|", "", "", 2, 0, 0}, __LINE__);
    buf_done(&one);
    buf_done(&two);
}

Test(unwrap, names_and_refuses_what_is_not_read)
{
    check(VIEW("\x1f\xef\xbf\xbd\x08\0\0{\"a\":1}"), "", "",
          "stored 0+14 gzip destroyed by a UTF-8 conversion\n", 0, 0, 14);
    check(VIEW("\xff\x06\0\0sNaPpYxyz"), "", "", "stored 0+13 snappy is not supported\n", 0, 0, 13);
    check(VIEW("PK\x03\x04xyz"), "", "", "stored 0+7 zip is not supported\n", 0, 0, 7);
    struct buf b = {0};
    char damage[128];
    put_gzip(&b, VIEW("PK\x03\x04xyz"));
    snprintf(damage, sizeof(damage), "gzip 0+%zu @0+7 zip is not supported\n", b.size);
    check(buf_view(&b), "", "", damage, b.size, 0, 0);
    buf_done(&b);
}

Test(unwrap, tells_the_member_a_byte_came_from)
{
    struct buf b = {0};
    size_t begin[3];
    static const struct view texts[3] = {VIEW("{\"a\":1}"), VIEW("{\"b\":2}{\"c\":3}"), VIEW("{}")};
    for (int i = 0; i < 3; i++) {
        begin[i] = b.size;
        put_gzip(&b, texts[i]);
    }
    struct reader reader;
    reader_init(&reader, MAX_WINDOW);
    unwrap_begin(reader.u, buf_view(&b), (struct unwrap_range){0, b.size, false}, 0);
    struct text text;
    struct err err;
    cr_assert_eq(unwrap_next(reader.u, &text, &err), RC_OK);
    size_t at = 0;
    for (int i = 0; i < 3; i++) {
        for (size_t j = 0; j < texts[i].size; j++, at++) {
            struct origin o = unwrap_origin(reader.u, at);
            cr_assert(o.stored_offset == begin[i] && o.unit_offset == j && !o.is_unverified);
        }
    }
    unwrap_consume(reader.u, 10);
    struct origin o = unwrap_origin(reader.u, 0);
    cr_assert(o.stored_offset == begin[1] && o.unit_offset == 3);
    unwrap_free(reader.u);
    buf_done(&b);
}

Test(unwrap, counts_inner_text_from_the_start_of_the_outermost_member)
{
    struct buf inner = {0}, b = {0};
    put_gzip(&inner, VIEW("{\"a\":1}"));
    put_gzip(&inner, VIEW("{\"b\":2}"));
    put_gzip(&b, buf_view(&inner));
    size_t second = b.size;
    put_gzip(&b, buf_view(&inner));
    struct reader reader;
    reader_init(&reader, MAX_WINDOW);
    unwrap_begin(reader.u, buf_view(&b), (struct unwrap_range){0, b.size, false}, 0);
    struct text text;
    struct err err;
    cr_assert_eq(unwrap_next(reader.u, &text, &err), RC_OK);
    cr_assert_eq(text.bytes.size, 28);
    for (size_t at = 0; at < 28; at++) {
        struct origin o = unwrap_origin(reader.u, at);
        cr_assert(o.stored_offset == (at < 14 ? 0 : second) && o.unit_offset == at % 14);
    }
    unwrap_free(reader.u);
    buf_done(&inner);
    buf_done(&b);
}

/* One record larger than a window, in members of their own or in one. */
static void check_giant(struct view text, struct view object, size_t window_bytes_max,
                        unsigned too_big)
{
    struct reader reader;
    reader_init(&reader, window_bytes_max);
    struct reading r = read_range(&reader, object, (struct unwrap_range){0, object.size, false}, 0,
                                  (struct appetite){.is_records = true});
    cr_expect(view_equals(buf_view(&r.text), text));
    if (too_big == 0)
        cr_expect_eq(r.too_big, 0);
    else
        cr_expect(r.too_big >= too_big, "%u", r.too_big);
    reading_done(&r);
    unwrap_free(reader.u);
}

Test(unwrap, grows_a_window_for_a_giant_record_and_stops_at_its_bound)
{
    struct buf text = {0}, whole = {0}, members = {0};
    size_t size = MIB(20);
    cr_assert(buf_reserve(&text, size));
    memset(text.data, 'x', size);
    text.size = size;
    text.data[0] = '{';
    text.data[size - 1] = '}';
    put_deflate(&whole, buf_view(&text), 31, 1);
    for (size_t at = 0; at < size; at += MIB(1))
        put_deflate(&members, view_of(text.data + at, MIB(1)), 31, 1);
    check_giant(buf_view(&text), buf_view(&whole), MIB(64), 0);
    check_giant(buf_view(&text), buf_view(&members), MIB(64), 0);
    check_giant(buf_view(&text), buf_view(&whole), MIB(20), 0);
    check_giant(buf_view(&text), buf_view(&whole), MIB(6), 2);
    check_giant(buf_view(&text), buf_view(&members), MIB(6), 2);
    check_giant(buf_view(&text), buf_view(&members), 1000, 10);
    buf_done(&text);
    buf_done(&whole);
    buf_done(&members);
}

static struct unwrapper *new_unwrapper(void)
{
    static struct reading *nowhere;
    struct unwrapper *u = unwrap_new(MAX_WINDOW, note_damage, &nowhere);
    cr_assert_not_null(u);
    return u;
}

Test(unwrap, judges_how_an_object_can_be_cut)
{
    static const struct {
        struct view text;
        enum object_head plain, in_gzip;
    } cases[] = {
        {VIEW("{\"a\":1}"), HEAD_PLAIN_JSON, HEAD_SMALL_MEMBERS},
        {VIEW("\xef\xbb\xbf {\"a\":1}\n"), HEAD_PLAIN_JSON, HEAD_SMALL_MEMBERS},
        {VIEW("{\"a\":"), HEAD_PLAIN_JSON, HEAD_WHOLE},
        {VIEW("[{\"a\":1}]"), HEAD_WHOLE, HEAD_WHOLE},
        {VIEW("a line\n"), HEAD_WHOLE, HEAD_WHOLE},
        {VIEW(""), HEAD_WHOLE, HEAD_WHOLE},
    };
    struct unwrapper *u = new_unwrapper();
    struct buf b = {0}, c = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cr_expect_eq(unwrap_head(u, cases[i].text), cases[i].plain, "case %zu", i);
        buf_clear(&b);
        put_gzip(&b, cases[i].text);
        cr_expect_eq(unwrap_head(u, buf_view(&b)), cases[i].in_gzip, "case %zu", i);
    }
    buf_clear(&b);
    put_gzip(&b, cases[0].text);
    put_gzip(&c, buf_view(&b));
    cr_expect_eq(unwrap_head(u, buf_view(&c)), HEAD_WHOLE, "gzip of gzip");
    b.data[b.size - 1] ^= 1;
    cr_expect_eq(unwrap_head(u, buf_view(&b)), HEAD_WHOLE, "a first member that fails");
    buf_done(&b);
    buf_done(&c);
    unwrap_free(u);
}
