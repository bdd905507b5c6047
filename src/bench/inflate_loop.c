#include "bench/inputs.h"
#include "decode/gzip.h"

#include <libdeflate.h>

bool inflate_loop_init(struct inflate_loop *l, uint64_t member_bytes_max)
{
    *l = (struct inflate_loop){.decompressor = libdeflate_alloc_decompressor()};
    bool is_whole = l->decompressor != NULL;
    for (unsigned i = 0; i < LAYERS_MAX && is_whole; i++) {
        is_whole = buf_reserve(&l->scratch[i], (size_t)member_bytes_max);
        /* Fresh pages would be the loop's cost, and are not a worker's. */
        if (is_whole)
            memset(l->scratch[i].data, 1, l->scratch[i].capacity);
    }
    return is_whole;
}

void inflate_loop_done(struct inflate_loop *l)
{
    if (l->decompressor != NULL)
        libdeflate_free_decompressor(l->decompressor);
    for (unsigned i = 0; i < LAYERS_MAX; i++)
        buf_done(&l->scratch[i]);
}

/* The member at the start of `in`; memory grows for one larger than any before. */
static bool inflate_member(struct inflate_loop *l, struct view in, unsigned depth,
                           size_t *ret_taken, struct view *ret_out)
{
    struct buf *to = &l->scratch[depth];
    size_t given;
    enum libdeflate_result result;
    while ((result = libdeflate_gzip_decompress_ex(l->decompressor, in.data, in.size, to->data,
                                                   to->capacity, ret_taken, &given)) ==
           LIBDEFLATE_INSUFFICIENT_SPACE) {
        if (to->capacity > RECORD_BYTES_LIMIT || !buf_reserve(to, to->capacity * 2))
            return false;
    }
    *ret_out = view_of(to->data, given);
    return result == LIBDEFLATE_SUCCESS;
}

uint64_t inflate_loop_run(struct inflate_loop *l, struct view stored, unsigned depth)
{
    uint64_t total = 0;
    size_t taken;
    struct view out;
    while (view_starts_with(stored, GZIP_MAGIC)) {
        if (!inflate_member(l, stored, depth, &taken, &out))
            return 0;
        bool is_outer = depth + 1 < LAYERS_MAX && view_starts_with(out, GZIP_MAGIC);
        total += is_outer ? inflate_loop_run(l, out, depth + 1) : out.size;
        stored = view_from(stored, taken);
    }
    return total;
}
