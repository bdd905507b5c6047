/* The JSON parser against a plain one that reads byte by byte: it takes what
 * RFC 8259 allows and nothing else, gives every token back, unescapes alike
 * with every kernel, and what repair mends is what only repair can mend. */
#include "fuzz.h"
#include "json/escapes.h"
#include "json/flaw.h"
#include "json/json.h"
#include "json/json_document.h"
#include "json/repair.h"
#include "json/unescape.h"

#include "../unit/json_reference.h"

enum { TEXT_BYTES_MAX = 16384 };

struct bed {
    struct guard g;
    struct json_parser *parsers[CPU_COUNT];
    struct buf rebuilt, strings, texts[2];
};

static struct bed *bed_get(void)
{
    static struct bed bed;
    if (bed.g.begin != NULL)
        return &bed;
    bed.g = guard_new(TEXT_BYTES_MAX);
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (cpu_can(cpu))
            FUZZ_HOLDS((bed.parsers[cpu] = json_parser_new(cpu, TEXT_BYTES_MAX)) != NULL);
    }
    return &bed;
}

/* All kernels give one text, and what a string equals is its text. */
static void check_string(struct bed *bed, struct json_value string)
{
    struct view inside = view_slice(string.raw, 1, string.raw.size - 1);
    bool is_first = true;
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (unescape_kernel(cpu) == NULL || !cpu_can(cpu))
            continue;
        struct buf *to = &bed->texts[!is_first];
        buf_clear(to);
        FUZZ_HOLDS(buf_reserve(to, inside.size + 64));
        to->size = unescape_kernel(cpu)(to->data, inside);
        FUZZ_HOLDS(to->size <= inside.size && utf8_is_valid(CPU_SCALAR, buf_view(to)));
        FUZZ_HOLDS(is_first || view_equals(buf_view(&bed->texts[0]), buf_view(to)));
        is_first = false;
    }
    FUZZ_HOLDS(json_string_equals(string, buf_view(&bed->texts[0])));
}

/* Written again from what the iterators give. */
static void rebuild(struct bed *bed, const struct json_parser *p, struct json_value v)
{
    struct buf *out = &bed->rebuilt;
    bool is_object = v.type == JSON_OBJECT;
    if (v.type == JSON_STRING)
        check_string(bed, v);
    if (!is_object && v.type != JSON_ARRAY) {
        buf_append_view(out, v.raw);
        return;
    }
    struct json_cursor c = json_open(p, v);
    struct json_value key, value;
    buf_append_byte(out, is_object ? '{' : '[');
    for (bool is_first = true;; is_first = false) {
        if (!(is_object ? json_next_member(p, &c, &key, &value) : json_next_element(p, &c, &value)))
            break;
        if (!is_first)
            buf_append_byte(out, ',');
        if (is_object) {
            check_string(bed, key);
            buf_append_view(out, key.raw);
            buf_append_byte(out, ':');
        }
        rebuild(bed, p, value);
    }
    buf_append_byte(out, is_object ? '}' : ']');
}

static void check_sound(struct bed *bed, const struct json_parser *p, struct json_value root,
                        struct view text)
{
    static char compact[TEXT_BYTES_MAX];
    struct view wanted = reference_compact(text, compact);
    buf_clear(&bed->rebuilt);
    rebuild(bed, p, root);
    FUZZ_HOLDS(view_equals(buf_view(&bed->rebuilt), wanted));
    buf_clear(&bed->rebuilt);
    FUZZ_HOLDS(json_append_compact(p, root, &bed->rebuilt));
    FUZZ_HOLDS(view_equals(buf_view(&bed->rebuilt), wanted));
    json_has_duplicate_keys(p, root);
}

static void check_parse(struct bed *bed, struct view text, bool is_sound)
{
    int had_duplicates = -1;
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        struct json_parser *p = bed->parsers[cpu];
        struct json_value root;
        struct err err;
        if (p == NULL)
            continue;
        enum rc rc = json_parse(p, text, &root, &err);
        FUZZ_HOLDS(rc == (is_sound ? RC_OK : RC_BAD_INPUT));
        if (rc != RC_OK)
            continue;
        check_sound(bed, p, root, text);
        bool has_duplicates = json_has_duplicate_keys(p, root);
        FUZZ_HOLDS(had_duplicates < 0 || had_duplicates == has_duplicates);
        had_duplicates = has_duplicates;
    }
}

/* The scalar walk for damaged text finds the same ends as the reference. */
static void check_document_end(struct view text)
{
    if (text.size == 0 || (text.data[0] != '{' && text.data[0] != '['))
        return;
    struct reference r = {.text = text};
    size_t wanted = reference_value(&r, 0, 0), looked;
    size_t end = json_document_end(text, &looked);
    FUZZ_HOLDS(end == (wanted == NOT_SOUND ? 0 : wanted));
    FUZZ_HOLDS(end <= looked && looked <= text.size);
}

/* Every kernel repairs as the scalar one did. */
static void check_repair_kernels(struct view text, bool is_json, struct view wanted, size_t changes)
{
    for (enum cpu cpu = CPU_SCALAR + 1; cpu < CPU_COUNT; cpu++) {
        struct buf got = {0};
        size_t changed;
        if (flaw_kernel(cpu) == NULL)
            continue;
        FUZZ_HOLDS(is_json ? repair_json(cpu, text, &got, &changed)
                           : repair_utf8(cpu, text, &got, &changed));
        FUZZ_HOLDS(changed == changes && view_equals(buf_view(&got), wanted));
        FUZZ_HOLDS(is_json || utf8_is_valid(cpu, text) == (changes == 0));
        buf_done(&got);
    }
}

static void check_repair(struct bed *bed, struct view text, bool is_sound)
{
    struct buf repaired = {0};
    size_t changed;
    FUZZ_HOLDS(repair_utf8(CPU_SCALAR, text, &repaired, &changed));
    FUZZ_HOLDS(utf8_is_valid(CPU_SCALAR, buf_view(&repaired)));
    check_repair_kernels(text, false, buf_view(&repaired), changed);
    buf_clear(&repaired);
    FUZZ_HOLDS(repair_json(CPU_SCALAR, text, &repaired, &changed));
    check_repair_kernels(text, true, buf_view(&repaired), changed);
    FUZZ_HOLDS(!is_sound || (changed == 0 && view_equals(buf_view(&repaired), text)));
    struct json_parser *p = bed->parsers[CPU_SCALAR];
    struct json_value root;
    if (repaired.size <= TEXT_BYTES_MAX)
        FUZZ_HOLDS((json_parse(p, buf_view(&repaired), &root, NULL) == RC_OK) ==
                   reference_is_sound(buf_view(&repaired)));
    buf_done(&repaired);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bed *bed = bed_get();
    if (size > TEXT_BYTES_MAX)
        return 0;
    struct view text = guard_copy(bed->g, view_of(data, size), 0);
    bool is_sound = reference_is_sound(text);
    check_parse(bed, text, is_sound);
    struct err err = {{0}};
    if (!is_sound)
        FUZZ_HOLDS(json_document_explain(text, &err) == RC_BAD_INPUT);
    check_document_end(text);
    check_repair(bed, text, is_sound);
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (escapes_kernel(cpu) != NULL && cpu_can(cpu))
            FUZZ_HOLDS(escapes_kernel(cpu)(text) == escapes_scalar(text));
    }
    return 0;
}
