/* values.h - option values as people type them. Each gives false for text that
 * is not of its form. */
#ifndef MILLRACE_VALUES_H
#define MILLRACE_VALUES_H

#include "interpret/event.h"
#include "options.h"

/* "64M", "1G", "4096": K, M, G are powers of 1024. */
bool value_bytes(const char *text, uint64_t *ret);
bool value_count(const char *text, uint64_t *ret);
/* "15d", "12h", "30m". */
bool value_duration_ms(const char *text, int64_t *ret);
/* "2023-01-05", "2023-01-05T12", "…T12:30", "…T12:30:15", with or without Z;
 * UTC. `is_end`: the last millisecond of what was named, else the first. */
bool value_time_ms(const char *text, bool is_end, int64_t *ret);
/* "new", "error>N", "fatal>N", "alerts>N". */
bool value_gate(const char *text, struct gate *ret);
/* A level's name, any case. */
bool value_severity(const char *text, enum severity *ret);
/* "4", "1,2,8", "1..4", joined by commas: appended to `to`, each 1 to `max`. */
bool value_counts(const char *text, unsigned max, unsigned *to, size_t capacity, size_t *count);
/* "avx2", "avx512,scalar": bit 1 << enum cpu. */
bool value_kernels(const char *text, unsigned *ret);
/* "3/10": part 3 of 10. */
bool value_part(const char *text, uint32_t *ret_part, uint32_t *ret_parts);
/* "0/3": shard 0 of 3, the last being 2. */
bool value_shard(const char *text, uint32_t *ret_shard, uint32_t *ret_shards);

#endif
