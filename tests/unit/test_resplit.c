/* Damage in streams of documents: what is lost is what was damaged. */

#include "split/resplit.h"
#include "split_harness.h"

#define RECORD_MAX ((size_t)MIB(1))

/* "D9 X3": what resplit_next() makes of a piece. */
static void resplit_print(struct view text, size_t budget, char *ret, size_t size)
{
    struct pieces p = {0};
    struct piece piece;
    struct resplit r;
    resplit_begin(&r, text);
    r.budget = budget;
    while (resplit_next(&r, &piece) == RC_OK) {
        cr_assert_eq(piece.begin + piece.size, r.at);
        cr_assert(!piece.continues);
        cr_assert(piece.kind == PIECE_DOCUMENT || piece.kind == PIECE_DAMAGED ||
                  piece.kind == PIECE_SEPARATOR);
        if (piece.kind == PIECE_DAMAGED)
            cr_assert_str_eq(piece.reason, "not valid JSON");
        pieces_add(&p, piece);
    }
    cr_assert_eq(r.at, text.size);
    resplit_done(&r);
    pieces_print(&p, ret, size);
    free(p.at);
}

#define RECORD "{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[]}" /* 45 bytes */

Test(resplit, sound_documents_are_found_in_damage)
{
    static const struct {
        const char *text, *pieces;
    } cases[] = {
        {"", ""},
        {"{\"a\":1}", "D7"},
        {"{\"a\":1} \n", "D7 S2"},
        /* A sound document and what trails it. */
        {"{\"a\":1}garbage", "D7 X7"},
        {"{\"a\":1}}", "X8"},
        {"{\"a\":1}\"b\":2}", "D7 X6"},
        {"{}\"b\":2}", "X8"},
        {"{\"a\":1}\n,\"b\":2}", "D7 X8"},
        {"{\"a\":1} ,\"b\":2}", "X15"},
        {"{\"a\":1},{\"a\":2}]}", "X17"},
        {RECORD "}", "D45 X1"},
        {RECORD "]]" RECORD, "D45 X2 D45"},
        {RECORD " \n" RECORD, "D45 S2 D45"},
        {RECORD RECORD, "D45 D45"},
        {"{\"a\":1}x{\"b\":2}", "D7 X1 D7"},
        {"{\"a\":1}x{\"b\":2},{\"c\":3}", "D7 X16"},
        /* Records and envelopes anywhere, with their deciding key only. */
        {"{\"x\":[" RECORD ",", "X6 D45 X1"},
        {"{\"a\":\"" RECORD RECORD, "X6 D45 D45"},
        {"{\"x\":{\"owner\":1}", "X16"},
        {"{\"x\":{\"owner\":1,\"rawData\":\"\"}", "X5 D24"},
        {"{\"x\":{ \n\"awslogs\":{\"data\":\"\"}}", "X5 D25"},
        {"{\"x\":{\"Records\":[]}", "X5 D14"},
        {"{\"x\":{\"records\":[]}", "X5 D14"},
        {"{\"x\":{\"other\":{\"logEvents\":[]}}}}", "X14 D16 X3"},
        {"{\"x\":{\"owner\":{\"logEvents\":1]}}", "X31"},
        {"{\"x\":{\"owner\":{\"rawData\":1}}", "X14 D13 X1"},
        /* Other objects where they begin as the stream's documents do. */
        {"{\"a\":1x{\"a\":2}", "X7 D7"},
        {"{\"a\":1x{\"b\":2}", "X14"},
        {"{\"a\":1x\n{\"b\":2}\n", "X8 D7 S1"},
        {"{\"a\":[{\"a\":1},{\"a\":2}]x}", "X24"},
        {"no brace at all", "X15"},
        {"{", "X1"},
        {"{\"", "X2"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct view text = view_of_string(cases[i].text);
        char printed[200];
        resplit_print(text, text.size * RESPLIT_PASSES_MAX, printed, sizeof(printed));
        cr_assert_str_eq(printed, cases[i].pieces, "'%s' gives %s, not %s", cases[i].text, printed,
                         cases[i].pieces);
    }
}

Test(resplit, without_budget_the_rest_is_damage)
{
    struct view text = VIEW("{\"x\":" RECORD "!" RECORD);
    char printed[100];
    for (size_t budget = 0; budget <= 20 * text.size; budget++) {
        resplit_print(text, budget, printed, sizeof(printed));
        bool is_known = strcmp(printed, "X96") == 0 || strcmp(printed, "X5 D45 X46") == 0 ||
                        strcmp(printed, "X5 D45 X1 D45") == 0;
        cr_assert(is_known, "budget %zu: %s", budget, printed);
    }
    cr_assert_str_eq(printed, "X5 D45 X1 D45");
    resplit_print(text, 0, printed, sizeof(printed));
    cr_assert_str_eq(printed, "X96");
}

Test(resplit, hostile_damage_takes_linear_time, .timeout = 20)
{
    static const char *const units[] = {
        "{\"owner\":",
        "{\"owner\":[",
        "{\"owner\":\"",
        "\n{\"a\":[",
        "{\"a\":{\"a\":1},",
        "{",
        "{ ",
        "{\"logEvents\":[]},",
        "{\"a\":",
        "\":{\":{",
        "{\"a\":[{\"a\":{\"a\":1}}],",
    };
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        struct text t = {0};
        text_add_string(&t, "{\"a\":x");
        while (t.size < 4 << 20)
            text_add_string(&t, units[i]);
        size_t total = 0;
        struct resplit r;
        struct piece piece;
        resplit_begin(&r, text_view(&t));
        while (resplit_next(&r, &piece) == RC_OK)
            total += piece.size;
        cr_assert_eq(total, t.size);
        resplit_done(&r);
        free(t.data);
    }
}

/* A stream of records; where each begins and ends. */
struct stream {
    struct text text;
    size_t begin[8], end[8];
    size_t count;
};

static void add_record(struct stream *s, const char *format, int number)
{
    char record[600];
    snprintf(record, sizeof(record), format, number, number, number);
    s->begin[s->count] = s->text.size;
    text_add_string(&s->text, record);
    s->end[s->count++] = s->text.size;
}

static const char *const compact =
    "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"%012d\",\"logEvents\":[{\"id\":\"%d\","
    "\"message\":"
    "\"x\\t{\\\"a\\\":\\\"}{\\\\\\\"\\\"} {\\\\\"},{\"id\":\"%d\",\"message\":\"{}\"}]}";
static const char *const pretty =
    "{\n  \"messageType\": \"DATA_MESSAGE\",\n  \"owner\": \"%012d\",\n  \"logEvents\": [\n    {\n"
    "      \"id\": \"%d\",\n      \"message\": \"}{ \\\"{ %d\"\n    }\n  ]\n}";
static const char *const foreign = "{\"level\":\"INFO\",\"n\":%d,\"deep\":{\"n\":[%d,{\"n\":%d}]}}";
static const char *const invocation = "{\"invocationId\":\"%d\",\"records\":[{\"data\":\"%dQ==\"},"
                                      "{\"data\":\"%dQ==\"}]}";

/* Objects of unknown kind: brackets where one ends may as well show that it was
 * a part of a larger one, and `}{` makes two of one. Skipped for those. */
static bool is_ambiguous(const struct stream *s, const char *format, size_t at, struct view by)
{
    if (format != foreign || by.size == 0)
        return false;
    bool is_at_end = false;
    for (size_t i = 0; i < s->count; i++)
        is_at_end |= at == s->end[i];
    return (is_at_end && view_find_byte(VIEW(",:}]"), by.data[0], 0) < 4) ||
           view_equals(by, VIEW("}{"));
}

static void fill_stream(struct stream *s, const char *format, const char *between)
{
    for (int i = 0; i < 5; i++) {
        if (i > 0)
            text_add_string(&s->text, between);
        add_record(s, format, 11 + i);
    }
    text_add_string(&s->text, between);
}

/* What the splitter, the parser and the second cut keep of a text. */
static struct pieces kept_of(struct splitter *splitter, struct view text)
{
    struct pieces kept = {0};
    struct pieces all = split_run(splitter, TEXT_DOCUMENTS, text, FEED_WHOLE, RECORD_MAX);
    for (size_t i = 0; i < all.count; i++) {
        if (all.at[i].kind != PIECE_DOCUMENT)
            continue;
        struct view piece = view_slice(text, all.at[i].begin, all.at[i].begin + all.at[i].size);
        size_t looked;
        bool is_sound = json_document_end(piece, &looked) == piece.size;
        struct piece part = {.size = piece.size, .kind = PIECE_DOCUMENT};
        struct resplit r;
        resplit_begin(&r, piece);
        while (is_sound || resplit_next(&r, &part) == RC_OK) {
            if (part.kind == PIECE_DOCUMENT) {
                kept.at = realloc(kept.at, (kept.count + 1) * sizeof(kept.at[0]));
                cr_assert(kept.at != NULL);
                kept.at[kept.count] = part;
                kept.at[kept.count++].begin += all.at[i].begin;
            }
            if (is_sound)
                break;
        }
        resplit_done(&r);
    }
    free(all.at);
    return kept;
}

/* `original` is what the record was, `begin` where it begins now. */
static bool may_be_kept(struct view text, struct view original, size_t begin,
                        const struct piece *piece)
{
    struct view kept = view_slice(text, piece->begin, piece->begin + piece->size);
    bool has_events = view_find(kept, VIEW("\"logEvents\":"), 0) < kept.size ||
                      view_find(kept, VIEW("\"records\":"), 0) < kept.size;
    /* What `}{` makes of `}`. */
    bool is_empty = view_trim(view_slice(kept, 1, kept.size - 1)).size == 0;
    return piece->begin == begin || has_events || is_empty || view_equals(kept, original);
}

/* Where the first record behind the damage begins now. */
static size_t damaged_end(const struct stream *s, size_t to, size_t moved_by)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->begin[i] >= to)
            return s->begin[i] + moved_by;
    }
    return SIZE_MAX;
}

/* The stream with text[from..to) replaced. Every record that the change does
 * not touch is kept exactly, and nothing is kept that is not a record. */
static void check_damage(struct splitter *splitter, const struct stream *s, size_t from, size_t to,
                         struct view by)
{
    struct text damaged = {0};
    text_add(&damaged, s->text.data, from);
    text_add(&damaged, by.data, by.size);
    text_add(&damaged, s->text.data + to, s->text.size - to);
    struct pieces kept = kept_of(splitter, text_view(&damaged));

    size_t end_of_damage = damaged_end(s, to, by.size - (to - from));
    size_t next = 0;
    for (size_t i = 0; i < s->count; i++) {
        bool is_before = s->end[i] <= from, is_behind = s->begin[i] >= to;
        size_t begin = is_behind ? s->begin[i] + by.size - (to - from) : s->begin[i];
        size_t size = s->end[i] - s->begin[i];
        struct view original = view_of(s->text.data + s->begin[i], size);
        if (!is_before && !is_behind) {
            /* The damaged record may still be sound, or so much of it that its
             * events are. */
            while (next < kept.count && kept.at[next].begin < end_of_damage &&
                   may_be_kept(text_view(&damaged), original, begin, &kept.at[next]))
                next++;
            continue;
        }
        cr_assert(next < kept.count && kept.at[next].begin == begin && kept.at[next].size == size,
                  "record %zu, %zu at %zu of '%.*s': kept %zu at %zu", i, size, begin,
                  (int)damaged.size, damaged.data, next < kept.count ? kept.at[next].size : 0,
                  next < kept.count ? kept.at[next].begin : 0);
        next++;
    }
    cr_assert_eq(next, kept.count, "kept %zu bytes at %zu of '%.*s'", kept.at[next].size,
                 kept.at[next].begin, (int)damaged.size, damaged.data);
    free(kept.at);
    free(damaged.data);
}

static const struct {
    const char *name;
    const char *const *format;
    const char *between;
} streams[] = {
    {"back to back", &compact, ""}, {"lines", &compact, "\n"},      {"pretty", &pretty, "\n"},
    {"foreign", &foreign, "\n"},    {"envelopes", &invocation, ""},
};
#define STREAMS_COUNT (sizeof(streams) / sizeof(streams[0]))

Test(resplit, one_flipped_byte_costs_at_most_its_record)
{
    static const char bytes[] = {'x', '"', '\\', '{',  '}',  '[',   ']',
                                 ',', ':', ' ',  '\n', '\0', '\xff'};
    struct splitter *splitter = splitter_new(CPU_SCALAR, RECORD_MAX);
    for (size_t i = 0; i < STREAMS_COUNT; i++) {
        struct stream s = {0};
        fill_stream(&s, *streams[i].format, streams[i].between);
        /* Records 1 to 3: each has neighbours on both sides. */
        for (size_t at = s.begin[1]; at < s.end[3]; at++) {
            for (size_t b = 0; b < sizeof(bytes); b++) {
                struct view by = view_of(&bytes[b], 1);
                if (!is_ambiguous(&s, *streams[i].format, at, by))
                    check_damage(splitter, &s, at, at + 1, by);
            }
        }
        free(s.text.data);
    }
    splitter_free(splitter);
}

Test(resplit, one_lost_byte_costs_at_most_its_record)
{
    struct splitter *splitter = splitter_new(CPU_SCALAR, RECORD_MAX);
    for (size_t i = 0; i < STREAMS_COUNT; i++) {
        struct stream s = {0};
        fill_stream(&s, *streams[i].format, streams[i].between);
        for (size_t at = s.begin[1]; at < s.end[3]; at++)
            check_damage(splitter, &s, at, at + 1, VIEW(""));
        free(s.text.data);
    }
    splitter_free(splitter);
}

Test(resplit, bytes_that_were_put_in_cost_at_most_their_record)
{
    static char zeros[5000];
    static const struct view inserted[] = {
        VIEW("garbage"), VIEW("}"),    VIEW("{"),      VIEW("\""),
        VIEW("}{"),      VIEW("\\\""), VIEW("\0\0\0"), {zeros, sizeof(zeros)},
    };
    struct splitter *splitter = splitter_new(CPU_SCALAR, RECORD_MAX);
    for (size_t i = 0; i < STREAMS_COUNT; i++) {
        struct stream s = {0};
        fill_stream(&s, *streams[i].format, streams[i].between);
        for (size_t at = s.begin[1] + 1; at < s.end[2]; at++) {
            for (size_t j = 0; j < sizeof(inserted) / sizeof(inserted[0]); j++) {
                if (is_ambiguous(&s, *streams[i].format, at, inserted[j]))
                    continue;
                if (inserted[j].size < 100 || at % 7 == 0)
                    check_damage(splitter, &s, at, at, inserted[j]);
            }
        }
        free(s.text.data);
    }
    splitter_free(splitter);
}

Test(resplit, a_record_that_is_cut_off_costs_itself)
{
    struct splitter *splitter = splitter_new(CPU_SCALAR, RECORD_MAX);
    for (size_t i = 0; i < STREAMS_COUNT; i++) {
        struct stream s = {0};
        fill_stream(&s, *streams[i].format, streams[i].between);
        for (size_t cut = s.begin[2] + 1; cut < s.end[2]; cut++) {
            check_damage(splitter, &s, cut, s.end[2], VIEW(""));    /* its end is missing */
            check_damage(splitter, &s, s.begin[2], cut, VIEW(""));  /* its beginning is */
            check_damage(splitter, &s, cut, s.text.size, VIEW("")); /* the object ends there */
            check_damage(splitter, &s, 0, cut, VIEW(""));           /* or begins there */
        }
        free(s.text.data);
    }
    splitter_free(splitter);
}

Test(resplit, garbage_around_the_stream_costs_nothing_but_itself)
{
    static const struct view garbage[] = {VIEW("garbage "), VIEW("\"x\":[1]}]}"), VIEW("}}}"),
                                          VIEW("\0\0\0"), VIEW("x\n")};
    struct splitter *splitter = splitter_new(CPU_SCALAR, RECORD_MAX);
    for (size_t i = 0; i < STREAMS_COUNT; i++) {
        struct stream s = {0};
        fill_stream(&s, *streams[i].format, streams[i].between);
        for (size_t j = 0; j < sizeof(garbage) / sizeof(garbage[0]); j++) {
            if (is_ambiguous(&s, *streams[i].format, s.end[1], garbage[j]))
                continue;
            check_damage(splitter, &s, 0, 0, garbage[j]);
            check_damage(splitter, &s, s.text.size, s.text.size, garbage[j]);
            check_damage(splitter, &s, s.end[1], s.end[1], garbage[j]);
            check_damage(splitter, &s, s.begin[2], s.end[2], garbage[j]);
        }
        free(s.text.data);
    }
    splitter_free(splitter);
}
