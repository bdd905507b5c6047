/* An object from its stored bytes to interpreted events: the account adds up,
 * and every kernel tells the same events and the same damage. */
#include "fuzz.h"
#include "object.h"
#include "util/hash.h"

enum { RECORD_BYTES_MAX = 64 * 1024 };

struct seen {
    struct buf text; /* of the event at hand */
    uint64_t hash;   /* of all events and damage so far */
    uint64_t rows, damage;
};

static void mix(struct seen *s, struct view text)
{
    s->hash = s->hash * UINT64_C(0x9e3779b97f4a7c15) + hash64(text);
}

static enum rc on_event(void *context, struct event *e, struct err *err)
{
    struct seen *s = context;
    (void)err;
    buf_clear(&s->text);
    event_append_json(e, &s->text);
    mix(s, buf_view(&s->text));
    s->rows++;
    return RC_OK;
}

static enum rc on_damage(void *context, const struct quarantine_span *span, struct err *err)
{
    struct seen *s = context;
    (void)err;
    buf_clear(&s->text);
    quarantine_append(&s->text, span);
    mix(s, buf_view(&s->text));
    s->damage++;
    return RC_OK;
}

struct reading {
    struct seen seen;
    struct object_sink sink;
    struct object_reader *reader;
};

static void reading_init(struct reading *r, enum cpu cpu)
{
    static const struct interpret_options interpret = {.raw = RAW_AUTO};
    static struct object_options options[CPU_COUNT];
    options[cpu] = (struct object_options){
        .cpu = cpu, .interpret = &interpret, .record_bytes_max = RECORD_BYTES_MAX};
    r->sink =
        (struct object_sink){.context = &r->seen, .on_event = on_event, .on_damage = on_damage};
    struct giant_slot *slot = giant_slot_new(&options[cpu]);
    r->reader = object_reader_new(&options[cpu], slot, &r->sink);
    FUZZ_HOLDS(r->reader != NULL);
}

static uint64_t read_object(struct reading *r, struct view name, struct view bytes)
{
    struct ledger ledger;
    struct object_chain chain;
    bool is_damaged;
    struct err err;
    const char *what = NULL;
    ledger_init(&ledger);
    r->seen.hash = r->seen.rows = r->seen.damage = 0;
    struct object_input in = {.name = name, .bytes = bytes, .range = {0, bytes.size, false}};
    FUZZ_HOLDS(object_read(r->reader, &in, &ledger, &chain, &is_damaged, &err) == RC_OK);
    ledger.events.rows = r->seen.rows;
    FUZZ_HOLDS(ledger_holds(&ledger, &what));
    FUZZ_HOLDS(ledger.stored_bytes.total == bytes.size);
    FUZZ_HOLDS(is_damaged == (r->seen.damage > 0));
    /* Bytes are missing only where a span says so. */
    FUZZ_HOLDS(r->seen.damage > 0 || ledger.stored_bytes.quarantined == 0);
    FUZZ_HOLDS(r->seen.damage > 0 || ledger.decoded_bytes.quarantined == 0);
    ledger_done(&ledger);
    return r->seen.hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct guard g;
    static struct reading readings[CPU_COUNT];
    static const struct view names[] = {
        {"b/2023/01/05/11/svc-eu-west-1-Log-Sink-1-2023-01-05-11-00-00-x", 62},
        {"b/task/2023-01-05-[$LATEST]a/000000.gz", 38},
        {"b/processing-failed/x", 21},
    };
    if (g.begin == NULL)
        g = guard_new(FUZZ_BYTES_MAX + INPUT_SLACK_BYTES);
    struct view in = view_of(data, size);
    struct view name = names[fuzz_byte(&in) % 3];
    if (in.size == 0 || in.size > FUZZ_BYTES_MAX)
        return 0;
    bool is_first = true;
    uint64_t wanted = 0;
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (!cpu_can(cpu))
            continue;
        if (readings[cpu].reader == NULL)
            reading_init(&readings[cpu], cpu);
        uint64_t hash = read_object(&readings[cpu], name, guard_copy(g, in, INPUT_SLACK_BYTES));
        FUZZ_HOLDS(is_first || hash == wanted);
        wanted = hash;
        is_first = false;
    }
    return 0;
}
