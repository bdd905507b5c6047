#include "split/seam.h"

size_t seam_scan_scalar(struct view text, size_t *at, struct seam_state *state, uint32_t *ret,
                        size_t max)
{
    bool after_close = state->after_close;
    size_t count = 0;
    size_t i = *at;
    for (; i < text.size && count < max; i++) {
        char byte = text.data[i];
        if (byte == '}') {
            after_close = true;
        } else if (after_close && !byte_is_space(byte)) {
            after_close = false;
            if (byte == '{')
                ret[count++] = (uint32_t)i;
        }
    }
    state->after_close = after_close;
    *at = i;
    return count;
}
