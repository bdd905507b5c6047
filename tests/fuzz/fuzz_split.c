/* The pieces of a run follow each other without a gap, and are the same
 * whatever kernel finds them and however the run is fed; what is cut again
 * inside a damaged piece is sound. */
#include "fuzz.h"
#include "split/resplit.h"
#include "json/json.h"

enum { TEXT_BYTES_MAX = 8192, RECORD_BYTES_MAX = 1024, PIECES_MAX = 2 * TEXT_BYTES_MAX };

struct pieces {
    struct piece at[PIECES_MAX];
    size_t count;
};

static void add(struct pieces *p, struct piece piece)
{
    struct piece *last = p->count > 0 ? &p->at[p->count - 1] : NULL;
    FUZZ_HOLDS(piece.begin == (last != NULL ? last->begin + last->size : 0) && piece.size > 0);
    FUZZ_HOLDS((piece.reason != NULL) == (piece.kind == PIECE_DAMAGED));
    bool joins = piece.continues ||
                 (piece.kind == PIECE_SEPARATOR && last != NULL && last->kind == PIECE_SEPARATOR);
    FUZZ_HOLDS(!piece.continues || (last != NULL && last->kind == PIECE_DAMAGED));
    if (joins)
        last->size += piece.size;
    else
        p->at[p->count++] = piece;
}

static void split(struct splitter *s, struct guard g, enum text_form form, struct view run,
                  size_t step, struct pieces *ret)
{
    size_t consumed = 0, fed = 0;
    ret->count = 0;
    splitter_begin(s, form);
    do {
        fed = step < run.size - fed ? fed + step : run.size;
        splitter_feed(s, guard_copy(g, view_slice(run, consumed, fed), INPUT_SLACK_BYTES),
                      fed == run.size);
        struct piece piece;
        size_t begin = consumed;
        while (splitter_next(s, &piece) == RC_OK) {
            piece.begin += begin;
            add(ret, piece);
        }
        consumed = begin + splitter_consumed(s);
        FUZZ_HOLDS(fed - consumed <= RECORD_BYTES_MAX + SPLITTER_AHEAD_BYTES);
    } while (fed < run.size);
    FUZZ_HOLDS(consumed == run.size);
}

static void check_equal(const struct pieces *a, const struct pieces *b)
{
    FUZZ_HOLDS(a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        FUZZ_HOLDS(a->at[i].begin == b->at[i].begin && a->at[i].size == b->at[i].size);
        FUZZ_HOLDS(a->at[i].kind == b->at[i].kind && a->at[i].reason == b->at[i].reason);
    }
}

static void check_resplit(struct guard g, struct view text)
{
    /* A document piece begins so. */
    text = view_from(text, view_find_byte(text, '{', 0));
    struct view copy = guard_copy(g, text, 0);
    struct resplit r;
    struct piece piece;
    size_t end = 0;
    resplit_begin(&r, copy);
    while (resplit_next(&r, &piece) == RC_OK) {
        FUZZ_HOLDS(piece.begin == end && piece.size > 0);
        end += piece.size;
        FUZZ_HOLDS(end <= text.size && r.at == end);
        size_t looked;
        if (piece.kind == PIECE_DOCUMENT)
            FUZZ_HOLDS(json_document_end(view_slice(copy, piece.begin, end), &looked) ==
                       piece.size);
    }
    FUZZ_HOLDS(end == text.size);
    resplit_done(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct guard g;
    static struct pieces whole, parts;
    static struct splitter *splitters[CPU_COUNT];
    if (g.begin == NULL)
        g = guard_new(TEXT_BYTES_MAX + INPUT_SLACK_BYTES);
    struct view text = view_of(data, size);
    size_t step = 1 + fuzz_byte(&text);
    bool is_export_name = fuzz_byte(&text) & 1;
    if (text.size > TEXT_BYTES_MAX)
        text.size = TEXT_BYTES_MAX;
    bool is_first = true;
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (seam_scan_kernel(cpu) == NULL || !cpu_can(cpu))
            continue;
        if (splitters[cpu] == NULL)
            splitters[cpu] = splitter_new(cpu, RECORD_BYTES_MAX);
        enum text_form form =
            text_form_of(guard_copy(g, text, INPUT_SLACK_BYTES), true, is_export_name, cpu);
        if (form == TEXT_BINARY)
            continue;
        split(splitters[cpu], g, form, text, is_first ? SIZE_MAX : step,
              is_first ? &whole : &parts);
        if (!is_first)
            check_equal(&whole, &parts);
        is_first = false;
    }
    check_resplit(g, text);
    return 0;
}
