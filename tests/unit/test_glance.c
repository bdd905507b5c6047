/* Glances against interpretation: an event that a glance decides counts as the
 * full path counts it. Messages are put together from pieces that glances know,
 * then changed a little; and each piece of knowledge is taken away in turn. */

#include "glance_pieces.h"
#include "split_harness.h"

#include "alert/counts.h"
#include "alert/fingerprint.h"
#include "alert/group.h"
#include "glance/record.h"
#include "util/text.h"
#include "json/json.h"

/* Both ways for one kernel. */
struct ways {
    enum cpu cpu;
    struct json_parser *parser;
    struct interpreter *full;
    struct interpreter *again;
    struct interpreter *counting; /* leaves out what is not counted */
    struct glancer glancer;
    struct record_glancer records;
    struct buf scratch, entry_scratch;
    uint64_t records_read, decided, undecided, stamped;
};

static const struct view codes[] = {{"ForceRetryExecution", 19}};
static const struct interpret_options full_options = {RAW_AUTO, codes, 1, false};
static const struct interpret_options counting_options = {RAW_AUTO, codes, 1, true};

static bool is_counted(void *context, struct view request_id)
{
    (void)context;
    return view_equals(request_id, VIEW(ID));
}

static void ways_init(struct ways *w, enum cpu cpu)
{
    *w = (struct ways){.cpu = cpu};
    w->parser = json_parser_new(cpu, 1 << 20);
    w->full = interpreter_new(cpu, &full_options, 1 << 20);
    w->again = interpreter_new(cpu, &full_options, 1 << 20);
    w->counting = interpreter_new(cpu, &counting_options, 1 << 20);
    glancer_init(&w->glancer, cpu);
    record_glancer_init(&w->records, cpu);
    w->glancer.request_is_counted = is_counted;
    w->glancer.interpreter = w->counting;
    cr_assert(w->parser != NULL && w->full != NULL && w->again != NULL && w->counting != NULL);
}

static void ways_done(struct ways *w)
{
    json_parser_free(w->parser);
    interpreter_free(w->full);
    interpreter_free(w->again);
    interpreter_free(w->counting);
    glancer_done(&w->glancer);
    record_glancer_done(&w->records);
    buf_done(&w->scratch);
    buf_done(&w->entry_scratch);
}

static bool same_cell(const struct event *a, const struct event *b, enum column c)
{
    if (event_has(a, c) != event_has(b, c))
        return false;
    if (!event_has(a, c))
        return true;
    switch (column_info[c].type) {
    case TYPE_TEXT:
    case TYPE_JSON:
        return view_equals(a->cell[c].text, b->cell[c].text);
    case TYPE_DOUBLE:
        return memcmp(&a->cell[c].real, &b->cell[c].real, sizeof(double)) == 0;
    case TYPE_TIME_MS:
    case TYPE_INT32:
    case TYPE_INT64:
        return a->cell[c].integer == b->cell[c].integer;
    }
    return false;
}

static bool is_alert(const struct event *e)
{
    return event_is_alert(e, level_class_of(e->severity, event_has(e, COL_LEVEL)));
}

/* By how much the line's clock is wrong, where that is counted. */
static int64_t skew_of(const struct event *e)
{
    if (!event_has(e, COL_TIMESTAMP) || !event_has(e, COL_LOGGED_AT) ||
        !time_is_plausible(e->cell[COL_LOGGED_AT].integer))
        return 0;
    int64_t ms = e->cell[COL_TIMESTAMP].integer - e->cell[COL_LOGGED_AT].integer;
    return ms > CLOCK_SKEW_MS || ms < -CLOCK_SKEW_MS ? ms : 0;
}

/* What is counted of any event. */
static bool count_alike(const struct event *want, const struct event *got)
{
    static const enum column cells[] = {COL_TIMESTAMP,   COL_ACCOUNT_ID,   COL_LOG_GROUP,
                                        COL_DURATION_MS, COL_INIT_MS,      COL_BILLED_MS,
                                        COL_MEMORY_MB,   COL_MAX_MEMORY_MB};
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        if (!same_cell(want, got, cells[i]))
            return false;
    }
    return skew_of(want) == skew_of(got) && want->kind == got->kind &&
           want->severity == got->severity && want->failure == got->failure &&
           want->is_ignored == got->is_ignored && want->is_extracted == got->is_extracted &&
           want->is_cold_start == got->is_cold_start;
}

/* A request id that is counted already may be left out. */
static bool same_request(const struct event *want, const struct event *got)
{
    return same_cell(want, got, COL_REQUEST_ID) ||
           (!event_has(got, COL_REQUEST_ID) && is_counted(NULL, event_text(want, COL_REQUEST_ID)));
}

static bool same_raw(const struct raw_event *a, const struct raw_event *b)
{
    return view_equals(a->id, b->id) && view_is_null(a->id) == view_is_null(b->id) &&
           a->has_timestamp == b->has_timestamp && a->timestamp_ms == b->timestamp_ms &&
           view_equals(a->message, b->message) && a->is_message_json == b->is_message_json &&
           a->is_extracted == b->is_extracted &&
           view_equals(a->extracted_event, b->extracted_event) &&
           view_is_null(a->extracted_event) == view_is_null(b->extracted_event) &&
           view_equals(a->extracted_timestamp, b->extracted_timestamp) &&
           view_is_null(a->extracted_timestamp) == view_is_null(b->extracted_timestamp) &&
           view_equals(a->extracted_request_id, b->extracted_request_id);
}

/* The row of an event that a glance has opened is that of the event parsed. */
static void check_reopened(struct ways *w, const struct raw_event *reopened,
                           const struct event_context *context, const struct event *want)
{
    struct event got;
    w->stamped += reopened->is_stamped;
    cr_assert_eq(interpret_event(w->again, reopened, context, &got), RC_OK);
    for (enum column c = 0; c < COLUMN_COUNT; c++)
        cr_assert(same_cell(want, &got, c), "%s of %.*s", column_info[c].name,
                  (int)reopened->message.size, reopened->message.data);
    cr_assert(want->kind == got.kind && want->severity == got.severity &&
              want->failure == got.failure && want->is_ignored == got.is_ignored);
}

/* `entry` is `text` parsed; `glimpsed` is what a glance at its record found. */
static void check_event(struct ways *w, struct json_value entry,
                        const struct record_entry *glimpsed)
{
    struct event_context context = {.account_id = VIEW("123456789012"), .log_group = VIEW("/g")};
    struct raw_event raw, reopened;
    struct event want, counted, glanced;
    int size = (int)entry.raw.size;
    const char *text = entry.raw.data;
    buf_clear(&w->scratch);
    cr_assert(buf_reserve(&w->scratch, entry.raw.size + 64));
    cr_assert(record_event(w->parser, &entry, w->cpu, &w->scratch, &raw));
    cr_assert(
        record_entry_open(glimpsed, &w->glancer.stamps, w->cpu, &w->entry_scratch, &reopened));
    cr_assert(same_raw(&raw, &reopened), "%.*s", size, text);
    cr_assert_eq(interpret_event(w->full, &raw, &context, &want), RC_OK);
    /* Told by its stamp it is the same row; `want` borrows from the interpreter. */
    check_reopened(w, &reopened, &context, &want);
    cr_assert_eq(interpret_event(w->counting, &raw, &context, &counted), RC_OK);

    cr_assert(count_alike(&want, &counted) && same_cell(&want, &counted, COL_REQUEST_ID) &&
                  same_cell(&want, &counted, COL_LEVEL),
              "%.*s", size, text);
    cr_assert_eq(is_alert(&want), is_alert(&counted), "%.*s", size, text);
    for (enum column c = 0; is_alert(&want) && c < COLUMN_COUNT; c++)
        cr_assert(c == COL_RAW_MESSAGE || same_cell(&want, &counted, c), "%s of %.*s",
                  column_info[c].name, size, text);

    if (!glance_event(&w->glancer, &glimpsed->glimpse, &context, &glanced)) {
        w->undecided++;
        return;
    }
    w->decided++;
    cr_assert(count_alike(&want, &glanced) && same_request(&want, &glanced) && !is_alert(&want) &&
                  !is_alert(&glanced) &&
                  (want.severity != SEVERITY_NONE || same_cell(&want, &glanced, COL_LEVEL)),
              "%s: %.*s", cpu_name(w->cpu), size, text);
}

static bool same_view(struct view a, struct view b)
{
    return view_is_null(a) == view_is_null(b) && view_equals(a, b);
}

/* A record, whole or not: a glance takes it apart as parsing does, or leaves it
 * alone. */
static void check_record(struct ways *w, struct view text)
{
    struct record glanced, want;
    struct json_value root, entry;
    struct buf names = {0};
    bool is_sound = json_parse(w->parser, text, &root, NULL) == RC_OK;
    if (!record_glance(&w->records, text, &glanced))
        return;
    cr_assert(is_sound, "%s: %.*s", cpu_name(w->cpu), (int)text.size, text.data);
    w->records_read++;
    cr_assert(buf_reserve(&names, text.size));
    record_open(w->parser, root, w->cpu, &names, &want);
    cr_assert(want.kind == DOCUMENT_RECORD && same_view(want.account_id, glanced.account_id) &&
                  same_view(want.region, glanced.region) &&
                  same_view(want.log_group, glanced.log_group) &&
                  same_view(want.log_stream, glanced.log_stream),
              "%.*s", (int)text.size, text.data);
    size_t count = 0;
    struct json_cursor c = json_open(w->parser, want.events);
    while (json_next_element(w->parser, &c, &entry)) {
        cr_assert_lt(count, w->records.count);
        check_event(w, entry, &w->records.entries[count++]);
    }
    cr_assert_eq(count, w->records.count);
    buf_done(&names);
}

/* ---- Pieces ---- */

#define PICK(seed, list) (list)[random_below(seed, sizeof(list) / sizeof((list)[0]))]

static void add(struct buf *out, const char *text)
{
    buf_append_view(out, view_of_string(text));
}

static void add_space(uint64_t *seed, struct buf *out)
{
    if (random_below(seed, 30) == 0)
        add(out, PICK(seed, ((const char *const[]){" ", "\n", "\t", "  "})));
}

static void add_payload(uint64_t *seed, struct buf *out)
{
    size_t count = random_below(seed, 6);
    add(out, "{");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            add(out, ",");
        add_space(seed, out);
        add(out, "\"");
        const char *key = PICK(seed, keys);
        /* One letter of a key may be written in a way of its own. */
        if (random_below(seed, 40) == 0)
            buf_printf(out, "\\u%04x%s", (unsigned)(unsigned char)key[0], key + 1);
        else if (strchr(key, '"') != NULL)
            add(out, "x\\\"level");
        else
            add(out, key);
        add(out, "\"");
        add_space(seed, out);
        add(out, ":");
        add_space(seed, out);
        add(out, PICK(seed, values));
    }
    add_space(seed, out);
    add(out, "}");
}

static void add_body(uint64_t *seed, struct buf *out)
{
    if (random_below(seed, 12) == 0) {
        add(out, "{\"time\":\"" TIME "\",\"type\":\"platform.");
        add(out, PICK(seed, records));
        return;
    }
    if (random_below(seed, 3) == 0) {
        add(out, PICK(seed, texts));
        return;
    }
    add(out, PICK(seed, words));
    add_payload(seed, out);
}

/* Puts one byte in the place of another, takes one away, or adds one. */
static void change(uint64_t *seed, struct buf *text)
{
    static const char bytes[] = "{}[]\",:\\ \n\t\rtnu0aIv-";
    if (text->size == 0)
        return;
    size_t at = random_below(seed, text->size);
    char byte = bytes[random_below(seed, sizeof(bytes) - 1)];
    switch (random_below(seed, 3)) {
    case 0:
        text->data[at] = byte;
        return;
    case 1:
        memmove(text->data + at, text->data + at + 1, text->size - at - 1);
        text->size--;
        return;
    default:
        buf_append_byte(text, byte);
        memmove(text->data + at + 1, text->data + at, text->size - at - 1);
        text->data[at] = byte;
    }
}

/* As a JSON string, some of its bytes as `\uXXXX`. */
static void add_string(uint64_t *seed, struct view text, struct buf *out)
{
    struct buf plain = {0};
    text_json_string(&plain, text);
    bool is_odd = random_below(seed, 20) == 0;
    for (size_t i = 0; i < plain.size; i++) {
        char byte = plain.data[i];
        bool is_letter = byte != '"' && byte != '\\' && byte > ' ' && byte < 127 &&
                         (i == 0 || plain.data[i - 1] != '\\');
        if (is_odd && is_letter && random_below(seed, 30) == 0 && i > 0 && i + 1 < plain.size)
            buf_printf(out, "\\u%04x", (unsigned)byte);
        else
            buf_append_byte(out, byte);
    }
    buf_done(&plain);
}

static void add_entry(uint64_t *seed, struct buf *out)
{
    static const char *const times[] = {"1672920000000", "1672916406000", "1672916100000", "0"};
    static const char *const levels[] = {"INFO\t", "DEBUG\t", "ERROR\t", "info\t", "", "[INFO] "};
    struct buf body = {0}, message = {0}, event = {0};
    bool is_extracted = random_below(seed, 3) == 0;
    add_body(seed, &body);
    add(&event, PICK(seed, levels));
    buf_append_view(&event, buf_view(&body));
    /* What a filter takes apart, or something else. */
    if (is_extracted && random_below(seed, 2) == 0) {
        add(&message, TIME "\t" ID "\t");
        buf_append_view(&message, buf_view(&event));
    } else {
        add(&message, PICK(seed, heads));
        buf_append_view(&message, buf_view(&body));
    }
    add(&message, PICK(seed, tails));
    if (random_below(seed, 3) == 0)
        change(seed, &message);
    if (random_below(seed, 6) == 0)
        change(seed, &event);
    add(out, "{\"id\":\"7\",\"timestamp\":");
    add(out, PICK(seed, times));
    add(out, ",\"message\":");
    add_string(seed, buf_view(&message), out);
    if (is_extracted) {
        add(out, ",\"extractedFields\":{\"timestamp\":\"" TIME "\",\"request_id\":\"");
        add(out, PICK(seed, ((const char *const[]){ID, ID, ID, "undefined", "x-1"})));
        add(out, "\",\"event\":");
        add_string(seed, buf_view(&event), out);
        add(out, "}");
    }
    add(out, "}");
    buf_done(&body);
    buf_done(&message);
    buf_done(&event);
}

#define RECORD_HEAD "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"123456789012\",\"logGroup\":"
#define RECORD_REST "\"/g\",\"logStream\":\"s\",\"subscriptionFilters\":[\"f\"],\"logEvents\":["

static void make_record(uint64_t *seed, struct buf *out)
{
    size_t count = random_below(seed, 4);
    buf_clear(out);
    add(out, RECORD_HEAD RECORD_REST);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            add(out, ",");
        add_entry(seed, out);
    }
    add(out, "]}");
    if (random_below(seed, 3) == 0)
        change(seed, out);
}

Test(glance, counts_as_interpretation_does)
{
    enum { ROUNDS = 40000 };
    uint64_t seed = test_seed();
    struct ways ways[CPU_COUNT];
    unsigned count = 0;
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (cpu_can(cpu))
            ways_init(&ways[count++], cpu);
    }
    struct buf record = {0};
    struct guarded g = guarded_new(1 << 16);
    for (unsigned round = 0; round < ROUNDS; round++) {
        make_record(&seed, &record);
        cr_assert_leq(record.size + INPUT_SLACK_BYTES, g.size);
        char *to = g.begin + g.size - INPUT_SLACK_BYTES - record.size;
        memcpy(to, record.data, record.size);
        for (unsigned i = 0; i < count; i++) {
            /* By the look alone, too. */
            ways[i].glancer.interpreter = round % 4 == 0 ? NULL : ways[i].counting;
            check_record(&ways[i], view_of(to, record.size));
        }
    }
    for (unsigned i = 0; i < count; i++) {
        /* A test that decides nothing, or everything, tests nothing. */
        cr_expect_gt(ways[i].decided, ways[i].undecided / 20);
        cr_expect_gt(ways[i].undecided, ways[i].decided / 20);
        cr_expect_gt(ways[i].records_read, ROUNDS / 3u);
        /* Molds take times and ids: the scalar way has none. */
        cr_expect(ways[i].cpu == CPU_SCALAR || ways[i].stamped > ROUNDS / 100u);
        cr_expect_eq(ways[i].decided, ways[0].decided);
        cr_expect_eq(ways[i].records_read, ways[0].records_read);
        ways_done(&ways[i]);
    }
    guarded_free(g);
    buf_done(&record);
}

/* Every byte of a record changed to every byte that means something. */
Test(glance, takes_only_sound_records)
{
    static const char bytes[] = "{}[]\",:\\ \n\x01tnu0a\x80\xc3\xa9\xff";
    struct ways w;
    struct buf record = {0}, changed = {0};
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (!cpu_can(cpu))
            continue;
        ways_init(&w, cpu);
        buf_clear(&record);
        add(&record, RECORD_HEAD
            "\"arn:aws:logs:eu-west-1:1:x\",\"policyLevel\":\"p\",\"logStream\":"
            "\"\",\"subscriptionFilters\":[],\"logEvents\":[{\"id\":\"\",\"timestamp\":12,"
            "\"message\":\"a\\u00e9\\/ \xc3\xa9 \\\\ \\\" end of it all, behind a block\","
            "\"extractedFields\":{\"event\":\"e\",\"request_id\":\"r\"}}]}");
        for (size_t at = 0; at < record.size; at++) {
            for (size_t i = 0; i < sizeof(bytes); i++) {
                buf_clear(&changed);
                buf_append_view(&changed, buf_view(&record));
                changed.data[at] = bytes[i];
                check_record(&w, buf_view(&changed));
                changed.size = at; /* cut */
                check_record(&w, buf_view(&changed));
            }
        }
        check_record(&w, buf_view(&record));
        cr_expect_gt(w.records_read, 100u);
        ways_done(&w);
    }
    buf_done(&record);
    buf_done(&changed);
}

/* What a glance has to know by itself, and what it has to leave alone. */
static const struct {
    const char *message;
    enum { NOT, BY_WALK, BY_LOOK } decided;
} cases[] = {
    {TIME "\t" ID "\tINFO\thello", BY_LOOK},
    {TIME "\t" ID "\tINFO\t{\"level\":\"info\"}\n", BY_LOOK},
    {TIME "\t" ID "\tDEBUG\t{\"a\":[1,2", BY_LOOK},
    {TIME "\t" ID "\tINFO\t{\"unsound\":}", BY_LOOK},
    {TIME "\t" ID "\tINFO\t{\"level\":\"error\"}", NOT},
    {TIME "\t" ID "\tINFO\t{\"level\" :\"info\"}", BY_WALK},
    {TIME "\t" ID "\tINFO\t{\"l\\u0065vel\":\"error\"}", NOT},
    {TIME "\t" ID "\tINFO\t{\"a\":\"caf\\u00e9\"}", BY_LOOK},
    {TIME "\t" ID "\tINFO\t{\"a\":\"\\\\u0041\"}", BY_WALK},
    {TIME "\t" ID "\tINFO\t\x1b[32minfo\x1b[39m: ready", BY_LOOK},
    {TIME "\t" ID "\tINFO\t\\u0041", NOT},
    {TIME "\t" ID "\tINFO\t{\"code\":\"ForceRetryExecution\"}", NOT},
    {TIME "\t" ID "\tINFO\t{\"code\":200}", BY_LOOK},
    {TIME "\t" ID "\tINFO\t{\"_aws\":{\"CloudWatchMetrics\":[]}}", BY_WALK},
    {TIME "\t" ID "\tINFO\t{\"title\":\"[Action Required] x\"}", NOT},
    {TIME "\t" ID "\tERROR\thello", NOT},
    {TIME "\t" ID "\tINFO\tJavaScript heap out of memory", NOT},
    {TIME "\t" ID "\thello world\nat x", NOT},
    {TIME " " ID " Task timed out after 3.00 seconds\n\n", NOT},
    {"{\"level\":\"INFO\",\"requestId\":\"" ID "\",\"message\":\"x\"}", BY_LOOK},
    {"{\"level\":\"INFO\",\"requestId\":\"new\",\"message\":\"x\"}", BY_WALK},
    {"{\"timestamp\":\"" TIME "\",\"level\":\"INFO\"}", BY_LOOK},
    {"{\"timestamp\":\"2023-01-05T12:00:05.843Z\",\"level\":\"INFO\"}", BY_WALK},
    {"2023-02-30T11:00:05.843Z\t" ID "\tINFO\thello", NOT},
    {"{\"level\":\"DEBUG\",\"message\":\"x\"}", BY_WALK},
    {"{\"type\":\"platform.start\",\"record\":{}}", BY_WALK},
    {"{\"time\":\"" TIME "\",\"type\":\"platform.start\",\"record\":{\"requestId\":\"" ID "\"}}\n",
     BY_LOOK},
    {"{\"time\":\"" TIME "\",\"type\":\"platform.start\",\"record\":{\"requestId\":\"" ID "\"}}}",
     NOT},
    {"{\"time\":\"" TIME "\",\"type\":\"platform.end\",\"record\":{\"requestId\":\"" ID "\"}}",
     BY_WALK},
    {"{\"time\":\"" TIME "\",\"type\":\"platform.report\",\"record\":{\"requestId\":\"" ID
     "\",\"status\":\"failure\"}}",
     NOT},
    {"START RequestId: " ID " Version: $LATEST\n", BY_LOOK},
    {"REPORT RequestId: " ID "\tDuration: 1 ms\tStatus: timeout", NOT},
    {"REPORT RequestId: " ID "\tDuration: 1.5 ms\tMemory Size: 128 MB\t\n", BY_LOOK},
    {"ERROR something", NOT},
    {"plain print", BY_LOOK},
    {TIME "\t" ID "\tINFO\t{\"level\":\"notice\"}", BY_WALK},
    {TIME "\t" ID "\tINFO\tReceived: {\"level\":\"warning\"}\n", BY_WALK},
    {"[Information] - plain", BY_LOOK},
    {"[Information] -  plain", NOT},
    {"[Information] - 2023", NOT},
    {"2023/01/05 11:00:05 plain", BY_LOOK},
    {"2023/01/05 11:00:05 {\"level\":\"DEBUG\"}", BY_WALK},
    {"2023/01/05 11:00:05 Plain", NOT},
    {"2023/13/05 11:00:05 plain", NOT},
    {"2023-01-05 11:00:05 " ID " DEBUG Handler - {\"a\":1}", BY_LOOK},
    {"2023-01-05 11:00:60 " ID " DEBUG x", NOT},
    {"I, [2023-01-05T11:00:05.843123 #8]  INFO " ID " -- : {\"a\":1}", BY_LOOK},
    {"D, [2023-01-05T11:00:05.843123 #8]  INFO " ID " -- : x", NOT},
};

/* A level whose letters are escaped is one all the same, and a brace that is
 * escaped makes a text of what looks like a payload behind words. */
Test(glance, leaves_escaped_letters_of_its_forms_alone)
{
    static const char *const bodies[] = {
        "i\\u006efo\\tReceived event: {}",
        "INFO\\tx \\u007d {\\\"level\\\":\\\"notice\\\"}",
        "INFO\\t\\u007b {\\\"level\\\":\\\"notice\\\"}",
        "INFO\\t{\\\"l\\u0065vel\\\":\\\"error\\\"}",
    };
    struct ways w;
    enum cpu cpu;
    struct buf entry = {0};
    cpu_choose(&cpu);
    ways_init(&w, cpu);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        buf_clear(&entry);
        add(&entry, RECORD_HEAD RECORD_REST
            "{\"id\":\"1\",\"timestamp\":1672916406000,\"message\":\"" TIME "\\t" ID "\\t");
        add(&entry, bodies[i]);
        add(&entry, "\"}]}");
        check_record(&w, buf_view(&entry));
        cr_expect_eq(w.undecided, i + 1, "%s", bodies[i]);
    }
    buf_done(&entry);
    ways_done(&w);
}

Test(glance, decides_what_it_can)
{
    struct ways w;
    enum cpu cpu;
    struct buf entry = {0};
    cpu_choose(&cpu);
    ways_init(&w, cpu);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf text = {0};
        buf_clear(&entry);
        add(&entry,
            RECORD_HEAD RECORD_REST "{\"id\":\"1\",\"timestamp\":1672916406000,\"message\":");
        text_json_string(&text, view_of_string(cases[i].message));
        buf_append_view(&entry, buf_view(&text));
        add(&entry, "}]}");
        for (unsigned may_walk = 0; may_walk < 2; may_walk++) {
            uint64_t before = w.decided;
            w.glancer.interpreter = may_walk ? w.counting : NULL;
            check_record(&w, buf_view(&entry));
            bool is_decided = cases[i].decided == BY_LOOK || (may_walk && cases[i].decided != NOT);
            cr_expect_eq(w.decided - before, (uint64_t)is_decided, "%s", cases[i].message);
        }
        buf_done(&text);
    }
    buf_done(&entry);
    ways_done(&w);
}
