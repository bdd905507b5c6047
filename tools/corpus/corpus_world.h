/* corpus_world.h - who logs: options, accounts and functions of one archive.
 *
 * Made once from the options, then read by every thread. */
#ifndef MILLRACE_CORPUS_WORLD_H
#define MILLRACE_CORPUS_WORLD_H

#include "corpus_body.h"
#include "corpus_template.h"

#define SHAPES_MAX 16

struct corpus_options {
    const char *bucket;
    const char *truth; /* NULL: no truth file */
    uint64_t seed;
    uint64_t size_bytes;   /* decoded, all objects */
    uint64_t object_bytes; /* decoded, one object */
    uint64_t objects;
    char shapes[SHAPES_MAX];
    unsigned shapes_count;
    unsigned days;
    int64_t start_ms; /* midnight UTC of the first day */
    unsigned accounts, functions;
    double error_rate;
    bool has_incident;
    unsigned events_per_record;
    int gzip_level;
    unsigned threads;
};

/* How a function's timeouts and crashes show. */
enum platform_age { PLATFORM_OLD, PLATFORM_NEW };

struct function {
    char account_id[12];
    char log_group[96];
    char name[64];
    const char *service, *stage;
    unsigned account; /* index */
    enum style style;
    enum platform_age age;
    bool is_extracted; /* its filter cuts lines into time, request id, event */
    bool has_incident; /* with --incident: most invocations fail from then on */
    unsigned limit_s, memory_mb;
};

struct world {
    struct corpus_options options;
    struct digits digits;
    char (*account_ids)[13];
    struct function *functions;
    unsigned *text_functions; /* indexes of those that write no JSON lines */
    unsigned text_functions_count;
    uint64_t errors_per_2_32; /* --error-rate as a share of 2^32 */
    int64_t incident_ms; /* with --incident: when it begins */
};

/* False when out of memory. */
bool world_init(struct world *w, const struct corpus_options *options);
void world_done(struct world *w);

#endif
