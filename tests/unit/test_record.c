/* A record is read alike wherever it lies to the maps of its strings: what is in
 * front of it moves it through more than one map, byte by byte. */

#include "glance/record.h"

#include <criterion/criterion.h>

#define HEAD "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"123456789012\",\"logGroup\":\"/g\","
#define EVENTS "\"logStream\":\"s\",\"logEvents\":["
#define ENTRY(message) "{\"id\":\"7\",\"timestamp\":1672920000000,\"message\":\"" message "\""
#define FIELDS                                                                                     \
    ",\"extractedFields\":{\"timestamp\":\"2023-01-05T11:00:05.843Z\",\"request_id\":\"r\","       \
    "\"event\":\"x\\\\\\\"y\"}}"
#define LONG                                                                                       \
    "a string that goes on past its first block of sixty-four bytes, \\\"quotes\\\" and all"

enum { MAP_BYTES = RECORD_MAP_BLOCKS * STRING_BLOCK_BYTES, TEXT_BYTES = 3 * MAP_BYTES };

/* Sound, and with one thing wrong in the middle of it. */
static const struct {
    const char *text;
    bool is_sound;
} records[] = {
    {HEAD EVENTS ENTRY("a") "}]}", true},
    {HEAD EVENTS ENTRY(LONG) FIELDS "," ENTRY("") "}]}", true},
    {HEAD EVENTS ENTRY("caf\xc3\xa9 " LONG) "}," ENTRY("\\u00e9") FIELDS "]}", true},
    {HEAD EVENTS ENTRY("\xc3 " LONG) "}," ENTRY("\xc3\xa9") "}]}", false},
    {HEAD EVENTS ENTRY(LONG "\x01") "}," ENTRY("\xc3\xa9") "}]}", false},
    {HEAD EVENTS ENTRY(LONG) "}," ENTRY("\\x") FIELDS "]}", false},
    {HEAD EVENTS ENTRY(LONG "\\\\\\") "\"}]}", true},
    {HEAD EVENTS ENTRY(LONG "\\\\\\\\") "\"}]}", false},
};

/* A record of `size` bytes at least. */
static size_t fill(char *to, size_t size)
{
    static const char front[] = HEAD EVENTS, back[] = "\"}]}";
    size_t used = sizeof(front) - 1;
    memcpy(to, front, used);
    memcpy(to + used, ENTRY(""), sizeof(ENTRY("")) - 2);
    used += sizeof(ENTRY("")) - 2;
    while (used + sizeof(back) - 1 < size)
        to[used++] = 'x';
    memcpy(to + used, back, sizeof(back) - 1);
    return used + sizeof(back) - 1;
}

static void check_entries(const struct record_entry *want, const struct record_glancer *got,
                          size_t count)
{
    cr_assert_eq(got->count, count);
    for (size_t i = 0; i < count; i++) {
        const struct glimpse *a = &want[i].glimpse, *b = &got->entries[i].glimpse;
        cr_assert(view_equals(want[i].id, got->entries[i].id) &&
                  a->timestamp_ms == b->timestamp_ms && view_equals(a->message, b->message) &&
                  view_equals(a->extracted_timestamp, b->extracted_timestamp) &&
                  view_equals(a->extracted_request_id, b->extracted_request_id) &&
                  view_equals(a->extracted_event, b->extracted_event));
    }
}

static void check_everywhere(enum cpu cpu, struct view text, bool is_sound)
{
    static char bytes[TEXT_BYTES];
    static struct record_glancer alone, behind;
    struct record record;
    record_glancer_init(&alone, cpu);
    record_glancer_init(&behind, cpu);
    cr_assert_eq(record_glance(&alone, text, &record), is_sound, "%s: %s", cpu_name(cpu),
                 text.data);
    for (size_t size = 200; size < 200 + MAP_BYTES + text.size; size++) {
        size_t begin = fill(bytes, size), end;
        memcpy(bytes + begin, text.data, text.size);
        record_glance_begin(&behind, view_of(bytes, begin + text.size));
        cr_assert(record_glance_at(&behind, 0, &record, &end));
        cr_assert_eq(end, begin);
        cr_assert_eq(record_glance_at(&behind, begin, &record, &end), is_sound,
                     "%s: %s at byte %zu", cpu_name(cpu), text.data, begin);
        if (is_sound) {
            cr_assert_eq(end, begin + text.size);
            check_entries(alone.entries, &behind, alone.count);
        }
        /* What was read in part, or all of it, may be read again. */
        cr_assert_eq(record_glance_at(&behind, begin, &record, &end), is_sound);
    }
    record_glancer_done(&alone);
    record_glancer_done(&behind);
}

Test(record, is_read_alike_wherever_it_lies)
{
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        for (size_t i = 0; cpu_can(cpu) && i < sizeof(records) / sizeof(records[0]); i++)
            check_everywhere(cpu, view_of_string(records[i].text), records[i].is_sound);
    }
}

/* Quotes behind an even number of backslashes, 0 or 1 of which stand before the
 * text, and what is said of the other bytes, one by one. */
static void check_map(enum cpu cpu, struct view text, uint64_t escaped)
{
    enum { BLOCKS_MAX = 70 };
    static uint32_t ends[BLOCKS_MAX * STRING_BLOCK_BYTES + STRING_ENDS_SPARE];
    uint64_t blocks[BLOCKS_MAX], doubts = 0;
    struct string_map map = {.escaped = escaped, .ends = ends, .blocks = blocks};
    string_map_fn *kernel = string_map_kernel(cpu);
    size_t count = kernel(text.data, text.size / STRING_BLOCK_BYTES, &map), next = 0;
    size_t backslashes = escaped;
    for (size_t at = 0; at < text.size; at++) {
        char byte = text.data[at];
        bool is_escaped = backslashes % 2 != 0;
        bool is_end = byte == '"' && !is_escaped;
        bool is_doubt = (signed char)byte < ' ' || (is_escaped && strchr("\"\\nt", byte) == NULL);
        cr_assert_eq(next < count && ends[next] == at, is_end, "%s: byte %zu", cpu_name(cpu), at);
        cr_assert_eq(blocks[at / STRING_BLOCK_BYTES] >> at % STRING_BLOCK_BYTES & 1, is_doubt);
        cr_assert_eq(string_map_has_doubts(blocks, at, at + 1), is_doubt);
        backslashes = byte == '\\' ? backslashes + 1 : 0;
        doubts |= is_doubt;
        next += is_end;
    }
    cr_assert_eq(next, count, "%s", cpu_name(cpu));
    cr_assert_eq(map.doubts != 0, doubts);
    cr_assert_eq(map.escaped, backslashes % 2);
}

/* Any number of ends in a block, at its borders too. */
Test(record, a_map_has_all_ends_and_doubts)
{
    enum { BLOCKS = 70, BYTES = BLOCKS * STRING_BLOCK_BYTES, ROUNDS = 500 };
    static char text[BYTES];
    uint64_t seed = 20230105;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < BYTES; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
            /* Blocks with few quotes, none, many, nothing else. */
            unsigned of_16 = (const unsigned[]){1, 0, 15, 16}[(i / STRING_BLOCK_BYTES + round) % 4];
            text[i] = seed >> 60 < of_16 ? '"' : "ant\n\xe9"[round % 2 * ((seed >> 40) % 5)];
            if (round % 3 == 0 && (seed >> 50) % 16 == 0)
                text[i] = '\\';
        }
        for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
            if (cpu_can(cpu))
                check_map(cpu, view_of(text, BYTES), round % 5 == 0);
        }
    }
}
