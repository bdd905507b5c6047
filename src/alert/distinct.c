#include "alert/distinct.h"

#include "util/array.h"

#include <stdlib.h>

enum {
    REGISTERS = 1 << HLL_PRECISION,
    RANK_MAX = 64 - HLL_PRECISION + 1,
};

void distinct_done(struct distinct *d)
{
    free(d->hashes);
    free(d->registers);
    *d = (struct distinct){0};
}

void distinct_clear(struct distinct *d)
{
    free(d->registers);
    d->registers = NULL;
    d->count = 0;
}

size_t distinct_bytes(const struct distinct *d)
{
    return d->capacity * sizeof(*d->hashes) + (d->registers != NULL ? REGISTERS : 0);
}

/* From here on only the estimate is known. */
static bool start_estimating(struct distinct *d)
{
    uint8_t *registers = calloc(REGISTERS, 1);
    if (registers == NULL)
        return false;
    d->registers = registers;
    for (size_t i = 0; i < d->count; i++)
        distinct_add(d, d->hashes[i]);
    free(d->hashes);
    d->hashes = NULL;
    d->count = d->capacity = 0;
    return true;
}

bool distinct_add_slowly(struct distinct *d, uint64_t hash)
{
    size_t low = 0, high = d->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (d->hashes[middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < d->count && d->hashes[low] == hash)
        return true;
    if (d->count == DISTINCT_EXACT_MAX)
        return start_estimating(d) && distinct_add(d, hash);
    if (!ARRAY_HAS_ROOM(d->hashes, d->count, d->capacity, 4))
        return false;
    memmove(&d->hashes[low + 1], &d->hashes[low], (d->count - low) * sizeof(*d->hashes));
    d->hashes[low] = hash;
    d->count++;
    return true;
}

bool distinct_registers_are_possible(const uint8_t *registers)
{
    uint8_t most = 0; /* looked at in the end: many at a time */
    for (size_t i = 0; i < REGISTERS; i++)
        most = registers[i] > most ? registers[i] : most;
    return most <= RANK_MAX;
}

bool distinct_merge_registers(struct distinct *to, const uint8_t *registers)
{
    if (to->registers == NULL && !start_estimating(to))
        return false;
    uint8_t *into = to->registers;
    for (size_t i = 0; i < REGISTERS; i++) /* stores each, so that it is done many at a time */
        into[i] = into[i] < registers[i] ? registers[i] : into[i];
    return true;
}

bool distinct_merge(struct distinct *to, const struct distinct *from)
{
    if (from->registers != NULL)
        return distinct_merge_registers(to, from->registers);
    for (size_t i = 0; i < from->count; i++) {
        if (!distinct_add(to, from->hashes[i]))
            return false;
    }
    return true;
}

bool distinct_is_exact(const struct distinct *d)
{
    return d->registers == NULL;
}

/* log2(ratio / 2^32) with 32 binary digits behind the point, for ratios from
 * 1.0 on. Each squaring of the mantissa yields one digit. */
static uint64_t log2_fixed(uint64_t ratio)
{
    unsigned whole = 63 - (unsigned)__builtin_clzll(ratio);
    uint64_t mantissa = ratio << (63 - whole); /* 1.0 is 2^63 */
    uint64_t log = (uint64_t)(whole - 32) << 32;
    for (unsigned digit = 32; digit-- > 0;) {
        unsigned __int128 square = (unsigned __int128)mantissa * mantissa;
        if (square >> 127 != 0) {
            log |= UINT64_C(1) << digit;
            mantissa = (uint64_t)(square >> 64);
        } else {
            mantissa = (uint64_t)(square >> 63);
        }
    }
    return log;
}

/* m * ln(m / zeros), rounded: the small range correction. */
static uint64_t linear_count(unsigned zeros)
{
    uint64_t ratio = ((uint64_t)REGISTERS << 32) / zeros;
    /* ln 2 * 2^32. */
    unsigned __int128 ln = (unsigned __int128)log2_fixed(ratio) * UINT64_C(2977044472);
    return (uint64_t)((ln * REGISTERS + ((unsigned __int128)1 << 63)) >> 64);
}

uint64_t distinct_count(const struct distinct *d)
{
    if (d->registers == NULL)
        return d->count;
    unsigned zeros = 0;
    unsigned __int128 sum = 0; /* of 2^-rank, times 2^RANK_MAX */
    for (size_t i = 0; i < REGISTERS; i++) {
        zeros += d->registers[i] == 0;
        sum += (unsigned __int128)1 << (RANK_MAX - d->registers[i]);
    }
    /* alpha * m * m * 2^20, alpha = 0.7213 / (1 + 1.079 / m) and m = 4096. */
    unsigned __int128 scaled = (unsigned __int128)UINT64_C(12685901975421) << (RANK_MAX - 20);
    uint64_t raw = (uint64_t)((scaled + sum / 2) / sum);
    if (raw * 2 <= 5 * (uint64_t)REGISTERS && zeros > 0)
        return linear_count(zeros);
    return raw;
}
