#include "split/seam.h"

#include <assert.h>

/* What seam_cut() scans at a time: small enough that no slice reads far past
 * the seam it looks for, and that positions fit 32 bits in any object. */
#define CUT_WINDOW_BYTES ((size_t)64 * 1024)
#define CUT_CANDIDATES_MAX 64

CPU_DEFINE_KERNEL(seam_scan);

enum seam_sign seam_sign(struct view text, size_t at)
{
    assert(at < text.size);
    if (text.data[at] != '{')
        return SEAM_NEVER; /* a mapped file was cut since the brace was seen there */

    size_t end = at + 1 + SEAM_SPACE_MAX;
    size_t i = at + 1;
    while (i < text.size && i < end && byte_is_space(text.data[i]))
        i++;
    if (i >= text.size)
        return SEAM_UNKNOWN;
    char first = text.data[i];
    if (first != '"')
        return first == '}' || byte_is_space(first) ? SEAM_PARITY : SEAM_NEVER;
    if (i + 1 >= text.size)
        return SEAM_UNKNOWN;
    char next = text.data[i + 1];
    bool may_follow_quote =
        next == ',' || next == ':' || next == '}' || next == ']' || byte_is_space(next);
    return may_follow_quote ? SEAM_PARITY : SEAM_FAST;
}

bool seam_is_fast(struct view text, size_t at)
{
    return seam_sign(text, at) == SEAM_FAST;
}

size_t seam_cut(seam_scan_fn *scan, struct view text, size_t from)
{
    if (from >= text.size)
        return text.size;

    size_t before = from;
    while (before > 0 && byte_is_space(text.data[before - 1]))
        before--;
    struct seam_state state = {.after_close = before > 0 && text.data[before - 1] == '}'};

    while (from < text.size) {
        size_t rest = text.size - from;
        struct view window =
            view_of(text.data + from, rest < CUT_WINDOW_BYTES ? rest : CUT_WINDOW_BYTES);
        size_t at = 0;
        while (at < window.size) {
            uint32_t candidates[CUT_CANDIDATES_MAX + 64];
            size_t count = scan(window, &at, &state, candidates, CUT_CANDIDATES_MAX);
            for (size_t i = 0; i < count; i++) {
                if (seam_is_fast(text, from + candidates[i]))
                    return from + candidates[i];
            }
        }
        from += window.size;
    }
    return text.size;
}
