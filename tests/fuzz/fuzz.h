/* fuzz.h - what the fuzzers share.
 *
 * A fuzzer is one function that is given bytes. It returns 0 whatever they
 * are; what does not hold ends the process with a line that says so. libFuzzer
 * drives it where clang is (run.py), replay.c over the corpus everywhere. */
#ifndef MILLRACE_FUZZ_H
#define MILLRACE_FUZZ_H

#include "limits.h"
#include "util/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Longer inputs find nothing that shorter ones do not, only more slowly. */
#define FUZZ_BYTES_MAX (64 * 1024)

#define FUZZ_HOLDS(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* Memory that ends where a page begins that cannot be touched. */
struct guard {
    char *begin;
    size_t bytes;
};

static inline struct guard guard_new(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t body = (bytes + page - 1) / page * page;
    char *map = mmap(NULL, body + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    FUZZ_HOLDS(map != MAP_FAILED && mprotect(map + body, page, PROT_NONE) == 0);
    return (struct guard){map, body};
}

/* A copy whose `slack` bytes behind it end at the page. They are full of what
 * a reader past the end would take for a seam. */
static inline struct view guard_copy(struct guard g, struct view text, size_t slack)
{
    FUZZ_HOLDS(text.size + slack <= g.bytes);
    char *to = g.begin + g.bytes - slack - text.size;
    if (text.size > 0)
        memcpy(to, text.data, text.size);
    for (size_t i = 0; i < slack; i++)
        to[text.size + i] = "}{\"a"[i % 4];
    return view_of(to, text.size);
}

/* The first byte of an input, and then the next: how to treat the rest. */
static inline unsigned fuzz_byte(struct view *in)
{
    if (in->size == 0)
        return 0;
    unsigned byte = (unsigned char)in->data[0];
    *in = view_from(*in, 1);
    return byte;
}

/* All up to the next zero byte, which is dropped; then the rest. */
static inline struct view fuzz_part(struct view *in)
{
    size_t end = view_find_byte(*in, '\0', 0);
    struct view part = view_slice(*in, 0, end);
    *in = view_from(*in, end < in->size ? end + 1 : end);
    return part;
}

#endif
