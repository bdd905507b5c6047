/* Every seam kernel finds what a search by byte finds, wherever the text is cut
 * and however many candidates a call may give. */
#include "fuzz.h"
#include "split/seam.h"

enum { TEXT_BYTES_MAX = 4096 };

/* Looks back from every `{`: written from the definition alone. */
static size_t naive(struct view text, uint32_t *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        size_t j = i;
        while (j > 0 && byte_is_space(text.data[j - 1]))
            j--;
        if (text.data[i] == '{' && j > 0 && text.data[j - 1] == '}')
            ret[count++] = (uint32_t)i;
    }
    return count;
}

static size_t scan_in_parts(seam_scan_fn *scan, struct guard g, struct view text, size_t max,
                            size_t cut, uint32_t *ret)
{
    struct seam_state state = {0};
    size_t total = 0, at = 0;
    for (int part = 0; part < 2; part++) {
        struct view fed = guard_copy(g, view_slice(text, 0, part == 0 ? cut : text.size), 64);
        while (at < fed.size) {
            uint32_t found[TEXT_BYTES_MAX + 64];
            size_t count = scan(fed, &at, &state, found, max);
            FUZZ_HOLDS(count <= max + 64 && (count >= max || at == fed.size));
            memcpy(ret + total, found, count * sizeof(*found));
            total += count;
        }
        FUZZ_HOLDS(at == fed.size);
    }
    return total;
}

/* What all kernels say about one place; none reads past the slack. */
static void check_signs(struct guard g, struct view text, const uint32_t *seams, size_t count)
{
    struct view fed = guard_copy(g, text, 64);
    for (size_t i = 0; i < count; i++)
        FUZZ_HOLDS(seam_is_fast(fed, seams[i]) == (seam_sign(fed, seams[i]) == SEAM_FAST));
    size_t cut = seam_cut(seam_scan_kernel(CPU_SCALAR), fed, text.size / 2);
    FUZZ_HOLDS(cut == text.size || (cut >= text.size / 2 && seam_is_fast(fed, cut)));
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (seam_scan_kernel(cpu) != NULL && cpu_can(cpu))
            FUZZ_HOLDS(seam_cut(seam_scan_kernel(cpu), fed, text.size / 2) == cut);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct guard g;
    static uint32_t wanted[TEXT_BYTES_MAX], found[TEXT_BYTES_MAX + 64];
    if (g.begin == NULL)
        g = guard_new(TEXT_BYTES_MAX + 64);
    struct view text = view_of(data, size);
    size_t max = 1 + fuzz_byte(&text);
    size_t cut = fuzz_byte(&text);
    if (text.size > TEXT_BYTES_MAX)
        text.size = TEXT_BYTES_MAX;
    cut = cut * text.size / 255;
    size_t count = naive(text, wanted);
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        seam_scan_fn *scan = seam_scan_kernel(cpu);
        if (scan == NULL || !cpu_can(cpu))
            continue;
        FUZZ_HOLDS(scan_in_parts(scan, g, text, max, cut, found) == count);
        FUZZ_HOLDS(memcmp(found, wanted, count * sizeof(*found)) == 0);
    }
    check_signs(g, text, wanted, count);
    return 0;
}
