#include "unwrap_reader.h"

#define MAX_WINDOW MIB(64)
#define PIECES_MAX 40

/* An object of random pieces, and what must come of it. */
struct object {
    struct buf bytes;
    struct buf runs; /* as in struct reading */
    uint64_t parsed, padding, quarantined;
    unsigned spans;
    bool is_in_damage;
};

/* What zlib makes of a member: whether it is sound, and its text. */
static bool zlib_reads(struct view member, struct buf *text)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)member.data, .avail_in = (uInt)member.size};
    cr_assert(inflateInit2(&z, 31) == Z_OK);
    int rc;
    do {
        cr_assert(buf_reserve(text, 65536));
        z.next_out = (Bytef *)text->data + text->size;
        z.avail_out = 65536;
        rc = inflate(&z, Z_NO_FLUSH);
        text->size += 65536 - z.avail_out;
    } while (rc == Z_OK && (z.avail_in > 0 || z.avail_out == 0));
    inflateEnd(&z);
    return rc == Z_STREAM_END && z.avail_in == 0;
}

static void end_run(struct object *o)
{
    if (o->runs.size > 0 && o->runs.data[o->runs.size - 1] != '|')
        buf_append_byte(&o->runs, '|');
}

static void put_damage(struct object *o, struct view bytes)
{
    end_run(o);
    o->spans += !o->is_in_damage;
    o->is_in_damage = true;
    o->quarantined += bytes.size;
    buf_append_view(&o->bytes, bytes);
}

static void put_padding(struct object *o, uint64_t *random)
{
    size_t bytes = 1 + test_random(random) % 600;
    if (o->is_in_damage)
        o->quarantined += bytes;
    else
        o->padding += bytes;
    while (bytes-- > 0)
        buf_append_byte(&o->bytes, '\0');
}

static void put_garbage(struct object *o, uint64_t *random)
{
    struct buf b = {0};
    for (size_t n = 1 + test_random(random) % 300; n > 0; n--)
        buf_append_byte(&b, (char)(0x20 | test_random(random))); /* no zero, no 0x1f */
    put_damage(o, buf_view(&b));
    buf_done(&b);
}

/* A member, perhaps with a flipped bit behind its header. */
static void put_member(struct object *o, uint64_t *random, bool is_flipped)
{
    struct buf text = {0}, member = {0}, read = {0};
    size_t size = test_random(random) % 8 == 0 ? 0 : test_random(random) % 3000;
    /* Of a large one that fails the text would stay: not part of this model. */
    if (!is_flipped && test_random(random) % 1500 == 0)
        size = MEMBER_BYTES_MAX - 1 + test_random(random) % 3;
    put_documents(&text, size, random);
    put_deflate(&member, buf_view(&text), 31, (int)(test_random(random) % 10));
    if (is_flipped)
        member.data[10 + test_random(random) % (member.size - 10)] ^=
            (char)(1 << test_random(random) % 8);
    if (zlib_reads(buf_view(&member), &read)) {
        buf_append_view(&o->runs, buf_view(&read));
        buf_append_view(&o->bytes, buf_view(&member));
        o->parsed += member.size;
        o->is_in_damage = false;
    } else {
        put_damage(o, buf_view(&member));
    }
    buf_done(&text);
    buf_done(&member);
    buf_done(&read);
}

static struct object random_object(uint64_t *random)
{
    struct object o = {0};
    /* The head decides what the object is. */
    put_member(&o, random, false);
    bool is_damaged = test_random(random) % 4 != 0;
    for (size_t n = test_random(random) % PIECES_MAX; n > 0; n--) {
        switch (test_random(random) % (is_damaged ? 8 : 5)) {
        case 4:
            put_padding(&o, random);
            break;
        case 5:
            put_garbage(&o, random);
            break;
        case 6:
            put_member(&o, random, true);
            break;
        default:
            put_member(&o, random, false);
            break;
        }
    }
    /* A flipped last member may look cut off: a sound one rules that out. */
    if (o.is_in_damage)
        put_member(&o, random, false);
    end_run(&o);
    return o;
}

static void object_done(struct object *o)
{
    buf_done(&o->bytes);
    buf_done(&o->runs);
}

static unsigned lines(const struct buf *b)
{
    unsigned count = 0;
    for (size_t at = 0; at < b->size; at++)
        count += b->data[at] == '\n';
    return count;
}

static size_t first_difference(struct view a, struct view b)
{
    size_t at = 0;
    while (at < a.size && at < b.size && a.data[at] == b.data[at])
        at++;
    return at;
}

static void check(struct object *o, struct reading *r, uint64_t seed, int round)
{
    struct view runs = buf_view(&r->runs), expected = buf_view(&o->runs);
    cr_assert(view_equals(runs, expected) || (expected.size == 0 && view_equals(runs, VIEW("|"))),
              "seed %llu, round %d: runs differ at %zu of %zu, expected %zu",
              (unsigned long long)seed, round, first_difference(runs, expected), runs.size,
              expected.size);
    cr_assert_eq(lines(&r->damage), o->spans, "seed %llu, round %d: %u spans expected:\n%s",
                 (unsigned long long)seed, round, o->spans, text_of(&r->damage));
}

static struct appetite random_appetite(uint64_t *random)
{
    return test_random(random) % 2 ? (struct appetite){0} : (struct appetite){.random = random};
}

Test(unwrap_random, sound_members_come_back_exactly_and_damage_is_accounted)
{
    uint64_t seed = test_seed(), random = seed;
    struct reader reader;
    reader_init(&reader, MAX_WINDOW);
    for (int round = 0; round < 300; round++) {
        struct object o = random_object(&random);
        struct guarded g = guarded_copy(buf_view(&o.bytes));
        struct reading r =
            read_range(&reader, g.bytes, (struct unwrap_range){0, g.bytes.size, false}, 0,
                       random_appetite(&random));
        check(&o, &r, seed, round);
        cr_assert(r.bytes.parsed == o.parsed && r.bytes.padding == o.padding &&
                      r.bytes.quarantined == o.quarantined,
                  "seed %llu: %lu %lu %lu", (unsigned long long)seed, r.bytes.parsed,
                  r.bytes.padding, r.bytes.quarantined);
        reading_done(&r);
        guarded_done(&g);
        object_done(&o);
    }
    unwrap_free(reader.u);
}

/* The same inside another layer: nothing changes but where damage is told. */
Test(unwrap_random, inner_layers_read_like_outer_ones)
{
    uint64_t seed = test_seed(), random = seed;
    struct reader reader;
    reader_init(&reader, MAX_WINDOW);
    for (int round = 0; round < 300; round++) {
        struct object o = random_object(&random);
        struct buf b = {0};
        switch (round % 4) {
        case 0:
            put_deflate(&b, buf_view(&o.bytes), 31, (int)(test_random(&random) % 10));
            break;
        case 1:
            put_base64(&b, buf_view(&o.bytes));
            break;
        case 2:
            put_zstd(&b, buf_view(&o.bytes), true);
            break;
        case 3: /* outer members that end anywhere */
            for (size_t at = 0, n; at < o.bytes.size; at += n) {
                n = 1 + test_random(&random) % (o.bytes.size - at);
                put_gzip(&b, view_of(o.bytes.data + at, n));
            }
            break;
        }
        struct guarded g = guarded_copy(buf_view(&b));
        struct reading r =
            read_range(&reader, g.bytes, (struct unwrap_range){0, g.bytes.size, false}, 0,
                       random_appetite(&random));
        check(&o, &r, seed, round);
        cr_assert_eq(r.bytes.parsed, b.size);
        reading_done(&r);
        guarded_done(&g);
        buf_done(&b);
        object_done(&o);
    }
    unwrap_free(reader.u);
}

/* ---- Slices ---- */

struct sum {
    struct buf text;
    struct unwrap_bytes bytes;
    uint64_t chain_end;
    unsigned spans;
};

static void add_slice(struct sum *sum, struct reader *reader, struct view object, uint64_t begin,
                      uint64_t end)
{
    struct reading r = read_range(reader, object, (struct unwrap_range){begin, end, true}, 0,
                                  (struct appetite){0});
    cr_assert_eq(r.chain.begin, sum->chain_end, "slice %lu-%lu began at %lu, not at %lu", begin,
                 end, r.chain.begin, sum->chain_end);
    sum->chain_end = r.chain.end;
    sum->bytes.parsed += r.bytes.parsed;
    sum->bytes.padding += r.bytes.padding;
    sum->bytes.quarantined += r.bytes.quarantined;
    sum->spans += lines(&r.damage);
    buf_append_view(&sum->text, buf_view(&r.text));
    reading_done(&r);
}

static void check_sum(struct sum *sum, const struct object *o, struct view text, uint64_t seed)
{
    cr_assert_eq(sum->chain_end, o->bytes.size, "seed %llu", (unsigned long long)seed);
    cr_assert(view_equals(buf_view(&sum->text), text), "seed %llu", (unsigned long long)seed);
    cr_assert(sum->bytes.parsed == o->parsed && sum->bytes.padding == o->padding &&
                  sum->bytes.quarantined == o->quarantined && sum->spans == o->spans,
              "seed %llu", (unsigned long long)seed);
    buf_done(&sum->text);
}

Test(unwrap_random, slices_meet_and_add_up_wherever_they_are_cut)
{
    uint64_t seed = test_seed(), random = seed;
    struct reader reader;
    reader_init(&reader, MAX_WINDOW);
    for (int round = 0; round < 20; round++) {
        struct object o = random_object(&random);
        struct view object = buf_view(&o.bytes);
        struct reading whole = read_object(&reader, object);
        /* Every cut of small objects, some of larger ones. */
        size_t stride = object.size < 2000 ? 1 : 1 + test_random(&random) % (object.size / 50);
        for (size_t cut = 1; cut < object.size; cut += stride) {
            struct sum sum = {0};
            add_slice(&sum, &reader, object, 0, cut);
            add_slice(&sum, &reader, object, cut, object.size);
            check_sum(&sum, &o, buf_view(&whole.text), seed);
        }
        struct sum sum = {0};
        for (uint64_t at = 0, n; at < object.size; at += n) {
            n = 1 + test_random(&random) % (object.size / 4 + 1);
            n = n < object.size - at ? n : object.size - at;
            add_slice(&sum, &reader, object, at, at + n);
        }
        check_sum(&sum, &o, buf_view(&whole.text), seed);
        reading_done(&whole);
        object_done(&o);
    }
    unwrap_free(reader.u);
}

/* The last member is cut off and nobody's neighbour: one slice alone finds it. */
Test(unwrap_random, slices_meet_around_damage_before_a_truncated_last_member)
{
    uint64_t seed = test_seed(), random = seed;
    struct reader reader;
    reader_init(&reader, MAX_WINDOW);
    for (int round = 0; round < 8; round++) {
        struct object o = {0};
        struct buf text = {0};
        size_t begin = 0;
        for (int i = 0; i < 4; i++) {
            begin = o.bytes.size;
            buf_clear(&text);
            put_documents(&text, 100 + test_random(&random) % 300, &random);
            put_gzip(&o.bytes, buf_view(&text));
        }
        o.bytes.size -= 1 + test_random(&random) % ((o.bytes.size - begin) / 2);
        o.bytes.data[test_random(&random) % begin] ^= (char)(1 + test_random(&random) % 255);
        struct view object = buf_view(&o.bytes);
        struct reading whole = read_object(&reader, object);
        o.parsed = whole.bytes.parsed;
        o.padding = whole.bytes.padding;
        o.quarantined = whole.bytes.quarantined;
        o.spans = lines(&whole.damage);
        for (size_t cut = 1; cut < object.size; cut++) {
            struct sum sum = {0};
            add_slice(&sum, &reader, object, 0, cut);
            add_slice(&sum, &reader, object, cut, object.size);
            check_sum(&sum, &o, buf_view(&whole.text), seed);
        }
        reading_done(&whole);
        buf_done(&text);
        object_done(&o);
    }
    unwrap_free(reader.u);
}

Test(unwrap_random, a_slice_without_a_member_covers_nothing)
{
    struct buf b = {0};
    put_gzip(&b, VIEW("{\"a\":1}"));
    put_gzip(&b, VIEW("{\"b\":2}"));
    struct reader reader;
    reader_init(&reader, MAX_WINDOW);
    struct reading r =
        read_range(&reader, buf_view(&b), (struct unwrap_range){b.size - 3, b.size, true}, 0,
                   (struct appetite){0});
    cr_expect_eq(r.chain.begin, b.size);
    cr_expect_eq(r.chain.end, b.size);
    cr_expect_eq(r.text.size + r.damage.size, 0);
    reading_done(&r);
    unwrap_free(reader.u);
    buf_done(&b);
}

/* Any bytes at all, and sound objects with anything done to them: what the
 * reader checks for every object holds, and nothing is touched outside. */
Test(unwrap_random, any_bytes_are_accounted_for)
{
    static const struct view heads[] = {
        VIEW("\x1f\x8b\x08"),     VIEW("\x28\xb5\x2f\xfd"), VIEW("\x78\x9c"), VIEW("H4sI"),
        VIEW("\x50\x2a\x4d\x18"), VIEW("\x1f\x8b"),         VIEW("{"),        VIEW(""),
    };
    uint64_t seed = test_seed(), random = seed;
    struct reader reader;
    reader_init(&reader, 5000);
    for (int round = 0; round < 4000; round++) {
        struct buf b = {0};
        buf_append_view(&b, heads[test_random(&random) % 8]);
        if (round % 2 == 0) {
            for (size_t n = test_random(&random) % 400; n > 0; n--)
                buf_append_byte(&b, (char)test_random(&random));
        } else {
            struct object o = random_object(&random);
            buf_clear(&b);
            size_t size = o.bytes.size < 20000 ? o.bytes.size : 20000;
            buf_append_view(&b, view_of(o.bytes.data, 1 + test_random(&random) % size));
            for (size_t n = test_random(&random) % 20; n > 0; n--)
                b.data[test_random(&random) % b.size] = (char)test_random(&random);
            object_done(&o);
        }
        struct guarded g = guarded_copy(buf_view(&b));
        struct reading r =
            read_range(&reader, g.bytes, (struct unwrap_range){0, b.size, false},
                       (unsigned)(test_random(&random) % 4), random_appetite(&random));
        reading_done(&r);
        guarded_done(&g);
        buf_done(&b);
    }
    unwrap_free(reader.u);
}
