#include "dataset/partition.h"

#include "util/hash.h"
#include "util/text.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { CHECKSUM_BYTES = 1 + 32, PART_NAME_BYTES = 64 };

static_assert(sizeof(PARTITION_FOLDER) + PARTITION_COLUMNS_MAX * (PARTITION_NAME_BYTES + 1) +
                      PART_NAME_BYTES <=
                  PARTITION_PATH_BYTES,
              "every path fits");

/* ---- Columns ---- */

/* Not log streams, request ids and the like: each value would make a folder of
 * a few rows. */
static const unsigned allowed[PARTITION_COLUMNS_MAX] = {PARTITION_DAY, COL_ACCOUNT_ID, COL_REGION,
                                                        COL_LOG_GROUP, COL_KIND,       COL_LEVEL};

static const char *column_name(unsigned column)
{
    return column == PARTITION_DAY ? "dt" : column_info[column].name;
}

struct partition_by partition_by_day(void)
{
    return (struct partition_by){{PARTITION_DAY}, 1};
}

static bool add_column(struct partition_by *by, struct view name)
{
    for (size_t i = 0; i < PARTITION_COLUMNS_MAX; i++) {
        if (!view_equals(name, view_of_string(column_name(allowed[i]))))
            continue;
        for (size_t k = 0; k < by->count; k++) {
            if (by->columns[k] == allowed[i])
                return false;
        }
        by->columns[by->count++] = allowed[i];
        return true;
    }
    return false;
}

bool partition_by_parse(const char *text, struct partition_by *ret)
{
    struct partition_by by = {.count = 0};
    struct view rest = view_of_string(text);
    for (;;) {
        size_t comma = view_find_byte(rest, ',', 0);
        if (!add_column(&by, view_slice(rest, 0, comma)))
            return false;
        if (comma == rest.size)
            break;
        rest = view_from(rest, comma + 1);
    }
    *ret = by;
    return true;
}

void partition_by_append(const struct partition_by *by, struct buf *out)
{
    for (size_t i = 0; i < by->count; i++)
        buf_printf(out, "%s%s", i > 0 ? "," : "", column_name(by->columns[i]));
}

/* ---- Folders ---- */

static bool is_escaped(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7f || (byte < 0x80 && strchr("\"#%'*/:=?\\{[]^", byte) != NULL);
}

/* Bytes of the escaped form of the character at `at`; its own go to *ret_size. */
static size_t escaped_bytes(struct view value, size_t at, size_t *ret_size)
{
    unsigned length = utf8_length(value, at);
    *ret_size = length > 0 ? length : 1;
    return is_escaped((unsigned char)value.data[at]) ? 3 : *ret_size;
}

/* How much of the value fits `bytes` when it is escaped. */
static size_t fitting(struct view value, size_t bytes)
{
    size_t at = 0, used = 0, size;
    while (at < value.size && (used += escaped_bytes(value, at, &size)) <= bytes)
        at += size;
    return at;
}

static void append_escaped(struct buf *out, struct view value)
{
    for (size_t i = 0; i < value.size; i++) {
        unsigned char byte = (unsigned char)value.data[i];
        if (is_escaped(byte))
            buf_printf(out, "%%%02X", byte);
        else
            buf_append_byte(out, value.data[i]);
    }
}

static void append_value(struct buf *out, struct view value, size_t bytes_max)
{
    if (value.size == 0) {
        buf_append_view(out, VIEW(PARTITION_NO_VALUE));
        return;
    }
    size_t size = fitting(value, bytes_max);
    if (size < value.size)
        size = fitting(value, bytes_max - CHECKSUM_BYTES);
    append_escaped(out, view_slice(value, 0, size));
    if (size == value.size)
        return;
    struct hash128 hash = hash128(value);
    buf_printf(out, "~%016" PRIx64 "%016" PRIx64, hash.high, hash.low);
}

static void append_column(struct buf *out, unsigned column, struct view value)
{
    const char *name = column_name(column);
    buf_printf(out, "%s=", name);
    append_value(out, value, PARTITION_NAME_BYTES - strlen(name) - 1);
}

void partition_append(struct buf *out, const struct partition_by *by, const struct view *values)
{
    for (size_t i = 0; i < by->count; i++) {
        if (i > 0)
            buf_append_byte(out, '/');
        append_column(out, by->columns[i], values[i]);
    }
}

static bool name_is_valid(struct view name)
{
    size_t equals = view_find_byte(name, '=', 0);
    return equals > 0 && equals + 1 < name.size && name.size <= PARTITION_NAME_BYTES &&
           view_find_byte(name, '\0', 0) == name.size;
}

bool partition_is_valid(struct view folder)
{
    size_t names = 0;
    for (;; names++) {
        size_t slash = view_find_byte(folder, '/', 0);
        if (!name_is_valid(view_slice(folder, 0, slash)))
            return false;
        if (slash == folder.size)
            return names < PARTITION_COLUMNS_MAX;
        folder = view_from(folder, slash + 1);
    }
}

void partition_path(char ret_path[PARTITION_PATH_BYTES], struct view folder, uint32_t batch,
                    uint32_t seq)
{
    assert(partition_is_valid(folder));
    int length = snprintf(ret_path, PARTITION_PATH_BYTES, "%s/%.*s/part-%06u-%04u.parquet",
                          PARTITION_FOLDER, (int)folder.size, folder.data, batch, seq);
    assert(length > 0 && length < PARTITION_PATH_BYTES);
    (void)length;
}

/* ---- On disk ---- */

static bool make_one(int tree, const char *folder)
{
    return mkdirat(tree, folder, 0700) == 0 || errno == EEXIST;
}

enum rc partition_make(int tree, const char *path, struct err *err)
{
    char folder[PARTITION_PATH_BYTES];
    const char *last = strrchr(path, '/');
    assert(last != NULL && last - path < PARTITION_PATH_BYTES);
    memcpy(folder, path, (size_t)(last - path));
    folder[last - path] = '\0';
    if (make_one(tree, folder))
        return RC_OK;
    /* Something above it is missing: from the top. */
    for (char *slash = folder; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
        *slash = '\0';
        if (!make_one(tree, folder))
            return err_errno_at(err, tree, folder, "cannot make the folder");
    }
    return make_one(tree, folder) ? RC_OK
                                  : err_errno_at(err, tree, folder, "cannot make the folder");
}
