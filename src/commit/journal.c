#include "commit/journal.h"

#include "commit/atomic_file.h"
#include "commit/field.h"
#include "limits.h"
#include "util/array.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

enum { RESULT_BYTES_MAX = 256 * 1024 * 1024, PATH_BYTES = 128 };

void batch_result_init(struct batch_result *r)
{
    *r = (struct batch_result){0};
    ledger_init(&r->ledger);
}

void batch_result_done(struct batch_result *r)
{
    ledger_done(&r->ledger);
    for (size_t i = 0; i < r->files_count; i++)
        free((char *)r->files[i].path);
    free(r->files);
    *r = (struct batch_result){0};
}

bool batch_result_add_file(struct batch_result *r, const struct dataset_file *file)
{
    if (!ARRAY_HAS_ROOM(r->files, r->files_count, r->files_capacity, 16))
        return false;
    char *path = strdup(file->path);
    if (path == NULL)
        return false;
    r->files[r->files_count] = *file;
    r->files[r->files_count++].path = path;
    return true;
}

static void done_path(char to[PATH_BYTES], uint32_t batch, uint32_t revision)
{
    if (revision == 0)
        snprintf(to, PATH_BYTES, "done/%06" PRIu32 ".json", batch);
    else
        snprintf(to, PATH_BYTES, "done/%06" PRIu32 ".r%" PRIu32 ".json", batch, revision);
}

static enum rc draw(uint64_t ret[2], struct err *err)
{
    size_t bytes = 2 * sizeof(ret[0]);
    if (getrandom(ret, bytes, 0) != (ssize_t)bytes)
        return err_errno(err, "cannot get random bytes");
    return RC_OK;
}

enum rc journal_name_aside(char ret[JOURNAL_NAME_BYTES], const char *what, struct err *err)
{
    uint64_t random[2];
    TRY(draw(random, err));
    snprintf(ret, JOURNAL_NAME_BYTES, "%.16s-%016" PRIx64 "%016" PRIx64, what, random[0],
             random[1]);
    return RC_OK;
}

enum rc journal_attempt(int work, struct batch_result *r, struct err *err)
{
    uint64_t random[2];
    TRY(draw(random, err));
    snprintf(r->attempt, sizeof(r->attempt), "%06" PRIu32 "-%016" PRIx64 "%016" PRIx64, r->batch,
             random[0], random[1]);
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "attempt/%s", r->attempt);
    return folder_make(work, path, err);
}

static void append_file(const struct dataset_file *f, struct buf *out)
{
    buf_append(out, "{\"path\":", 8);
    text_json_string(out, view_of_string(f->path));
    buf_printf(out,
               ",\"rows\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"checksum\":\"%016" PRIx64
               "%016" PRIx64 "\"",
               f->rows, f->bytes, f->checksum.high, f->checksum.low);
    if (f->has_time)
        buf_printf(out, ",\"first_ms\":%" PRId64 ",\"last_ms\":%" PRId64, f->first_ms, f->last_ms);
    buf_append_byte(out, '}');
}

static void append_result(const struct batch_result *r, struct buf *out)
{
    buf_printf(out,
               "{\"version\":1,\"batch\":%" PRIu32 ",\"revision\":%" PRIu32
               ",\"attempt\":\"%s\",\"damaged\":%s,\"chain\":[%" PRIu64 ",%" PRIu64
               ",%s,%s],\"keys\":[%" PRIu64 ",\"%016" PRIx64 "%016" PRIx64
               "\"],\"quarantine\":[%" PRIu64 ",\"%016" PRIx64 "%016" PRIx64 "\"],\"ledger\":",
               r->batch, r->revision, r->attempt, r->is_damaged ? "true" : "false", r->chain.begin,
               r->chain.end, r->chain.begins_clean ? "true" : "false",
               r->chain.ends_clean ? "true" : "false", r->keys, r->keys_checksum.high,
               r->keys_checksum.low, r->quarantine.bytes, r->quarantine.checksum.high,
               r->quarantine.checksum.low);
    ledger_append_json(&r->ledger, out);
    buf_append(out, ",\"files\":[", 10);
    for (size_t i = 0; i < r->files_count; i++) {
        if (i > 0)
            buf_append_byte(out, ',');
        append_file(&r->files[i], out);
    }
    buf_append(out, "]}\n", 3);
}

/* The filesystem's type, for people. */
static void filesystem_name(int folder, char ret[32])
{
    struct statfs fs;
    bool ok = fstatfs(folder, &fs) == 0;
    snprintf(ret, 32, "type %#lx", ok ? (unsigned long)fs.f_type : 0);
    FILE *mounts = setmntent("/proc/self/mounts", "r");
    struct stat here, there;
    if (mounts == NULL || fstat(folder, &here) != 0)
        return;
    struct mntent *m;
    while ((m = getmntent(mounts)) != NULL) {
        if (stat(m->mnt_dir, &there) == 0 && there.st_dev == here.st_dev)
            snprintf(ret, 32, "%.31s", m->mnt_type);
    }
    endmntent(mounts);
}

/* link(2) may report failure although it was done (network filesystems), so
 * what stands there decides: two links are ours, anything else another's. */
static enum rc link_decides(int work, const char *aside, const char *done, bool *ret_has_won,
                            struct err *err)
{
    *ret_has_won = true;
    if (linkat(work, aside, work, done, 0) == 0)
        return RC_OK;
    int number = errno;
    struct stat st;
    if (fstatat(work, aside, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_nlink == 2)
        return RC_OK;
    *ret_has_won = false;
    if (fstatat(work, done, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return RC_OK;
    if (number == EPERM || number == EOPNOTSUPP || number == ENOSYS) {
        char name[32];
        filesystem_name(work, name);
        return err_set(err, RC_USAGE,
                       "%s: this filesystem (%s) has no hard links, by which a batch is "
                       "committed; choose a folder on another with --work",
                       done, name);
    }
    errno = number;
    return err_errno_at(err, work, done, "cannot commit the batch");
}

/* What two attempts at a batch must have in common: all but their names. */
static bool is_same_result(const struct batch_result *a, const struct batch_result *b)
{
    struct batch_result x = *a, y = *b;
    struct buf left = {0}, right = {0};
    x.attempt[0] = y.attempt[0] = '\0';
    append_result(&x, &left);
    append_result(&y, &right);
    bool is_same =
        !buf_failed(&left) && !buf_failed(&right) && view_equals(buf_view(&left), buf_view(&right));
    buf_done(&left);
    buf_done(&right);
    return is_same;
}

/* Another attempt won. It must have come to the same; this one is litter then. */
static enum rc check_winner(int work, const struct batch_result *r, const char *folder,
                            struct err *err)
{
    struct batch_result winner;
    enum rc rc = journal_read(work, r->batch, r->revision, &winner, err);
    if (rc == RC_END)
        return err_set(err, RC_IO, "%s: the commit of another attempt is gone again; run again",
                       folder);
    TRY(rc);
    if (!is_same_result(r, &winner))
        rc = err_set(err, RC_FAILED,
                     "attempt/%s and attempt/%s did the same batch with other results: its objects "
                     "changed meanwhile; run again with --force, or plan again",
                     winner.attempt, r->attempt);
    batch_result_done(&winner);
    return rc == RC_OK ? tree_remove(work, folder, err) : rc;
}

/* The attempt's folder, and its result in it. */
struct prepared {
    char folder[PATH_BYTES], result[PATH_BYTES + 16];
};

static struct prepared prepared_paths(const struct batch_result *r)
{
    struct prepared p;
    snprintf(p.folder, sizeof(p.folder), "attempt/%s", r->attempt);
    snprintf(p.result, sizeof(p.result), "%s/done.json", p.folder);
    return p;
}

static enum rc write_result(int work, const char *path, struct view text, struct sync_queue *q,
                            struct err *err)
{
    struct file_writer *w;
    TRY(file_writer_open(work, path, &w, err));
    file_writer_sync_by(w, q);
    enum rc rc = file_writer_write(w, text, err);
    if (rc == RC_OK)
        return file_writer_close(w, NULL, NULL, err);
    file_writer_abandon(w);
    return rc;
}

enum rc journal_prepare(int work, const struct batch_result *r, struct sync_queue *q,
                        struct err *err)
{
    const struct prepared p = prepared_paths(r);
    struct buf text = {0};
    append_result(r, &text);
    enum rc rc = buf_failed(&text) ? err_set(err, RC_NO_MEMORY, "no memory to commit a batch")
                                   : write_result(work, p.result, buf_view(&text), q, err);
    buf_done(&text);
    TRY(rc);
    TRY(tree_sync(work, p.folder, q, err));
    TRY(folder_sync_by(q, work, "attempt", err));
    return sync_queue_start(q, err);
}

enum rc journal_commit(int work, const struct batch_result *r, struct err *err)
{
    const struct prepared p = prepared_paths(r);
    char done[PATH_BYTES];
    bool has_won;
    done_path(done, r->batch, r->revision);
    TRY(link_decides(work, p.result, done, &has_won, err));
    return has_won ? RC_OK : check_winner(work, r, p.folder, err);
}

enum rc journal_sync(int work, struct sync_queue *q, struct err *err)
{
    return folder_sync_by(q, work, "done", err);
}

enum rc journal_is_committed(int work, uint32_t batch, uint32_t revision, bool *ret,
                             struct err *err)
{
    char path[PATH_BYTES];
    done_path(path, batch, revision);
    return path_exists(work, path, ret, err);
}

/* ---- Reading back ---- */

static bool read_i64(struct json_value v, int64_t *ret)
{
    bool is_negative = v.raw.size > 0 && v.raw.data[0] == '-';
    struct json_value digits = v;
    digits.raw = view_from(v.raw, is_negative);
    uint64_t value;
    if (!field_u64(digits, &value) || value > INT64_MAX)
        return false;
    *ret = is_negative ? -(int64_t)value : (int64_t)value;
    return true;
}

/* A file on its way to batch_result_add_file(). */
struct read_file {
    struct dataset_file file;
    char path[PARTITION_PATH_BYTES];
};

static bool read_file_member(struct json_value key, struct json_value value, struct read_file *r)
{
    struct dataset_file *f = &r->file;
    if (json_string_equals(key, VIEW("path")))
        return field_path(value, r->path, sizeof(r->path));
    if (json_string_equals(key, VIEW("rows")))
        return field_u64(value, &f->rows);
    if (json_string_equals(key, VIEW("bytes")))
        return field_u64(value, &f->bytes);
    if (json_string_equals(key, VIEW("checksum")))
        return field_hash128(value, &f->checksum);
    f->has_time = true;
    if (json_string_equals(key, VIEW("first_ms")))
        return read_i64(value, &f->first_ms);
    return json_string_equals(key, VIEW("last_ms")) && read_i64(value, &f->last_ms);
}

static enum rc read_file_entry(const struct json_parser *p, struct json_value item,
                               struct batch_result *ret)
{
    struct read_file r = {.file.path = r.path};
    struct json_value key, value;
    if (item.type != JSON_OBJECT)
        return RC_BAD_INPUT;
    struct json_cursor members = json_open(p, item);
    while (json_next_member(p, &members, &key, &value)) {
        if (!read_file_member(key, value, &r))
            return RC_BAD_INPUT;
    }
    return batch_result_add_file(ret, &r.file) ? RC_OK : RC_NO_MEMORY;
}

static enum rc read_files(const struct json_parser *p, struct json_value array,
                          struct batch_result *ret)
{
    if (array.type != JSON_ARRAY)
        return RC_BAD_INPUT;
    struct json_cursor c = json_open(p, array);
    struct json_value item;
    while (json_next_element(p, &c, &item))
        TRY(read_file_entry(p, item, ret));
    return RC_OK;
}

static bool read_chain(const struct json_parser *p, struct json_value array, struct batch_chain *c)
{
    struct json_cursor cursor = json_open(p, array);
    struct json_value v[4];
    for (size_t i = 0; i < 4; i++) {
        if (!json_next_element(p, &cursor, &v[i]))
            return false;
    }
    c->begins_clean = v[2].type == JSON_TRUE;
    c->ends_clean = v[3].type == JSON_TRUE;
    return field_u64(v[0], &c->begin) && field_u64(v[1], &c->end);
}

static bool read_counted(const struct json_parser *p, struct json_value array, uint64_t *ret_count,
                         struct hash128 *ret_checksum)
{
    if (array.type != JSON_ARRAY)
        return false;
    struct json_cursor cursor = json_open(p, array);
    struct json_value count, checksum;
    return json_next_element(p, &cursor, &count) && json_next_element(p, &cursor, &checksum) &&
           field_u64(count, ret_count) && field_hash128(checksum, ret_checksum);
}

static bool read_number32(struct json_value v, uint32_t *ret)
{
    uint64_t value;
    if (!field_u64(v, &value) || value > UINT32_MAX)
        return false;
    *ret = (uint32_t)value;
    return true;
}

static bool read_plain_member(const struct json_parser *p, struct json_value key,
                              struct json_value value, struct batch_result *ret)
{
    if (json_string_equals(key, VIEW("batch")))
        return read_number32(value, &ret->batch);
    if (json_string_equals(key, VIEW("revision")))
        return read_number32(value, &ret->revision);
    if (json_string_equals(key, VIEW("attempt")))
        return field_path(value, ret->attempt, sizeof(ret->attempt));
    if (json_string_equals(key, VIEW("chain")))
        return value.type == JSON_ARRAY && read_chain(p, value, &ret->chain);
    if (json_string_equals(key, VIEW("quarantine")))
        return read_counted(p, value, &ret->quarantine.bytes, &ret->quarantine.checksum);
    if (json_string_equals(key, VIEW("keys")))
        return read_counted(p, value, &ret->keys, &ret->keys_checksum);
    if (json_string_equals(key, VIEW("damaged"))) {
        ret->is_damaged = value.type == JSON_TRUE;
        return true;
    }
    return json_string_equals(key, VIEW("version")) && view_equals(value.raw, VIEW("1"));
}

static enum rc read_member(const struct json_parser *p, struct json_value key,
                           struct json_value value, struct batch_result *ret)
{
    if (json_string_equals(key, VIEW("ledger")))
        return ledger_read_json(p, value, &ret->ledger);
    if (json_string_equals(key, VIEW("files")))
        return read_files(p, value, ret);
    return read_plain_member(p, key, value, ret) ? RC_OK : RC_BAD_INPUT;
}

/* RC_BAD_INPUT, RC_NO_MEMORY. */
static enum rc parse_result(struct view text, struct batch_result *ret)
{
    struct json_value root, key, value;
    struct json_parser *p = json_parser_new(CPU_SCALAR, text.size + 1);
    enum rc rc = p == NULL ? RC_NO_MEMORY : json_parse(p, text, &root, NULL);
    if (rc == RC_OK && root.type == JSON_OBJECT) {
        struct json_cursor c = json_open(p, root);
        while (rc == RC_OK && json_next_member(p, &c, &key, &value))
            rc = read_member(p, key, value, ret);
    }
    json_parser_free(p);
    TRY(rc);
    bool is_named = ret->attempt[0] != '\0' && strchr(ret->attempt, '/') == NULL;
    return is_named ? RC_OK : RC_BAD_INPUT;
}

enum rc journal_read(int work, uint32_t batch, uint32_t revision, struct batch_result *ret,
                     struct err *err)
{
    char path[PATH_BYTES];
    done_path(path, batch, revision);
    struct buf text = {0};
    enum rc rc = file_read(work, path, RESULT_BYTES_MAX, &text, err);
    if (rc == RC_OK) {
        batch_result_init(ret);
        rc = parse_result(buf_view(&text), ret);
        if (rc == RC_NO_MEMORY) {
            batch_result_done(ret);
            rc = err_set(err, rc, "%s: no memory to read it", path);
        } else if (rc != RC_OK || ret->batch != batch) {
            batch_result_done(ret);
            rc = err_set(err, RC_FAILED,
                         "%s in the work folder is damaged; remove that file and run again", path);
        }
    }
    buf_done(&text);
    return rc;
}
