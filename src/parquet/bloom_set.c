#include "parquet/bloom_set.h"

#include <string.h>

const uint32_t bloom_salts[BLOOM_WORDS] = {
    0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU,
    0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U,
};

bloom_set_fn *bloom_set_kernel(enum cpu cpu)
{
#if defined(__x86_64__)
    if ((cpu == CPU_AVX2 || cpu == CPU_AVX512) && cpu_can(cpu))
        return bloom_set_avx2;
#elif defined(__aarch64__)
    if (cpu == CPU_NEON)
        return bloom_set_neon;
#endif
    (void)cpu;
    return bloom_set_scalar;
}

size_t bloom_set_scalar(char *bits, size_t bytes, const uint64_t *hashes, size_t count)
{
    size_t added = 0;
    for (size_t i = 0; i < count; i++) {
        char *at = bits + bloom_block_of(bytes, hashes[i]);
        uint32_t missing = 0;
        /* Word by word: a copy of the block would be written in small pieces and read
         * back in large ones, which waits for the cache. */
        for (unsigned k = 0; k < BLOOM_WORDS; k++) {
            uint32_t word, mask = bloom_mask_of(hashes[i], k);
            memcpy(&word, at + k * sizeof(word), sizeof(word));
            missing |= ~word & mask;
            word |= mask;
            memcpy(at + k * sizeof(word), &word, sizeof(word));
        }
        added += missing != 0;
    }
    return added;
}
