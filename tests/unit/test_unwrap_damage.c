#include "unwrap_reader.h"

#include <stdarg.h>
#include <time.h>

#define MAX_WINDOW MIB(64)

static struct reading read_guarded(struct view object, struct appetite appetite)
{
    struct guarded g = guarded_copy(object);
    struct reader reader;
    reader_init(&reader, MAX_WINDOW);
    struct reading r =
        read_range(&reader, g.bytes, (struct unwrap_range){0, object.size, false}, 0, appetite);
    unwrap_free(reader.u);
    guarded_done(&g);
    return r;
}

/* Compares all damage told with the lines given. */
static void __attribute__((format(printf, 2, 0)))
expect_lines(struct reading *r, const char *format, va_list args)
{
    char lines[400];
    vsnprintf(lines, sizeof(lines), format, args);
    cr_expect_str_eq(text_of(&r->damage), lines, "%s, not %s", text_of(&r->damage), lines);
}

static void __attribute__((format(printf, 2, 3)))
expect_damage(struct reading *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    expect_lines(r, format, args);
    va_end(args);
}

static void __attribute__((format(printf, 3, 4)))
check(struct view object, const char *runs, const char *format, ...)
{
    struct reading r = read_guarded(object, (struct appetite){0});
    cr_expect_str_eq(text_of(&r.runs), runs, "%s, not %s", text_of(&r.runs), runs);
    va_list args;
    va_start(args, format);
    expect_lines(&r, format, args);
    va_end(args);
    reading_done(&r);
}

/* Three members, and where they begin and end. */
struct three {
    struct buf b;
    size_t at[4];
};

static struct three three_members(void)
{
    struct three t = {0};
    static const struct view texts[3] = {
        VIEW("{\"a\":1}"), VIEW("{\"b\":\"some more text of a record\"}"), VIEW("{\"c\":3}")};
    for (int i = 0; i < 3; i++) {
        put_gzip(&t.b, texts[i]);
        t.at[i + 1] = t.b.size;
    }
    return t;
}

Test(unwrap_damage, quarantines_a_member_whose_checksum_fails)
{
    struct three t = three_members();
    t.b.data[t.at[2] - 8] ^= 1;
    check(buf_view(&t.b), "{\"a\":1}|{\"c\":3}|", "stored %zu+%zu gzip: checksum mismatch\n",
          t.at[1], t.at[2] - t.at[1]);
    t.b.data[t.at[2] - 8] ^= 1;
    t.b.data[t.at[2] - 1] ^= 1;
    check(buf_view(&t.b), "{\"a\":1}|{\"c\":3}|", "stored %zu+%zu gzip: checksum mismatch\n",
          t.at[1], t.at[2] - t.at[1]);
    t.b.data[t.at[2] - 1] ^= 1;
    t.b.data[t.at[3] - 8] ^= 1;
    struct reading r = read_guarded(buf_view(&t.b), (struct appetite){0});
    expect_damage(&r, "stored %zu+%zu gzip: checksum mismatch\n", t.at[2], t.at[3] - t.at[2]);
    cr_expect_eq(r.bytes.parsed, t.at[2]);
    reading_done(&r);
    buf_done(&t.b);
}

Test(unwrap_damage, names_deflate_data_and_headers_that_are_damaged)
{
    struct three t = three_members();
    t.b.data[t.at[1] + 10] |= 6;
    check(buf_view(&t.b), "{\"a\":1}|{\"c\":3}|", "stored %zu+%zu gzip: invalid deflate data\n",
          t.at[1], t.at[2] - t.at[1]);
    t.b.data[t.at[1] + 3] |= '\x80';
    check(buf_view(&t.b), "{\"a\":1}|{\"c\":3}|", "stored %zu+%zu gzip: bad header\n", t.at[1],
          t.at[2] - t.at[1]);
    t.b.data[t.at[1]] = 'x';
    check(buf_view(&t.b), "{\"a\":1}|{\"c\":3}|", "stored %zu+%zu gzip: bytes outside of members\n",
          t.at[1], t.at[2] - t.at[1]);
    buf_done(&t.b);
}

/* Every damaged byte costs the member it lies in and no other, and all of the
 * object's bytes stay accounted for. */
Test(unwrap_damage, one_damaged_byte_costs_one_member)
{
    uint64_t seed = test_seed(), random = seed;
    struct reader reader;
    reader_init(&reader, MAX_WINDOW);
    for (int round = 0; round < 3; round++) {
        struct buf texts[5] = {0}, b = {0};
        size_t ends[5];
        for (int i = 0; i < 5; i++) {
            put_documents(&texts[i], 100 + test_random(&random) % 600, &random);
            put_deflate(&b, buf_view(&texts[i]), 31, (int)(test_random(&random) % 10));
            ends[i] = b.size;
        }
        for (size_t at = 0; at < b.size; at++) {
            char flip = (char)(1 << test_random(&random) % 8);
            b.data[at] ^= flip;
            struct reading r = read_object(&reader, buf_view(&b));
            int hit = 0;
            while (at >= ends[hit])
                hit++;
            for (int i = 0; i < 5; i++)
                cr_assert(i == hit ||
                              view_find(buf_view(&r.text), buf_view(&texts[i]), 0) < r.text.size,
                          "seed %llu round %d: byte %zu of member %d lost member %d",
                          (unsigned long long)seed, round, at, hit, i);
            reading_done(&r);
            b.data[at] ^= flip;
        }
        for (int i = 0; i < 5; i++)
            buf_done(&texts[i]);
        buf_done(&b);
    }
    unwrap_free(reader.u);
}

Test(unwrap_damage, quarantines_bytes_outside_of_members)
{
    struct three t = three_members();
    struct buf b = {0};
    buf_append(&b, t.b.data, t.at[1]);
    buf_append_view(&b, VIEW("\0\0junk\0"));
    buf_append(&b, t.b.data + t.at[2], t.at[3] - t.at[2]);
    check(buf_view(&b), "{\"a\":1}|{\"c\":3}|", "stored %zu+%d gzip: bytes outside of members\n",
          t.at[1] + 2, 5);
    buf_append_view(&b, VIEW("\0\x1f\x8b"));
    check(buf_view(&b), "{\"a\":1}|{\"c\":3}|",
          "stored %zu+%d gzip: bytes outside of members\n"
          "stored %zu+%d gzip: truncated member\n",
          t.at[1] + 2, 5, b.size - 2, 2);
    buf_done(&b);
    buf_done(&t.b);
}

Test(unwrap_damage, finds_members_behind_a_damaged_head)
{
    struct three t = three_members();
    memcpy(t.b.data, "\x1f\x8c\x08", 3);
    check(buf_view(&t.b), "{\"b\":\"some more text of a record\"}{\"c\":3}|",
          "stored 0+%zu gzip: damaged head\n", t.at[1]);
    memcpy(t.b.data, "some words of text", 18);
    check(buf_view(&t.b), "{\"b\":\"some more text of a record\"}{\"c\":3}|",
          "stored 0+%zu gzip: damaged head\n", t.at[1]);
    /* JSON is JSON, whatever follows. */
    memcpy(t.b.data, "{ \"a\":1,", 8);
    struct reading r = read_guarded(buf_view(&t.b), (struct appetite){0});
    cr_expect_eq(r.damage.size, 0);
    cr_expect(view_equals(buf_view(&r.text), buf_view(&t.b)));
    reading_done(&r);
    buf_done(&t.b);
}

Test(unwrap_damage, keeps_what_is_whole_of_a_truncated_last_member)
{
    struct buf text = {0}, b = {0};
    uint64_t random = 5;
    put_documents(&text, 5000, &random);
    put_gzip(&b, VIEW("{\"a\":1}"));
    size_t begin = b.size;
    put_gzip(&b, buf_view(&text));
    for (size_t cut = begin + 1; cut < b.size; cut += 7) {
        struct reading r = read_guarded(view_of(b.data, cut), (struct appetite){0});
        expect_damage(&r, "stored %zu+%zu gzip: truncated member\n", begin, cut - begin);
        cr_assert_eq(r.bytes.parsed, begin);
        cr_assert(memcmp(r.text.data, "{\"a\":1}", 7) == 0);
        cr_assert(memcmp(r.text.data + 7, text.data, r.text.size - 7) == 0);
        bool is_header_only = cut < begin + 10;
        cr_assert_eq(r.is_unverified, r.text.size > 7);
        cr_assert_eq(view_ends_with(buf_view(&r.runs), VIEW("~|")), !is_header_only, "cut %zu",
                     cut - begin);
        reading_done(&r);
    }
    /* All of the text, but not the trailer. */
    struct reading r = read_guarded(view_of(b.data, b.size - 8), (struct appetite){0});
    cr_expect_eq(r.text.size, 7 + text.size);
    reading_done(&r);
    buf_done(&text);
    buf_done(&b);
}

Test(unwrap_damage, reads_zlib_and_zstd_as_far_as_they_are_sound)
{
    struct buf b = {0};
    put_zlib(&b, VIEW("{\"a\":1}"));
    size_t size = b.size;
    buf_append_view(&b, VIEW("\0\0tail"));
    check(buf_view(&b), "{\"a\":1}|", "stored %zu+%d zlib: bytes after the stream\n", size + 2, 4);
    check(view_of(b.data, size - 2), "{\"a\":1}~|", "stored 0+%zu zlib: truncated stream\n",
          size - 2);
    b.data[size - 1] ^= 1;
    check(view_of(b.data, size), "", "stored 0+%zu zlib: checksum mismatch\n", size);
    buf_clear(&b);

    put_zstd(&b, VIEW("{\"a\":1}"), true);
    size_t first = b.size;
    put_zstd(&b, VIEW("{\"b\":2}"), true);
    size_t second = b.size;
    put_zstd(&b, VIEW("{\"c\":3}"), true);
    b.data[second - 1] ^= 1;
    check(buf_view(&b), "{\"a\":1}|{\"c\":3}|", "stored %zu+%zu zstd: checksum mismatch\n", first,
          second - first);
    b.data[second - 1] ^= 1;
    check(view_of(b.data, b.size - 1), "{\"a\":1}{\"b\":2}{\"c\":3}~|",
          "stored %zu+%zu zstd: truncated frame\n", second, b.size - 1 - second);
    b.data[second] = 'x';
    check(buf_view(&b), "{\"a\":1}{\"b\":2}|", "stored %zu+%zu zstd: bytes outside of frames\n",
          second, b.size - second);
    buf_done(&b);
}

Test(unwrap_damage, damage_in_an_inner_layer_stays_there)
{
    struct three t = three_members();
    struct buf b = {0};
    t.b.data[t.at[2] - 8] ^= 1;
    put_gzip(&b, buf_view(&t.b));
    size_t first = b.size;
    put_gzip(&b, buf_view(&t.b));
    char damage[300];
    snprintf(damage, sizeof(damage),
             "gzip 0+%zu @%zu+%zu gzip: checksum mismatch\n"
             "gzip %zu+%zu @%zu+%zu gzip: checksum mismatch\n",
             first, t.at[1], t.at[2] - t.at[1], first, b.size - first, t.at[1], t.at[2] - t.at[1]);
    struct reading r = read_guarded(buf_view(&b), (struct appetite){0});
    cr_expect_str_eq(text_of(&r.runs), "{\"a\":1}|{\"c\":3}{\"a\":1}|{\"c\":3}|");
    cr_expect_str_eq(text_of(&r.damage), damage);
    cr_expect_eq(r.bytes.parsed, b.size);
    cr_expect_eq(r.bytes.quarantined, 0);
    reading_done(&r);
    buf_done(&b);
    buf_done(&t.b);
}

/* A gzip of members that breaks off, large or small, stored or compressed:
 * every member that is whole is read through both layers. */
Test(unwrap_damage, reads_inner_members_up_to_where_the_outer_one_breaks_off)
{
    uint64_t random = 11;
    for (int variant = 0; variant < 4; variant++) {
        struct buf inner = {0}, text = {0}, b = {0};
        size_t members = variant < 2 ? 60 : 3000, whole_text = 0;
        size_t *ends = malloc(members * sizeof(*ends)),
               *text_ends = malloc(members * sizeof(*ends));
        for (size_t i = 0; i < members; i++) {
            size_t begin = text.size;
            put_documents(&text, 4000, &random);
            put_gzip(&inner, view_slice(buf_view(&text), begin, text.size));
            ends[i] = inner.size;
            text_ends[i] = text.size;
        }
        put_deflate(&b, buf_view(&inner), 31, variant % 2 == 0 ? 0 : 9);
        size_t cut = b.size / 2;
        struct reading r = read_guarded(view_of(b.data, cut), (struct appetite){0});
        for (size_t i = 0; i < members && ends[i] + 2000 < cut * inner.size / b.size; i++)
            whole_text = text_ends[i];
        cr_expect(r.text.size >= whole_text, "variant %d: %zu of %zu", variant, r.text.size,
                  whole_text);
        cr_expect(memcmp(r.text.data, text.data, r.text.size) == 0);
        cr_expect_str_eq(r.layers, "gzip>gzip");
        cr_expect(r.is_unverified);
        cr_expect_eq(r.bytes.quarantined, cut);
        reading_done(&r);
        free(ends);
        free(text_ends);
        buf_done(&inner);
        buf_done(&text);
        buf_done(&b);
    }
}

/* ---- Large members ---- */

static struct buf large_text(size_t bytes)
{
    struct buf text = {0};
    uint64_t random = 3;
    put_documents(&text, bytes, &random);
    while (text.data[text.size - 1] != '}')
        text.size--;
    return text;
}

static size_t count_records(struct view text)
{
    size_t records = 0;
    for (size_t at = 0; (at = view_find_byte(text, '{', at)) < text.size; at++)
        records++;
    return records;
}

Test(unwrap_damage, text_of_a_large_member_that_fails_stays_and_counts_as_unverified)
{
    struct buf text = large_text(MIB(9)), b = {0};
    put_gzip(&b, VIEW("{\"first\":1}"));
    size_t begin = b.size;
    put_deflate(&b, buf_view(&text), 31, 1);
    size_t end = b.size;
    put_gzip(&b, VIEW("{\"last\":1}"));
    b.data[end - 8] ^= 1;
    struct reading r = read_guarded(buf_view(&b), (struct appetite){.is_records = true});
    expect_damage(&r, "stored %zu+%zu gzip: checksum mismatch\n", begin, end - begin);
    cr_expect_eq(r.text.size, 11 + text.size + 10);
    cr_expect_eq(r.unverified_records, count_records(buf_view(&text)));
    cr_expect_eq(r.records, r.unverified_records + 2);
    cr_expect(r.is_unverified);
    reading_done(&r);

    /* Sound, it leaves nothing unverified. */
    b.data[end - 8] ^= 1;
    r = read_guarded(buf_view(&b), (struct appetite){.is_records = true});
    cr_expect_eq(r.damage.size, 0);
    cr_expect_eq(r.unverified_records, 0);
    cr_expect(!r.is_unverified);
    reading_done(&r);
    buf_done(&text);
    buf_done(&b);
}

Test(unwrap_damage, a_large_member_that_fails_midway_swallows_no_neighbour)
{
    struct buf text = large_text(MIB(9)), b = {0};
    put_deflate(&b, buf_view(&text), 31, 1);
    size_t end = b.size;
    put_gzip(&b, VIEW("{\"small\":1}"));
    put_deflate(&b, buf_view(&text), 31, 1);
    for (size_t back = 20; back < 4000; back += 400) {
        b.data[end - back] ^= 0x55;
        struct reading r = read_guarded(buf_view(&b), (struct appetite){.is_records = true});
        cr_expect_eq(r.bytes.quarantined, end, "%zu bytes before the end", back);
        cr_expect(view_ends_with(buf_view(&r.text), buf_view(&text)));
        size_t kept = r.text.size - text.size - 11;
        size_t sound = kept < text.size ? kept : text.size;
        cr_expect(kept > MIB(8));
        cr_expect(memcmp(r.text.data, text.data, sound - 16384) == 0);
        reading_done(&r);
        b.data[end - back] ^= 0x55;
    }
    buf_done(&text);
    buf_done(&b);
}

/* Records of inner members that were sound count as unverified when the member
 * around them fails; those of a failed inner member count once. */
Test(unwrap_damage, counts_unverified_records_once_whatever_layers_fail)
{
    struct buf text = large_text(MIB(5)), inner = {0}, b = {0};
    put_gzip(&inner, VIEW("{\"first\":1}"));
    put_deflate(&inner, buf_view(&text), 31, 1);
    inner.data[inner.size - 8] ^= 1;
    for (int i = 0; i < 2000; i++)
        put_deflate(&inner, view_of(text.data, 3000), 31, 0);
    size_t before = 0;
    put_gzip(&b, buf_view(&inner));
    for (int outer_fails = 0; outer_fails < 2; outer_fails++) {
        b.data[b.size - 8] ^= (char)outer_fails;
        struct reading r = read_guarded(buf_view(&b), (struct appetite){.is_records = true});
        size_t large = count_records(buf_view(&text));
        if (outer_fails == 0)
            cr_expect_eq(r.unverified_records, large);
        else
            cr_expect_eq(r.unverified_records, r.records, "%llu of %llu",
                         (unsigned long long)r.unverified_records, (unsigned long long)r.records);
        cr_expect(outer_fails == 0 || r.records == before);
        before = r.records;
        reading_done(&r);
    }
    buf_done(&text);
    buf_done(&inner);
    buf_done(&b);
}

Test(unwrap_damage, base64_that_goes_wrong_late_is_damage_from_there)
{
    struct buf text = large_text(MIB(12)), member = {0}, encoded = {0}, b = {0};
    put_deflate(&member, buf_view(&text), 31, 1);
    put_base64(&encoded, buf_view(&member));
    size_t bad = encoded.size - 1000;
    encoded.data[bad] = '?';
    put_gzip(&b, buf_view(&encoded));
    struct reading r = read_guarded(buf_view(&b), (struct appetite){0});
    cr_expect_str_eq(r.layers, "gzip>base64>gzip");
    char damage[200];
    snprintf(damage, sizeof(damage), " @%zu+%zu base64: invalid character\n", bad,
             encoded.size - bad);
    cr_expect(strstr(text_of(&r.damage), damage) != NULL, "%s", text_of(&r.damage));
    cr_expect(strstr(r.damage.data, "gzip>base64 0+") != NULL, "%s", r.damage.data);
    cr_expect(memcmp(r.text.data, text.data, r.text.size) == 0 && r.text.size > MIB(11));
    reading_done(&r);
    buf_done(&text);
    buf_done(&member);
    buf_done(&encoded);
    buf_done(&b);
}

/* ---- A last member that is cut off, found by searching ---- */

/* What goes before it, and it. */
struct cut_object {
    struct buf b, text;
    size_t begin; /* of the last member */
};

static struct cut_object cut_object(const struct three *three, size_t text_bytes, int level)
{
    struct cut_object o = {0};
    uint64_t random = 23;
    put_documents(&o.text, text_bytes, &random);
    buf_append_view(&o.b, buf_view(&three->b));
    o.begin = o.b.size;
    put_deflate(&o.b, buf_view(&o.text), 31, level);
    return o;
}

static void cut_object_done(struct cut_object *o)
{
    buf_done(&o->b);
    buf_done(&o->text);
}

/* Reads the object up to `cut`: behind `before` stands the last member's text as
 * far as it goes, and its records are unverified. Gives the size of that. */
static size_t expect_cut_text(const struct cut_object *o, size_t cut, const char *before,
                              const char *damage)
{
    struct reading r = read_guarded(view_of(o->b.data, cut), (struct appetite){.is_records = true});
    struct view head = view_of_string(before);
    struct view text = buf_view(&r.text);
    cr_assert_str_eq(text_of(&r.damage), damage, "cut at %zu: %s, not %s", cut, text_of(&r.damage),
                     damage);
    cr_assert(view_starts_with(text, head), "cut at %zu", cut);
    text = view_from(text, head.size);
    cr_assert(view_starts_with(buf_view(&o->text), text), "cut at %zu", cut);
    /* Records that break off are not counted. */
    size_t end = text.size;
    while (end > 0 && text.data[end - 1] != '}')
        end--;
    cr_assert_eq(r.unverified_records, count_records(view_slice(text, 0, end)), "cut at %zu", cut);
    cr_assert_eq(r.bytes.parsed + r.bytes.quarantined, cut);
    reading_done(&r);
    return text.size;
}

Test(unwrap_damage, a_truncated_last_member_behind_damage_keeps_what_is_whole)
{
    struct three t = three_members();
    t.b.data[t.at[3] - 8] ^= 1;
    /* Decoded at once, and streamed. */
    static const size_t sizes[] = {20000, MIB(9)};
    for (size_t i = 0; i < 2; i++) {
        struct cut_object o = cut_object(&t, sizes[i], 6);
        size_t size = o.b.size - o.begin, kept = 0;
        for (size_t cut = o.begin + 200; cut < o.b.size; cut += size / 7) {
            char damage[200];
            snprintf(damage, sizeof(damage),
                     "stored %zu+%zu gzip: checksum mismatch\n"
                     "stored %zu+%zu gzip: truncated member\n",
                     t.at[2], t.at[3] - t.at[2], o.begin, cut - o.begin);
            kept =
                expect_cut_text(&o, cut, "{\"a\":1}{\"b\":\"some more text of a record\"}", damage);
        }
        cr_expect(kept > sizes[i] / 7 * 5, "%zu of %zu", kept, sizes[i]);
        cut_object_done(&o);
    }
    buf_done(&t.b);
}

Test(unwrap_damage, a_truncated_last_member_behind_a_damaged_head_keeps_what_is_whole)
{
    struct three t = three_members();
    struct cut_object o = cut_object(&t, 20000, 6);
    memset(o.b.data, '\xee', o.begin);
    size_t cut = o.b.size - 100;
    char damage[200];
    snprintf(damage, sizeof(damage),
             "stored 0+%zu gzip: damaged head\nstored %zu+%zu gzip: truncated member\n", o.begin,
             o.begin, cut - o.begin);
    cr_expect(expect_cut_text(&o, cut, "", damage) > 15000);
    /* Lines that log a compressed body are lines, also where they end inside it. */
    memset(o.b.data, 'x', o.begin);
    struct reading r = read_guarded(view_of(o.b.data, cut), (struct appetite){0});
    cr_expect_eq(r.damage.size, 0, "%s", text_of(&r.damage));
    cr_expect_eq(r.text.size, cut);
    reading_done(&r);
    cut_object_done(&o);
    buf_done(&t.b);
}

/* A member whose damaged byte makes it swallow the last one to where that breaks off. */
Test(unwrap_damage, a_truncated_last_member_is_found_inside_one_that_swallowed_it)
{
    struct three t = three_members();
    size_t begin = t.b.size;
    buf_append_view(&t.b, VIEW("\x1f\x8b\x08\0\0\0\0\0\0\3\0\xff\xff\0\0{\"swallowed\":"));
    struct cut_object o = cut_object(&t, 20000, 6);
    size_t cut = o.b.size - 100;
    char damage[200];
    snprintf(damage, sizeof(damage),
             "stored %zu+%zu gzip: invalid deflate data\n"
             "stored %zu+%zu gzip: truncated member\n",
             begin, o.begin - begin, o.begin, cut - o.begin);
    cr_expect(expect_cut_text(&o, cut, "{\"a\":1}{\"b\":\"some more text of a record\"}{\"c\":3}",
                              damage) > 15000);
    cut_object_done(&o);
    buf_done(&t.b);
}

Test(unwrap_damage, a_truncated_last_member_of_an_inner_layer_is_found_behind_damage)
{
    struct three t = three_members();
    t.b.data[t.at[3] - 8] ^= 1;
    struct cut_object o = cut_object(&t, 20000, 6);
    struct buf b = {0};
    put_gzip(&b, view_of(o.b.data, o.b.size - 100));
    struct reading r = read_guarded(buf_view(&b), (struct appetite){.is_records = true});
    expect_damage(&r,
                  "gzip 0+%zu @%zu+%zu gzip: checksum mismatch\n"
                  "gzip 0+%zu @%zu+%zu gzip: truncated member\n",
                  b.size, t.at[2], t.at[3] - t.at[2], b.size, o.begin, o.b.size - 100 - o.begin);
    cr_expect(r.text.size > 15000);
    cr_expect_eq(r.unverified_records, r.records - 2);
    cr_expect_eq(r.bytes.parsed, b.size);
    reading_done(&r);
    buf_done(&b);
    cut_object_done(&o);
    buf_done(&t.b);
}

/* What decodes to no text is no member that was cut off. */
Test(unwrap_damage, bytes_that_decode_to_no_text_are_no_truncated_member)
{
    struct three t = three_members();
    size_t begin = t.b.size;
    buf_append_view(&t.b, VIEW("damage\x1f\x8b\x08\0\0\0\0\0\0\3\0\xff\xff\0\0\1\2\3\xff\xff\xff"));
    check(buf_view(&t.b), "{\"a\":1}{\"b\":\"some more text of a record\"}{\"c\":3}|",
          "stored %zu+%zu gzip: bytes outside of members\n", begin, t.b.size - begin);
    buf_done(&t.b);
}

/* ---- Hostile input ---- */

/* The reader's windows hold all the memory there is: a bomb is only long. */
Test(unwrap_damage, a_bomb_streams)
{
    struct buf zeros = {0}, once = {0}, twice = {0};
    size_t size = MIB(200);
    cr_assert(buf_reserve(&zeros, size));
    memset(zeros.data, ' ', size);
    put_deflate(&once, view_of(zeros.data, size), 31, 9);
    buf_done(&zeros);
    put_deflate(&twice, buf_view(&once), 31, 9);
    struct reading now = {0};
    struct reading *context = &now;
    struct unwrapper *u = unwrap_new(MIB(1), note_damage, &context);
    unwrap_begin(u, buf_view(&twice), (struct unwrap_range){0, twice.size, false}, 0);
    struct text text;
    enum rc rc;
    while ((rc = unwrap_next(u, &text, NULL)) == RC_OK) {
        cr_assert(text.bytes.size <= 2 * MEMBER_BYTES_MAX);
        unwrap_consume(u, text.bytes.size);
    }
    cr_assert_eq(rc, RC_END);
    cr_assert_eq(unwrap_decoded_bytes(u), size);
    cr_assert_eq(unwrap_account(u).parsed, twice.size);
    unwrap_free(u);
    buf_done(&once);
    buf_done(&twice);
}

/* False headers, each a stored block that jumps over the next ones to one
 * bomb whose checksum is wrong: without a bound every header decodes it. */
Test(unwrap_damage, false_headers_before_one_bomb_cost_a_bounded_time)
{
    struct buf zeros = {0}, bomb = {0}, b = {0};
    size_t headers = 3000, size = MIB(30);
    cr_assert(buf_reserve(&zeros, size));
    memset(zeros.data, ' ', size);
    put_deflate(&bomb, view_of(zeros.data, size), -15, 9);
    for (size_t i = 0; i < headers; i++) {
        size_t skip = (headers - 1 - i) * 15;
        buf_append_view(&b, VIEW("\x1f\x8b\x08\0\0\0\0\0\0\3"));
        char block[5] = {0, (char)skip, (char)(skip >> 8), (char)~skip, (char)(~skip >> 8)};
        buf_append(&b, block, 5);
    }
    buf_append_view(&b, buf_view(&bomb));
    buf_append_view(&b, VIEW("badtrail"));
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    struct reading r = read_guarded(buf_view(&b), (struct appetite){0});
    clock_gettime(CLOCK_MONOTONIC, &to);
    double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    /* All of them would decode 90 GB, for a minute and more. */
    cr_expect(seconds < 20, "%f seconds", seconds);
    cr_expect_eq(r.bytes.quarantined, b.size);
    reading_done(&r);
    buf_done(&zeros);
    buf_done(&bomb);
    buf_done(&b);
}

/* Sound members of one byte between false headers, which all end in a shared
 * tail: every pair is another failure, and together they stay linear. */
Test(unwrap_damage, failures_between_sound_members_cost_a_bounded_time)
{
    struct buf tiny = {0}, b = {0};
    put_gzip(&tiny, VIEW("x"));
    for (size_t i = 0; i < 2000; i++) {
        buf_append_view(&b, buf_view(&tiny));
        buf_append_view(&b, VIEW("\x1f\x8b\x08\x08\0\0\0\0\0\3no end of this name"));
    }
    struct reading r = read_guarded(buf_view(&b), (struct appetite){0});
    cr_expect_eq(r.text.size, 2000);
    cr_expect_eq(r.bytes.parsed, 2000 * tiny.size);
    reading_done(&r);
    buf_done(&tiny);
    buf_done(&b);
}

/* Each head is followed by `block`, which goes wrong in its own way. */
static void expect_found_behind_heads(struct view block)
{
    struct buf b = {0};
    for (int i = 0; i < 20000; i++) {
        buf_append_view(&b, VIEW("\x1f\x8b\x08\0\0\0\0\0\0\3"));
        buf_append_view(&b, block);
    }
    size_t false_bytes = b.size;
    put_gzip(&b, VIEW("{\"a\":1}"));
    struct reading r = read_guarded(buf_view(&b), (struct appetite){0});
    cr_expect_str_eq(text_of(&r.runs), "{\"a\":1}|", "%s", text_of(&r.runs));
    cr_expect_eq(r.bytes.quarantined, false_bytes, "%zu of %zu, padding %zu",
                 (size_t)r.bytes.quarantined, false_bytes, (size_t)r.bytes.padding);
    reading_done(&r);
    buf_done(&b);
}

Test(unwrap_damage, finds_a_member_behind_many_false_heads)
{
    expect_found_behind_heads(VIEW("")); /* of a reserved type */
    expect_found_behind_heads(VIEW("\1\x10\0\x10\0"));
    expect_found_behind_heads(VIEW("\5\0\xff\xff\xff\xff\0\0\0\0\0"));
    expect_found_behind_heads(VIEW("\x4b\4\0wrongsum"));
}

/* Heads of members that are all cut off at the end, each read as text as far as it
 * goes: every one of them may be what is left. */
Test(unwrap_damage, heads_that_are_all_cut_off_cost_a_bounded_time, .timeout = 60)
{
    struct three t = three_members();
    struct cut_object o = cut_object(&t, MIB(6), 6);
    struct buf b = {0};
    size_t heads = 3000;
    buf_append_view(&b, VIEW("\xee"));
    for (size_t i = 0; i < heads; i++) {
        buf_append_view(&b, VIEW("\x1f\x8b\x08\0\0\0\0\0\0\3\0\4\0\xfb\xff{\"x\""));
    }
    buf_append(&b, o.b.data + o.begin, o.b.size - o.begin - 100);
    struct reading r = read_guarded(buf_view(&b), (struct appetite){0});
    cr_expect_eq(r.bytes.quarantined, b.size);
    reading_done(&r);
    buf_done(&b);
    cut_object_done(&o);
    buf_done(&t.b);
}
