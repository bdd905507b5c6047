#include "commit/merge.h"

#include "alert/partial.h"
#include "commit/atomic_file.h"
#include "commit/duplicates.h"
#include "commit/known_keys.h"
#include "commit/manifest.h"
#include "commit/reports.h"
#include "dataset/partition.h"
#include "dataset/views.h"
#include "limits.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Attempt folders open at once while one folder is gathered. A fixed number, as
 * it decides where a folder's files are cut when there are more batches. */
enum { GATHER_FOLDERS_MAX = 512 };

static const char next_name[] = "next";

/* What building the tree needs besides the caller's part. */
struct build {
    const struct merge *m;
    int next; /* open OUT.work/next */
    struct manifest manifest;
    struct ledger *ledger;
    char next_path[PATH_MAX];
};

/* ---- Ledger ---- */

/* Slices do not count their object: whether it is clean shows only here. */
static void count_sliced_objects(const struct merge *m, struct ledger *ledger)
{
    for (size_t i = 0; i < m->results->count;) {
        const struct batch_result *r = &m->results->at[i];
        uint32_t slices = m->plan->batches[r->batch - m->plan->number_base].slice_count;
        if (slices < 2 || (r->revision & REVISION_WHOLE) != 0) {
            i++;
            continue;
        }
        bool is_damaged = false;
        for (uint32_t s = 0; s < slices; s++)
            is_damaged |= m->results->at[i + s].is_damaged;
        ledger->objects.total++;
        ledger->objects.clean += !is_damaged;
        ledger->objects.damaged += is_damaged;
        i += slices;
    }
}

static enum rc sum_ledgers(const struct merge *m, struct ledger *ledger, struct err *err)
{
    for (size_t i = 0; i < m->results->count; i++) {
        if (!ledger_add(ledger, &m->results->at[i].ledger))
            return err_set(err, RC_NO_MEMORY, "no memory for the ledger");
    }
    ledger->has_dedupe |= m->options->dedupe;
    count_sliced_objects(m, ledger);
    uint64_t stored_bytes = m->plan->objects->bytes;
    if (m->held != NULL) {
        stored_bytes += m->held->ledger.stored_bytes.total;
        if (!ledger_add(ledger, &m->held->ledger))
            return err_set(err, RC_NO_MEMORY, "no memory for the ledger");
    }
    ledger->stored_bytes.skipped += m->plan->objects->pruned_bytes;
    ledger->stored_bytes.total += m->plan->objects->pruned_bytes;
    ledger->objects.total += m->plan->objects->pruned_count;
    ledger->objects.clean += m->plan->objects->pruned_count;
    const char *what;
    if (!ledger_holds(ledger, &what) ||
        (what = "stored_bytes", ledger->stored_bytes.total != stored_bytes))
        return err_set(err, RC_FAILED, "the account of %s does not add up; please report it", what);
    return RC_OK;
}

/* ---- Dataset ---- */

struct batch_file {
    const struct dataset_file *file;
    const char *attempt;
    size_t order; /* plan order */
};

static struct view folder_of_path(const char *path)
{
    const char *slash = strrchr(path, '/');
    assert(slash != NULL);
    return view_of(path, (size_t)(slash - path));
}

static int by_folder_then_order(const void *a, const void *b)
{
    const struct batch_file *x = a, *y = b;
    int order = view_compare(folder_of_path(x->file->path), folder_of_path(y->file->path));
    return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

static enum rc on_gathered(void *context, const struct dataset_file *file, struct err *err)
{
    struct build *b = context;
    b->ledger->dataset.files++;
    b->ledger->dataset.rows += file->rows;
    b->ledger->dataset.bytes += file->bytes;
    return manifest_add_dataset(&b->manifest, file, err);
}

static int open_attempt(const struct build *b, const char *attempt, struct err *err, enum rc *rc)
{
    char path[64];
    int fd = -1;
    snprintf(path, sizeof(path), "attempt/%s", attempt);
    *rc = folder_open(b->m->work, path, &fd, err);
    if (*rc == RC_END)
        *rc =
            err_set(err, RC_FAILED,
                    "%s is gone from the work folder; remove the work folder and run again", path);
    return fd;
}

/* Gathers files[0 … count) of one folder; files of one attempt are neighbours. */
static enum rc gather_open(struct build *b, const struct batch_file *files, size_t count,
                           int *folders, struct dataset_file *copies, struct err *err)
{
    enum rc rc = RC_OK;
    size_t opened = 0;
    for (; opened < count && rc == RC_OK; opened++) {
        copies[opened] = *files[opened].file;
        bool is_same = opened > 0 && files[opened].attempt == files[opened - 1].attempt;
        folders[opened] =
            is_same ? folders[opened - 1] : open_attempt(b, files[opened].attempt, err, &rc);
    }
    if (rc == RC_OK) {
        const struct dataset_parts parts = {folders, copies, count, b->next, b->m->sync};
        rc = dataset_gather(&parts, on_gathered, b, err);
    }
    for (size_t i = 0; i < opened; i++) {
        if (folders[i] >= 0 && (i == 0 || folders[i] != folders[i - 1]))
            close(folders[i]);
    }
    return rc;
}

static enum rc gather_some(struct build *b, const struct batch_file *files, size_t count,
                           struct err *err)
{
    int *folders = calloc(count, sizeof(*folders));
    struct dataset_file *copies = calloc(count, sizeof(*copies));
    enum rc rc = folders == NULL || copies == NULL
                     ? err_set(err, RC_NO_MEMORY, "no memory for the list of files")
                     : gather_open(b, files, count, folders, copies, err);
    free(folders);
    free(copies);
    return rc;
}

/* How many of files[0 … count) belong to the first one's folder, counting at most
 * GATHER_FOLDERS_MAX attempts. */
static size_t same_folder(const struct batch_file *files, size_t count)
{
    struct view folder = folder_of_path(files[0].file->path);
    size_t end = 1, attempts = 1;
    while (end < count && view_equals(folder_of_path(files[end].file->path), folder)) {
        attempts += files[end].attempt != files[end - 1].attempt;
        if (attempts > GATHER_FOLDERS_MAX)
            break;
        end++;
    }
    return end;
}

static size_t list_files(const struct results *results, struct batch_file *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < results->count; i++) {
        for (size_t j = 0; j < results->at[i].files_count; j++, count++) {
            if (ret != NULL)
                ret[count] =
                    (struct batch_file){&results->at[i].files[j], results->at[i].attempt, count};
        }
    }
    return count;
}

/* A file of an earlier generation is in the next tree as a second name. */
static enum rc link_earlier(void *context, const struct dataset_file *file, struct err *err)
{
    struct build *b = context;
    TRY(partition_make(b->next, file->path, err));
    if (linkat(b->m->held->folder, file->path, b->next, file->path, 0) != 0)
        return err_errno_at(err, b->next, file->path, "cannot link it into the next tree");
    if (strncmp(file->path, KNOWN_KEYS_FOLDER "/", sizeof(KNOWN_KEYS_FOLDER)) == 0)
        return RC_OK;
    b->ledger->dataset.files++;
    b->ledger->dataset.rows += file->rows;
    b->ledger->dataset.bytes += file->bytes;
    return RC_OK;
}

static enum rc gather_dataset(struct build *b, struct err *err)
{
    size_t count = list_files(b->m->results, NULL);
    /* What the batches wrote is replaced by what is gathered from it. */
    b->ledger->dataset.files = b->ledger->dataset.rows = b->ledger->dataset.bytes = 0;
    if (b->m->held != NULL)
        TRY(manifest_add_earlier(&b->manifest, b->m->held->folder, link_earlier, b, err));
    if (count == 0)
        return RC_OK;
    struct batch_file *files = calloc(count, sizeof(*files));
    if (files == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory for the list of files");
    list_files(b->m->results, files);
    qsort(files, count, sizeof(*files), by_folder_then_order);
    enum rc rc = RC_OK;
    for (size_t at = 0; at < count && rc == RC_OK;) {
        size_t some = same_folder(&files[at], count - at);
        rc = gather_some(b, &files[at], some, err);
        at += some;
    }
    free(files);
    return rc;
}

/* The keys of this generation, for the next one. */
static enum rc link_keys(struct build *b, struct err *err)
{
    char path[KNOWN_KEYS_PATH_BYTES];
    struct dataset_file file = {
        .path = path, .bytes = b->m->keys.bytes, .checksum = b->m->keys.checksum};
    known_keys_path(path, b->m->head.generation);
    TRY(folder_make(b->next, KNOWN_KEYS_FOLDER, err));
    if (linkat(b->m->work, NEW_KEYS_FILE, b->next, file.path, 0) != 0)
        return err_errno_at(err, b->next, file.path, "cannot link it into the next tree");
    return manifest_add_known(&b->manifest, &file, err);
}

/* ---- Alerts and reports ---- */

/* One path per batch, and the earlier generations' partial. */
static enum rc list_partials(struct build *b, char **paths, size_t *ret_count, struct err *err)
{
    const struct results *results = b->m->results;
    size_t count = 0;
    for (; count < results->count; count++) {
        if (asprintf(&paths[count], "%s/%s/attempt/%s/partial", b->m->root_path, b->m->plan->hash,
                     results->at[count].attempt) < 0)
            return err_set(err, RC_NO_MEMORY, "no memory to merge");
        *ret_count = count + 1;
    }
    if (b->m->held == NULL)
        return RC_OK;
    if (asprintf(&paths[count], "%s/report.partial", b->m->out) < 0)
        return err_set(err, RC_NO_MEMORY, "no memory to merge");
    *ret_count = count + 1;
    return RC_OK;
}

static enum rc merge_partials(struct build *b, struct err *err)
{
    char to[PATH_MAX + 32];
    snprintf(to, sizeof(to), "%s/report.partial", b->next_path);
    char **paths = calloc(b->m->results->count + 1, sizeof(*paths));
    size_t count = 0;
    enum rc rc = paths == NULL ? err_set(err, RC_NO_MEMORY, "no memory to merge")
                               : list_partials(b, paths, &count, err);
    if (rc == RC_OK)
        rc = partial_merge_shared(&(struct partial_inputs){(const char *const *)paths, count}, to,
                                  b->m->options->threads, b->m->sync, err);
    for (size_t i = 0; i < count; i++)
        free(paths[i]);
    free(paths);
    return rc;
}

static enum rc write_reports(struct build *b, struct err *err)
{
    char path[PATH_MAX + 32];
    struct report_options options = {.redact = b->m->options->redact,
                                     .redact_rules = b->m->redact_rules,
                                     .baseline = b->m->baseline};
    snprintf(path, sizeof(path), "%s/report.partial", b->next_path);
    struct reports reports = {.partial = path,
                              .groups_max = b->m->options->groups_max,
                              .ledger = b->ledger,
                              .options = &options,
                              .threads = b->m->options->threads,
                              .sync = b->m->sync};
    return reports_write(&reports, b->next, err);
}

/* ---- Quarantine and the small files ---- */

static enum rc append_file(struct file_writer *w, int folder, const char *path, struct err *err)
{
    struct buf text = {0};
    enum rc rc = file_read(folder, path, SIZE_MAX / 8, &text, err);
    if (rc == RC_OK)
        rc = file_writer_write(w, buf_view(&text), err);
    buf_done(&text);
    return rc == RC_END ? RC_OK : rc;
}

static enum rc write_quarantine(struct build *b, struct err *err)
{
    struct file_writer *w;
    TRY(file_writer_open(b->next, "quarantine.ndjson", &w, err));
    file_writer_sync_by(w, b->m->sync);
    enum rc rc = RC_OK;
    if (b->m->held != NULL)
        rc = append_file(w, b->m->held->folder, "quarantine.ndjson", err);
    for (size_t i = 0; i < b->m->results->count && rc == RC_OK; i++) {
        char path[96];
        snprintf(path, sizeof(path), "attempt/%s/quarantine.ndjson", b->m->results->at[i].attempt);
        rc = append_file(w, b->m->work, path, err);
    }
    if (rc == RC_OK)
        return file_writer_close(w, NULL, NULL, err);
    file_writer_abandon(w);
    return rc;
}

static enum rc write_ledger(struct build *b, struct err *err)
{
    struct buf text = {0};
    ledger_append_json(b->ledger, &text);
    buf_append_byte(&text, '\n');
    enum rc rc = buf_failed(&text)
                     ? err_set(err, RC_NO_MEMORY, "no memory for the ledger")
                     : file_write_by(b->m->sync, b->next, "ledger.json", buf_view(&text), err);
    buf_done(&text);
    return rc;
}

static enum rc write_views(struct build *b, struct err *err)
{
    struct stat report;
    if (fstatat(b->next, "report.json", &report, AT_SYMLINK_NOFOLLOW) != 0)
        return err_errno_at(err, b->next, "report.json", "cannot look at it");
    struct buf text = {0};
    views_append(&text, b->ledger->dataset.files > 0 ? &b->m->options->partition_by : NULL,
                 (uint64_t)report.st_size);
    enum rc rc = buf_failed(&text)
                     ? err_set(err, RC_NO_MEMORY, "no memory for " VIEWS_FILE)
                     : file_write_by(b->m->sync, b->next, VIEWS_FILE, buf_view(&text), err);
    buf_done(&text);
    return rc;
}

static enum rc write_objects(struct build *b, struct err *err)
{
    struct objects_place at = {.folder = b->next,
                               .earlier = b->m->held != NULL ? b->m->held->folder : -1,
                               .sync = b->m->sync};
    return objects_write(&at, &b->m->head, b->m->plan->objects, b->m->program, err);
}

/* Everything but dataset files and what describes the tree itself. */
static enum rc list_small_files(struct build *b, struct err *err)
{
    static const char *const names[] = {VIEWS_FILE,          "ledger.json", "objects.ndjson",
                                        "quarantine.ndjson", "report.csv",  "report.html",
                                        "report.json",       "report.md",   "report.partial"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        TRY(manifest_add_file(&b->manifest, b->next, names[i], err));
    return RC_OK;
}

static enum rc build_tree(struct build *b, struct err *err)
{
    TRY(sum_ledgers(b->m, b->ledger, err));
    TRY(gather_dataset(b, err));
    if (b->m->options->dedupe)
        TRY(link_keys(b, err));
    TRY(merge_partials(b, err));
    TRY(write_reports(b, err));
    TRY(write_quarantine(b, err));
    TRY(write_ledger(b, err));
    TRY(write_views(b, err));
    TRY(write_objects(b, err));
    TRY(list_small_files(b, err));
    TRY(file_write_by(b->m->sync, b->next, "timing.json", view_of_string(b->m->timing_json), err));
    TRY(manifest_write(&b->manifest, b->next, b->m->sync, err));
    TRY(tree_sync(b->m->root, next_name, b->m->sync, err));
    return sync_queue_wait(b->m->sync, sync_queue_mark(b->m->sync), err);
}

/* What merge reads is what millrace wrote: where that is damaged no input is to
 * blame, and the run has failed. */
static bool is_damage(enum rc rc)
{
    return rc == RC_MISMATCH || rc_info(rc)->kind == RC_KIND_VERDICT;
}

static enum rc fail_damaged(const struct merge *m, struct err *err)
{
    struct err why = *err;
    if (strncmp(why.text, m->root_path, strlen(m->root_path)) == 0)
        return err_set(err, RC_FAILED, "%s; remove %s and run again", why.text, m->root_path);
    return err_set(err, RC_FAILED, "%s; --force builds everything anew", why.text);
}

enum rc merge_build(const struct merge *m, struct ledger *ret_ledger, struct err *err)
{
    struct build b = {.m = m, .ledger = ret_ledger, .next = -1};
    if (snprintf(b.next_path, sizeof(b.next_path), "%s/%s", m->root_path, next_name) >=
        (int)sizeof(b.next_path))
        return err_set(err, RC_FAILED, "%s: the path is too long", m->root_path);
    TRY(tree_remove(m->root, next_name, err));
    TRY(folder_make(m->root, next_name, err));
    enum rc rc = folder_open_made(m->root, next_name, &b.next, err);
    if (rc == RC_OK)
        rc = build_tree(&b, err);
    if (b.next >= 0)
        close(b.next);
    manifest_done(&b.manifest);
    return is_damage(rc) ? fail_damaged(m, err) : rc;
}

/* ---- Publication ---- */

static enum rc exchange(int root, const char *out, struct err *err)
{
    if (renameat2(root, next_name, AT_FDCWD, out, RENAME_EXCHANGE) != 0)
        return err_errno(err, "%s: cannot exchange it with the finished tree", out);
    TRY(folder_sync_above(out, err));
    return tree_remove(root, next_name, err);
}

enum rc merge_publish(int root, const char *root_path, const char *out, struct err *err)
{
    /* rename(2) also takes the place of an empty folder. */
    if (renameat(root, next_name, AT_FDCWD, out) == 0)
        return folder_sync_above(out, err);
    if (errno == EXDEV)
        return err_set(err, RC_USAGE,
                       "%s and %s are on different filesystems; choose --work on "
                       "the filesystem of OUT",
                       root_path, out);
    if (errno == ENOTEMPTY || errno == EEXIST)
        return exchange(root, out, err);
    return err_errno(err, "%s: cannot publish the finished tree there", out);
}
