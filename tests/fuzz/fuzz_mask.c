/* Masks: spans lie in order inside the text and do not touch; what is between
 * them stays as it is; the same text gives the same spans wherever it lies.
 * Frames borrow from the stack they were found in; globs end. */
#include "alert/frames.h"
#include "alert/glob.h"
#include "alert/mask.h"
#include "fuzz.h"

static void check_spans(struct view text, const struct mask_span *spans, size_t count)
{
    size_t end = 0;
    for (size_t i = 0; i < count; i++) {
        FUZZ_HOLDS(spans[i].begin >= end && spans[i].begin < spans[i].end);
        FUZZ_HOLDS(spans[i].end <= text.size && spans[i].mask < MASK_COUNT);
        end = spans[i].end;
    }
}

/* Put together again from the spans' labels and what lies between them. */
static void check_masked(struct view text, const struct mask_span *spans, size_t count)
{
    static struct buf masked, again;
    size_t at = 0;
    buf_clear(&masked);
    buf_clear(&again);
    mask_append(&masked, text, spans, count);
    for (size_t i = 0; i < count; i++) {
        buf_append_view(&again, view_slice(text, at, spans[i].begin));
        buf_printf(&again, "<%s>", mask_label(spans[i].mask));
        at = spans[i].end;
    }
    buf_append_view(&again, view_from(text, at));
    FUZZ_HOLDS(view_equals(buf_view(&masked), buf_view(&again)));
    buf_clear(&masked);
    mask_append_key(&masked, text, spans, count);
}

/* With joints and marks at every byte between words no word is passed over. */
static void stop_everywhere(struct view text, struct mask_block *ret)
{
    mask_map_scalar(text, ret);
    for (size_t i = 0; i < MASK_BLOCKS(text.size); i++)
        ret[i].joints = ret[i].marks = ~ret[i].words;
    size_t last = text.size % MASK_BLOCK_BYTES;
    ret[text.size / MASK_BLOCK_BYTES].marks &= (UINT64_C(1) << last) - 1;
}

static void check_frames(struct view stack)
{
    struct frame frames[FRAMES_MAX];
    size_t count = frames_find(stack, frames);
    FUZZ_HOLDS(count <= FRAMES_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct view parts[] = {frames[i].function, frames[i].file};
        for (size_t j = 0; j < 2; j++)
            FUZZ_HOLDS(parts[j].size == 0 ||
                       (parts[j].data >= stack.data &&
                        parts[j].data + parts[j].size <= stack.data + stack.size));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct guard front;
    static struct mask_span spans[MASK_SPANS_MAX], again[MASK_SPANS_MAX];
    struct view text = view_of(data, size < MASK_TEXT_BYTES_MAX ? size : MASK_TEXT_BYTES_MAX);
    if (front.begin == NULL)
        front = guard_new(MASK_TEXT_BYTES_MAX);
    size_t count = mask_find(mask_map_scalar, guard_copy(front, text, 0), spans);
    check_spans(text, spans, count);
    check_masked(text, spans, count);
    /* Followed by other bytes, at another address. */
    struct view moved = view_of(front.begin, text.size);
    memmove(front.begin, text.data, text.size);
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (mask_map_kernel(cpu) == NULL)
            continue;
        FUZZ_HOLDS(mask_find(mask_map_kernel(cpu), moved, again) == count);
        FUZZ_HOLDS(memcmp(spans, again, count * sizeof(*spans)) == 0);
    }
    FUZZ_HOLDS(mask_find(stop_everywhere, moved, again) == count);
    FUZZ_HOLDS(memcmp(spans, again, count * sizeof(*spans)) == 0);
    check_frames(guard_copy(front, text, 0));
    struct view pattern = fuzz_part(&text);
    glob_matches(pattern, text);
    return 0;
}
