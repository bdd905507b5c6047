/* field.h - values in the JSON that millrace itself writes: the journal, the
 * ledger, the manifest, the list of objects. Each gives false for a value of
 * another form, which the caller reports as a damaged file. */
#ifndef MILLRACE_FIELD_H
#define MILLRACE_FIELD_H

#include "json/json.h"
#include "util/hash.h"

/* A number without sign, fraction or exponent that fits. */
bool field_u64(struct json_value v, uint64_t *ret);
/* Text written without escapes, with a NUL behind it; to[capacity]. */
bool field_text(struct json_value v, char *to, size_t capacity);
/* A path of a file below the folder it is about, with any bytes but NUL, which is
 * put behind it; to[capacity], at most FIELD_PATH_BYTES_MAX. */
enum { FIELD_PATH_BYTES_MAX = 2048 };
bool field_path(struct json_value v, char *to, size_t capacity);
/* Whether `path` has only names between its slashes: not absolute, no `.` or
 * `..`. What a damaged or hostile file says must not lead out of the tree. */
bool path_is_below(const char *path);
/* A checksum as 32 lower-case hexadecimal digits. */
bool field_hash128(struct json_value v, struct hash128 *ret);
/* The same from the text alone. */
bool hash128_read(struct view hex, struct hash128 *ret);

#endif
