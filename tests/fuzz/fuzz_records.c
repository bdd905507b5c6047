/* What millrace reads of its own files: the journal of a batch, the manifest,
 * the list of objects, the ledger, a whole finished run. Any bytes are refused
 * with one line, or read; what was read can be written and read again. */
#include "fuzz_folder.h"

#include "commit/duplicates.h"
#include "commit/held.h"
#include "commit/journal.h"
#include "commit/manifest.h"
#include "commit/verify.h"

static struct fuzz_folder folder;

static const char *const files[] = {"done/000001.json",
                                    "manifest.jsonl",
                                    "objects.ndjson",
                                    "ledger.json",
                                    "_SUCCESS",
                                    "done/",
                                    NULL};

static void remove_folder(void)
{
    fuzz_folder_remove(&folder, files);
}

static void check_failure(enum rc rc, const struct err *err)
{
    FUZZ_HOLDS(rc_info(rc)->kind != RC_KIND_NONE || rc == RC_END);
    FUZZ_HOLDS(rc == RC_END || err->text[0] != '\0');
    FUZZ_HOLDS(strchr(err->text, '\n') == NULL);
}

/* A path that leads out of the tree must not be acted upon. */
static void check_path(const char *path)
{
    for (const char *at = path; at != NULL; at = strchr(at, '/')) {
        at += *at == '/' && at > path;
        FUZZ_HOLDS(*at != '/' && *at != '\0' && strcmp(at, "..") != 0 &&
                   strncmp(at, "../", 3) != 0);
    }
}

static void read_journal(void)
{
    struct batch_result result;
    struct err err = {{0}};
    enum rc rc = journal_read(folder.fd, 1, REVISION_PLANNED, &result, &err);
    if (rc != RC_OK) {
        check_failure(rc, &err);
        return;
    }
    const char *what;
    FUZZ_HOLDS(result.batch == 1);
    check_path(result.attempt);
    for (size_t i = 0; i < result.files_count; i++)
        check_path(result.files[i].path);
    ledger_holds(&result.ledger, &what);
    batch_result_done(&result);
}

static enum rc on_file(void *context, const struct dataset_file *file, struct err *err)
{
    (void)context;
    (void)err;
    check_path(file->path);
    return RC_OK;
}

static void read_manifest(void)
{
    struct manifest m = {0};
    struct err err = {{0}};
    enum rc rc = manifest_add_earlier(&m, folder.fd, on_file, NULL, &err);
    if (rc != RC_OK)
        check_failure(rc, &err);
    manifest_done(&m);
}

/* A ledger that was read is written as it was read. */
static void read_again(const struct ledger *ledger)
{
    struct buf once = {0}, twice = {0};
    struct ledger again;
    struct json_value root;
    ledger_init(&again);
    ledger_append_json(ledger, &once);
    struct json_parser *p = json_parser_new(CPU_SCALAR, once.size);
    FUZZ_HOLDS(json_parse(p, buf_view(&once), &root, NULL) == RC_OK);
    FUZZ_HOLDS(ledger_read_json(p, root, &again) == RC_OK);
    ledger_append_json(&again, &twice);
    FUZZ_HOLDS(view_equals(buf_view(&once), buf_view(&twice)));
    json_parser_free(p);
    ledger_done(&again);
    buf_done(&once);
    buf_done(&twice);
}

static void read_finished(void)
{
    struct held held;
    struct err err = {{0}};
    uint64_t size;
    int fd = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum rc rc = held_read(fd, &held, &err);
    if (rc != RC_OK) {
        check_failure(rc, &err);
        close(fd);
        return;
    }
    held_find(&held, VIEW("bucket/object"), &size);
    read_again(&held.ledger);
    held_done(&held);
}

static void on_problem(void *context, struct view file, const char *what)
{
    (void)file;
    FUZZ_HOLDS(what[0] != '\0');
    ++*(uint64_t *)context;
}

static void verify(void)
{
    uint64_t problems = 0;
    struct err err = {{0}};
    struct verify v = {
        .out = folder.path, .threads = 1, .on_problem = on_problem, .context = &problems};
    struct verify_summary summary = {0};
    ledger_init(&summary.ledger);
    enum rc rc = verify_out(&v, &summary, &err);
    if (rc == RC_OK)
        FUZZ_HOLDS(summary.problems == problems && problems > 0);
    else
        check_failure(rc, &err);
    ledger_done(&summary.ledger);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (folder.path[0] == '\0') {
        folder = fuzz_folder_new();
        FUZZ_HOLDS(mkdirat(folder.fd, "done", 0700) == 0);
        atexit(remove_folder);
    }
    struct view in = view_of(data, size < FUZZ_BYTES_MAX ? size : FUZZ_BYTES_MAX);
    for (size_t i = 0; i < 5; i++)
        fuzz_folder_write(&folder, files[i], i < 4 ? fuzz_part(&in) : in);
    read_journal();
    read_manifest();
    read_finished();
    verify();
    return 0;
}
