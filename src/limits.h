/* limits.h - every bound in the program, with the reason for its value.
 *
 * One place, so that the memory budget can be added up: 96 MiB + 160 MiB per
 * worker with the dataset, 64 MiB + 48 MiB per worker without. */
#ifndef MILLRACE_LIMITS_H
#define MILLRACE_LIMITS_H

#include <assert.h>
#include <stdint.h>

#define KIB(n) ((n)*1024LL)
#define MIB(n) ((n)*1024LL * 1024)

/* Input. Mappings and decoded windows end in this many readable bytes: vector
 * kernels load whole registers. */
#define INPUT_SLACK_BYTES 64

/* Layers around a record (gzip, base64, …): a gzip of gzip in an envelope is
 * three; deeper nesting is only seen in attacks. */
#define LAYERS_MAX 3

/* What libdeflate decodes in one call: a Firehose member is one CloudWatch
 * record, at most a few MiB of JSON. Larger members stream. */
#define MEMBER_BYTES_MAX MIB(4)

/* Text is handed on for splitting once this much has gathered: it still lies
 * in the second-level cache then. */
#define WINDOW_FILL_BYTES KIB(512)

/* A record up to this size is handled in a worker's own buffers; larger ones
 * take turns in one process-wide slot. */
#define RECORD_BYTES_OWN MIB(4)
#define RECORD_BYTES_DEFAULT_MAX MIB(64) /* --max-record's default */
#define RECORD_BYTES_LIMIT MIB(1024)     /* the largest --max-record */

/* JSON nesting. RFC 8259 section 9 allows a limit; Lambda payloads stay in
 * single digits, V8 and Jackson stop at a few thousand or hundred. */
#define JSON_DEPTH_MAX 256

/* What --dry-run looks at of each object: a member or a few, some documents. */
#define SHAPE_HEAD_BYTES KIB(256)

/* Words allowed between a level and its payload. */
#define PREFIX_BYTES_MAX 256

/* Stored bytes of one plan: a terabyte a day for twelve years. Whatever a listing
 * or a plan says, sums fit 64 bits and there are at most 2^24 slices. */
#define PLAN_BYTES_MAX (INT64_C(1) << 52)

/* Plan: small objects are grouped, large ones cut, to total/64 within these. */
#define BATCH_BYTES_MIN MIB(8)
#define BATCH_BYTES_MAX MIB(256)
#define BATCHES_WANTED 64
#define BATCH_OBJECTS_MAX 4096 /* an object has a cost besides its bytes */
/* That cost as bytes, for sharing batches out: to open, look at and close one
 * takes about as long as reading so many. */
#define OBJECT_COST_BYTES KIB(16)
#define SHARDS_MAX 10000 /* AWS Batch's largest array */
/* Options a plan records: each may be given OPTION_LIST_MAX times. */
#define PLAN_ARGUMENTS_MAX 1024
/* How long merge looks for batches that are not there yet: folders are cached
 * for up to a minute on network filesystems. */
#define MERGE_WAIT_S_DEFAULT 90
#define CHANGED_NAMED_MAX 1000 /* objects named one by one that are not what the plan says */

/* Events of one record that glances take: 1 MiB of notes. CloudWatch's records
 * hold a few hundred; one with more is parsed. */
#define GLANCE_ENTRIES_MAX 8192

/* Bytes of an account or log group that --account and --log-group compare: eight
 * times what a log group's name may have; hostile ones are as long as a record. */
#define GLOB_VALUE_MAX KIB(4)

/* Dataset. */
#define ROWS_BYTES_MAX MIB(64) /* rows staged before they are sorted and written */
#define PAGE_BYTES MIB(1)      /* uncompressed Parquet page (soft) */
#define DICTIONARY_BYTES_MAX MIB(1)
#define STATISTICS_BYTES_MAX 64    /* longer min/max are truncated */
#define DATASET_FILE_BYTES MIB(64) /* row groups are gathered into files of this size */
/* Folders that one batch may spread its rows over: a file each, some 8 KiB on
 * disk and 200 bytes of memory. A day of two thousand log groups takes a few
 * thousand; more is a hostile object. */
#define PARTITIONS_MAX 16384

/* Files that one worker has on their way to the disk, open until they are there: a
 * disk's queue has 32 to 256 places, and a process may have 1024 files open by
 * default. */
#define SYNC_FILES_MAX 64
/* Threads that do that for one worker where io_uring is refused; where there are many
 * workers each has fewer: together no more than a disk's queue has places. */
#define SYNC_THREADS_MAX 8
#define SYNC_THREADS_ALL_MAX 32
/* Batches of a worker whose files are on their way: their commits follow. */
#define COMMITS_PENDING_MAX 4

/* Keys of --dedupe, 32 bytes each, twice for sorting: 16 MiB per worker while
 * batches are read, 64 MiB per thread while equal ones are looked for. */
#define EVENT_KEYS_RUN (256 * 1024)
#define DUPLICATE_KEYS_MAX (1024 * 1024)

/* Alerts. */
#define GROUPS_BYTES_MAX MIB(16) /* a worker spills its group table at this size */
#define GROUPS_DEFAULT_MAX 100000
#define MAP_KEYS_MAX 256 /* accounts, log groups: exact up to here */
#define TOP_KEYS_MAX 64  /* values of a masked span or a details key */
#define SAMPLES_MAX 5    /* per group */
#define SAMPLE_BYTES_MAX KIB(8)
#define DISTINCT_EXACT_MAX 256 /* then HyperLogLog */
#define HLL_PRECISION 12

/* Quarantine. */
#define EXCERPT_BYTES_MAX 160
/* Trying document starts inside damage may look at each byte this often. */
#define RESPLIT_PASSES_MAX 64

/* An object that shrinks under its reader is read again, and given up where it
 * does so this often. */
#define SHRINKS_MAX 3

#define WORKERS_MAX 1024

/* millrace bench. Text far past any second-level cache, and all forms of it in
 * memory: about four times this. */
#define BENCH_BYTES_DEFAULT_MAX MIB(256)
#define BENCH_BYTES_LIMIT MIB(3072) /* positions in one text have 32 bits */
#define BENCH_RUNS_MAX 99
#define BENCH_THREADS_LIST 64 /* numbers of threads to try */

/* watch: how often to look, and for how long a file must not have been written
 * (a client that stalls for longer is rare; one that renames needs none). */
#define WATCH_INTERVAL_MS (5 * 60 * 1000)
#define WATCH_SETTLE_MS (10 * 1000)
#define WATCH_WAIT_MS_MAX (24 * 60 * 60 * 1000)
#define DIGEST_GROUPS_MAX 20 /* lines of one digest: the report has all */

static_assert(RECORD_BYTES_OWN <= MEMBER_BYTES_MAX, "an own record fits a decoded member");
static_assert(RECORD_BYTES_DEFAULT_MAX <= RECORD_BYTES_LIMIT, "the default is allowed");
static_assert(WINDOW_FILL_BYTES <= MEMBER_BYTES_MAX, "a window holds one member at least");
static_assert(BATCH_BYTES_MIN <= BATCH_BYTES_MAX, "batch target range");
static_assert(PLAN_BYTES_MAX / BATCH_BYTES_MAX <= UINT32_MAX, "slices are counted in 32 bits");

#endif
