/* meter.h - what is measured, and the clock. */
#ifndef MILLRACE_METER_H
#define MILLRACE_METER_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* In the order of the table. Each with the bytes it is given. */
enum stage {
    LIMIT_READ,      /* text: one pass over it that does next to nothing */
    LIMIT_COPY,      /* text: memcpy into memory as large */
    LIMIT_INFLATE,   /* decoded bytes: libdeflate alone over the same members */
    LIMIT_ZSTD,      /* pages: zstd alone over the same pages */
    LIMIT_WRITE,     /* file bytes: write and fsync alone of the same files */
    STAGE_READ,      /* stored bytes: an object opened and each of its pages touched */
    STAGE_URING,     /* stored bytes: the same, handed to workers by the fan-out */
    STAGE_THREADS,   /* … by threads alone */
    STAGE_UNWRAP,    /* decoded bytes */
    STAGE_SPLIT,     /* text */
    STAGE_GLANCE,    /* documents */
    STAGE_TOKENS,    /* documents */
    STAGE_PARSE,     /* documents */
    STAGE_REPAIR,    /* documents */
    STAGE_EVENTS,    /* documents */
    STAGE_UNESCAPE,  /* message strings with escapes in them */
    STAGE_INTERPRET, /* documents */
    STAGE_MASK,      /* titles */
    STAGE_GROUP,     /* documents */
    STAGE_PACK,      /* ids, four bytes each */
    STAGE_COLUMNS,   /* documents */
    STAGE_PARQUET,   /* pages */
    STAGE_ORDER,     /* pages: of this the rows' sorting, */
    STAGE_DICTIONARY, /* … */
    STAGE_ENCODE,
    STAGE_ZSTD,
    STAGE_WRITE,     /* file bytes */
    WHOLE_REPORT,    /* decoded bytes */
    WHOLE_DATASET,   /* decoded bytes */
    STAGE_COUNT
};

struct stage_info {
    const char *name; /* "split" */
    const char *what; /* for the table's legend; NULL where the name says it */
    bool is_by_kernel;
    enum stage limit; /* STAGE_COUNT: none */
};
extern const struct stage_info stage_info[STAGE_COUNT];

/* What one thread spent in one stage during one run. */
struct meter {
    double seconds;
    uint64_t bytes;  /* given to the stage */
    uint64_t json;   /* bytes of JSON that this stands for */
    uint64_t events; /* 0 where none are looked at */
};

static inline double meter_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

#endif
