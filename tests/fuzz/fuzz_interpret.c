/* One event from its message: every cell is valid UTF-8, the JSON columns are
 * sound JSON by the plain parser, the kernels agree, and grouping it twice
 * gives the same fingerprint. */
#include "alert/fingerprint.h"
#include "fuzz.h"
#include "interpret/interpret.h"
#include "json/repair.h"

#include "../unit/json_reference.h"

enum { MESSAGE_BYTES_MAX = 32 * 1024, PARTS = 5 };

static void check_cells(const struct event *e)
{
    for (enum column c = 0; c < COLUMN_COUNT; c++) {
        struct view text = event_text(e, c);
        if (!event_has(e, c) ||
            (column_info[c].type != TYPE_TEXT && column_info[c].type != TYPE_JSON))
            continue;
        FUZZ_HOLDS(utf8_is_valid(CPU_SCALAR, text));
        if (column_info[c].type == TYPE_JSON)
            FUZZ_HOLDS(reference_is_sound(text));
    }
}

static void check_groups(const struct event *e)
{
    static struct fingerprinter *f;
    struct fingerprint first, second;
    if (f == NULL)
        f = fingerprinter_new(CPU_SCALAR);
    enum level_class level = level_class_of(e->severity, event_has(e, COL_LEVEL));
    FUZZ_HOLDS(fingerprint_event(f, e, level, VIEW_NULL, &first));
    uint64_t value = first.value;
    FUZZ_HOLDS(first.text.size <= MASK_TEXT_BYTES_MAX);
    FUZZ_HOLDS(fingerprint_event(f, e, level, VIEW_NULL, &second) && second.value == value);
}

/* The parts of the input, valid UTF-8, each in front of a guard page. */
static void take_parts(struct view in, struct guard g[PARTS], struct view ret[PARTS])
{
    static struct buf repaired;
    for (unsigned i = 0; i < PARTS; i++) {
        size_t changed;
        struct view part = i < PARTS - 1 ? fuzz_part(&in) : in;
        buf_clear(&repaired);
        FUZZ_HOLDS(repair_utf8(CPU_SCALAR, part, &repaired, &changed));
        ret[i] = guard_copy(g[i], buf_view(&repaired), INPUT_SLACK_BYTES);
    }
}

/* Empty is absent. */
static struct view unless_empty(struct view v)
{
    return v.size > 0 ? v : VIEW_NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct guard g[PARTS];
    static struct interpreter *interpreters[CPU_COUNT];
    static const struct view codes[] = {{"ForceRetryExecution", 19}};
    static const struct interpret_options options = {RAW_AUTO, codes, 1};
    static struct buf wanted, got;
    struct view in = view_of(data, size), parts[PARTS];
    unsigned how = fuzz_byte(&in);
    if (in.size > MESSAGE_BYTES_MAX)
        return 0;
    for (unsigned i = 0; i < PARTS && g[i].begin == NULL; i++)
        g[i] = guard_new(3 * MESSAGE_BYTES_MAX + INPUT_SLACK_BYTES);
    take_parts(in, g, parts);
    struct raw_event raw = {.message = parts[PARTS - 1],
                            .extracted_event = unless_empty(parts[0]),
                            .extracted_request_id = unless_empty(parts[1]),
                            .extracted_timestamp = unless_empty(parts[2]),
                            .id = unless_empty(parts[3]),
                            .is_extracted = parts[0].size + parts[1].size + parts[2].size > 0,
                            .is_foreign = how & 1,
                            .was_repaired = how & 2,
                            .has_timestamp = how & 4,
                            .timestamp_ms = 1672920000000};
    struct event_context context = {.log_group = how & 8 ? VIEW("/aws/lambda/f") : VIEW_NULL};
    buf_clear(&wanted);
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        struct event e;
        if (!cpu_can(cpu))
            continue;
        if (interpreters[cpu] == NULL)
            interpreters[cpu] = interpreter_new(cpu, &options, 4 * MESSAGE_BYTES_MAX);
        FUZZ_HOLDS(interpret_event(interpreters[cpu], &raw, &context, &e) == RC_OK);
        check_cells(&e);
        check_groups(&e);
        buf_clear(&got);
        event_append_json(&e, &got);
        FUZZ_HOLDS(reference_is_sound(view_trim(buf_view(&got))));
        FUZZ_HOLDS(wanted.size == 0 || view_equals(buf_view(&wanted), buf_view(&got)));
        buf_clear(&wanted);
        buf_append_view(&wanted, buf_view(&got));
    }
    return 0;
}
