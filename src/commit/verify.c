#include "commit/verify.h"

#include "commit/atomic_file.h"
#include "commit/field.h"
#include "commit/line_file.h"
#include "commit/manifest.h"
#include "commit/verify_sums.h"
#include "input/source.h"
#include "parquet/check.h"
#include "util/array.h"
#include "util/tasks.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* No page of a Parquet file can be larger: its size is a signed 32-bit number. */
#define PAGE_BYTES_LIMIT ((size_t)INT32_MAX)

static const char manifest_name[] = "manifest.jsonl";
static const char success_name[] = "_SUCCESS";
static const char timing_name[] = "timing.json";

bool verify_part_takes(const struct verify_part *s, struct view name)
{
    return s->parts < 2 || hash64(name) % s->parts == s->part - 1;
}

/* A line of the manifest, and what reading its file again showed. */
struct listed {
    char *path;
    uint64_t bytes, rows;
    bool is_dataset, is_seen;
    struct hash128 checksum;
    char *problem;  /* NULL: none */
    bool is_unread; /* the problem is that it cannot be read */
};

struct verifier {
    const struct verify *v;
    struct verify_summary *summary;
    int folder;
    struct listed *files;
    size_t count, capacity;
    bool is_manifest_sound; /* all its lines could be read */
    struct source *sources; /* one per thread */
};

void verify_tell(const struct verify *v, struct verify_summary *summary, struct view file,
                 const char *what)
{
    summary->problems++;
    v->on_problem(v->context, file, what);
}

void verify_tell_unread(const struct verify *v, struct verify_summary *summary, struct view file,
                        const struct err *why)
{
    if (summary->unread++ == 0)
        summary->unread_why = *why;
    v->on_problem(v->context, file, why->text);
}

static void tell(struct verifier *k, const char *file, const char *what)
{
    verify_tell(k->v, k->summary, view_of_string(file), what);
}

static void tell_of(struct verifier *k, const char *file, enum rc rc, const struct err *why)
{
    if (rc == RC_IO)
        verify_tell_unread(k->v, k->summary, view_of_string(file), why);
    else
        tell(k, file, why->text);
}

/* ---- The manifest ---- */

/* The path is not in *ret yet. */
static bool read_listed(struct line_file *f, struct json_value line, struct view *ret_path,
                        struct listed *ret)
{
    struct view checksum;
    *ret = (struct listed){0};
    if (!line_text(f, line, "path", ret_path) || ret_path->size >= PATH_MAX ||
        memchr(ret_path->data, '\0', ret_path->size) != NULL ||
        !line_number(f, line, "bytes", &ret->bytes) || !line_text(f, line, "checksum", &checksum) ||
        !hash128_read(checksum, &ret->checksum))
        return false;
    ret->is_dataset = line_number(f, line, "rows", &ret->rows);
    return true;
}

/* NULL when the entry belongs behind those before it. */
static const char *why_unfit(const struct verifier *k, const struct listed *entry)
{
    if (!path_is_below(entry->path))
        return "names a path outside OUT";
    if (k->count > 0 && strcmp(k->files[k->count - 1].path, entry->path) >= 0)
        return "is not in the order of paths";
    return NULL;
}

static enum rc add_listed(struct verifier *k, struct line_file *f, struct json_value line,
                          struct err *err)
{
    char text[128];
    struct view path;
    struct listed entry;
    if (!ARRAY_HAS_ROOM(k->files, k->count, k->capacity, 64))
        return err_set(err, RC_NO_MEMORY, "no memory for the manifest");
    const char *why = "has another form";
    if (read_listed(f, line, &path, &entry)) {
        entry.path = strndup(path.data, path.size);
        if (entry.path == NULL)
            return err_set(err, RC_NO_MEMORY, "no memory for the manifest");
        why = why_unfit(k, &entry);
        if (why == NULL)
            k->files[k->count++] = entry;
        else
            free(entry.path);
    }
    if (why == NULL)
        return RC_OK;
    k->is_manifest_sound = false;
    snprintf(text, sizeof(text), "line %" PRIu64 ": %s", f->number, why);
    tell(k, manifest_name, text);
    return RC_OK;
}

static enum rc read_manifest_lines(struct verifier *k, struct line_file *f, struct err *err)
{
    struct json_value line;
    struct err why;
    enum rc rc;
    while ((rc = line_file_next(f, &line, &why)) != RC_END) {
        if (rc == RC_NO_MEMORY)
            return err_set(err, rc, "%s", why.text);
        if (rc == RC_OK) {
            TRY(add_listed(k, f, line, err));
            continue;
        }
        k->is_manifest_sound = false;
        tell_of(k, manifest_name, rc, &why);
        if (rc != RC_BAD_INPUT)
            return RC_OK;
    }
    return RC_OK;
}

static enum rc read_manifest(struct verifier *k, struct err *err)
{
    struct line_file f;
    struct err why;
    k->is_manifest_sound = true;
    enum rc rc = line_file_open(&f, k->folder, manifest_name, &why);
    if (rc == RC_NO_MEMORY)
        return err_set(err, rc, "%s", why.text);
    if (rc != RC_OK) {
        k->is_manifest_sound = false;
        if (rc == RC_END)
            tell(k, manifest_name, "is missing");
        else
            tell_of(k, manifest_name, rc, &why);
        return RC_OK;
    }
    rc = read_manifest_lines(k, &f, err);
    line_file_close(&f);
    return rc;
}

/* _SUCCESS holds the manifest's checksum and a newline, nothing else. */
static enum rc check_success(struct verifier *k, struct err *err)
{
    struct buf text = {0};
    struct hash128 checksum;
    uint64_t bytes;
    char wanted[40];
    struct err why;
    struct stat st;
    if (fstatat(k->folder, success_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode)) {
        tell(k, success_name, "is not a regular file");
        return RC_OK;
    }
    enum rc rc = file_read(k->folder, success_name, 4096, &text, &why);
    if (rc == RC_END)
        tell(k, success_name, "is missing");
    else if (rc == RC_OK)
        rc = file_checksum(k->folder, manifest_name, &bytes, &checksum, &why);
    if (rc == RC_OK) {
        int size = snprintf(wanted, sizeof(wanted), "%016" PRIx64 "%016" PRIx64 "\n", checksum.high,
                            checksum.low);
        if (!view_equals(buf_view(&text), view_of(wanted, (size_t)size)))
            tell(k, success_name,
                 "is not the checksum of manifest.jsonl: one of the two was changed");
    } else if (rc != RC_END && rc != RC_NO_MEMORY && k->is_manifest_sound) {
        tell_of(k, success_name, rc, &why);
    }
    buf_done(&text);
    return rc == RC_NO_MEMORY ? err_set(err, rc, "%s", why.text) : RC_OK;
}

/* ---- One file ---- */

static enum rc set_problem(struct listed *file, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum rc set_problem(struct listed *file, struct err *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int size = vasprintf(&file->problem, format, args);
    va_end(args);
    if (size >= 0)
        return RC_OK;
    file->problem = NULL;
    return err_set(err, RC_NO_MEMORY, "no memory for a line of text");
}

static enum rc set_problem_of(struct listed *file, enum rc rc, const struct err *why,
                              struct err *err)
{
    if (rc == RC_NO_MEMORY)
        return err_set(err, rc, "%s", why->text);
    file->is_unread = rc == RC_IO;
    return set_problem(file, err, "%s", why->text);
}

/* What is wrong inside, also where the checksum has told already: it may say
 * which rows are lost. */
static enum rc check_parquet(struct verifier *k, struct listed *file, unsigned thread,
                             bool is_changed, struct err *err)
{
    char path[2 * PATH_MAX];
    struct source *source = &k->sources[thread];
    struct check_summary summary;
    struct err why = {0};
    snprintf(path, sizeof(path), "%s/%s", k->v->out, file->path);
    struct source_range range = {path, file->bytes, 0, file->bytes};
    enum rc rc = source_open(source, &range, &why);
    if (rc == RC_OK)
        rc = check_file(source->bytes, PAGE_BYTES_LIMIT, &summary, &why);
    if (rc == RC_OK && source_check(source) != SOURCE_SOUND)
        rc = err_set(&why, RC_BAD_INPUT, "changed while it was read");
    source_close(source);
    if (is_changed)
        return set_problem(file, err, "its checksum is not that of the manifest%s%s",
                           rc == RC_BAD_INPUT ? ": " : "", rc == RC_BAD_INPUT ? why.text : "");
    if (rc == RC_NO_MEMORY)
        return err_set(err, rc, "%s: %s", file->path, why.text);
    if (rc != RC_OK)
        return set_problem_of(file, rc, &why, err);
    if (summary.rows != file->rows)
        return set_problem(file, err, "holds %" PRIu64 " rows, the manifest says %" PRIu64,
                           summary.rows, file->rows);
    return RC_OK;
}

static enum rc check_contents(struct verifier *k, struct listed *file, unsigned thread,
                              struct err *err)
{
    struct hash128 checksum;
    uint64_t bytes;
    struct err why;
    enum rc rc = file_checksum(k->folder, file->path, &bytes, &checksum, &why);
    if (rc != RC_OK)
        return set_problem_of(file, rc, &why, err);
    bool is_changed = checksum.high != file->checksum.high || checksum.low != file->checksum.low;
    if (file->is_dataset)
        return check_parquet(k, file, thread, is_changed, err);
    return is_changed ? set_problem(file, err, "its checksum is not that of the manifest") : RC_OK;
}

static enum rc check_listed(void *context, size_t index, unsigned thread, struct err *err)
{
    struct verifier *k = context;
    struct listed *file = &k->files[index];
    struct stat st;
    struct err why;
    enum rc rc;
    if (fstatat(k->folder, file->path, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return set_problem(file, err, "is missing");
        rc = err_errno_at(&why, k->folder, file->path, "cannot look at it");
        return set_problem_of(file, rc, &why, err);
    }
    if (!S_ISREG(st.st_mode))
        return set_problem(file, err, "is not a regular file");
    if ((uint64_t)st.st_size != file->bytes)
        return set_problem(file, err, "holds %" PRIu64 " bytes, the manifest says %" PRIu64,
                           (uint64_t)st.st_size, file->bytes);
    if (!verify_part_takes(&k->v->sample, view_of_string(file->path)))
        return RC_OK;
    file->is_seen = true;
    return check_contents(k, file, thread, err);
}

static void tell_listed(struct verifier *k, const struct listed *file)
{
    struct err why;
    enum rc rc = err_set(&why, file->is_unread ? RC_IO : RC_BAD_INPUT, "%s", file->problem);
    tell_of(k, file->path, rc, &why);
}

static enum rc check_files(struct verifier *k, struct err *err)
{
    unsigned threads = k->v->threads > 0 ? k->v->threads : 1;
    k->sources = calloc(threads, sizeof(*k->sources));
    if (k->sources == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to begin");
    enum rc rc = tasks_run(k->count, threads, check_listed, k, err);
    for (unsigned i = 0; i < threads; i++)
        source_done(&k->sources[i]);
    free(k->sources);
    for (size_t i = 0; rc == RC_OK && i < k->count; i++) {
        const struct listed *file = &k->files[i];
        if (file->problem != NULL)
            tell_listed(k, file);
        if (!file->is_seen)
            continue;
        k->summary->files++;
        k->summary->bytes += file->bytes;
        k->summary->rows += file->rows;
    }
    return rc;
}

/* ---- The tree ---- */

static int by_path(const void *key, const void *entry)
{
    return strcmp(key, ((const struct listed *)entry)->path);
}

static enum rc check_in_manifest(void *context, const char *path, uint64_t bytes, struct err *err)
{
    struct verifier *k = context;
    (void)bytes;
    (void)err;
    if (strcmp(path, manifest_name) == 0 || strcmp(path, success_name) == 0 ||
        strcmp(path, timing_name) == 0)
        return RC_OK;
    if (k->count == 0 || bsearch(path, k->files, k->count, sizeof(*k->files), by_path) == NULL)
        tell(k, path, "is not in the manifest");
    return RC_OK;
}

static enum rc check_tree(struct verifier *k, struct err *err)
{
    struct err why;
    /* A line that could not be read would make an intruder of its file. */
    if (!k->is_manifest_sound)
        return RC_OK;
    enum rc rc = tree_walk(k->folder, ".", check_in_manifest, k, &why);
    if (rc == RC_NO_MEMORY)
        return err_set(err, rc, "%s", why.text);
    if (rc != RC_OK)
        tell_of(k, ".", rc, &why);
    return RC_OK;
}

/* ---- All of it ---- */

static enum rc check_sums(struct verifier *k, struct err *err)
{
    struct verify_listed_sums listed = {.is_whole = k->is_manifest_sound};
    for (size_t i = 0; i < k->count; i++) {
        if (!k->files[i].is_dataset)
            continue;
        listed.files++;
        listed.rows += k->files[i].rows;
        listed.bytes += k->files[i].bytes;
    }
    return verify_sums(k->v, k->folder, &listed, k->summary, err);
}

static enum rc verify_folder(struct verifier *k, struct err *err)
{
    bool has_success, has_manifest;
    TRY(path_exists(k->folder, success_name, &has_success, err));
    TRY(path_exists(k->folder, manifest_name, &has_manifest, err));
    if (!has_success && !has_manifest)
        return err_set(err, RC_USAGE, "%s: holds no finished run of millrace", k->v->out);
    TRY(read_manifest(k, err));
    TRY(check_success(k, err));
    TRY(check_files(k, err));
    TRY(check_tree(k, err));
    return check_sums(k, err);
}

enum rc verify_out(const struct verify *v, struct verify_summary *ret, struct err *err)
{
    assert(v->on_problem != NULL);
    struct verifier k = {.v = v, .summary = ret};
    k.folder = open(v->out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (k.folder < 0)
        return err_errno_named(err, "%s: cannot open the folder", v->out);
    enum rc rc = verify_folder(&k, err);
    close(k.folder);
    for (size_t i = 0; i < k.count; i++) {
        free(k.files[i].path);
        free(k.files[i].problem);
    }
    free(k.files);
    return rc;
}
