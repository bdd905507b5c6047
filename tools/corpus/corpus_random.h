/* corpus_random.h - the generator's only source of variety.
 *
 * wyrand (Wang Yi, public domain): one multiplication per number, and the
 * sequence is fixed by the seed on every machine. */
#ifndef MILLRACE_CORPUS_RANDOM_H
#define MILLRACE_CORPUS_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *r)
{
    r->state += UINT64_C(0xa0761d6478bd642f);
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)r->state * (r->state ^ UINT64_C(0xe7037ed1a0b428db));
    return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

/* A stream of its own for each (seed, a, b). */
static inline struct random random_of(uint64_t seed, uint64_t a, uint64_t b)
{
    struct random r = {seed * UINT64_C(0x9e3779b97f4a7c15) + a};
    r.state = random_next(&r) ^ b;
    r.state = random_next(&r);
    return r;
}

/* 0 to below - 1; below is less than 2^32. */
static inline uint32_t random_below(struct random *r, uint32_t below)
{
    return (uint32_t)(((random_next(r) >> 32) * below) >> 32);
}

/* True once in `in` times. */
static inline int random_once_in(struct random *r, uint32_t in)
{
    return random_below(r, in) == 0;
}

#endif
