#include "json/string_ends.h"

string_ends_fn *string_ends_kernel(enum cpu cpu)
{
#if defined(__x86_64__)
    if (cpu == CPU_AVX512 && cpu_can(cpu))
        return string_ends_avx512;
#endif
    (void)cpu;
    return string_ends_scalar;
}

size_t string_ends_scalar(const struct string_block *blocks, size_t count, uint32_t base,
                          uint32_t *ret, uint64_t *ret_doubts)
{
    /* A quote in eight bytes is much: mostly one round does, and where it does not
     * the next ones write over what was written for no bit. */
    enum { AT_ONCE = 8 };
    size_t written = 0;
    uint64_t doubts = 0;
    for (size_t block = 0; block < count; block++, base += STRING_BLOCK_BYTES) {
        uint64_t ends = blocks[block].ends;
        size_t left = (size_t)__builtin_popcountll(ends);
        uint32_t *to = ret + written;
        doubts |= blocks[block].doubts;
        written += left;
        for (; ends != 0; to += AT_ONCE) {
            for (unsigned i = 0; i < AT_ONCE; i++) {
                to[i] = base + (unsigned)__builtin_ctzll(ends | UINT64_C(1) << 63);
                ends &= ends - 1;
            }
        }
    }
    *ret_doubts = doubts;
    return written;
}
