#include "commit/atomic_file.h"
#include "commit/manifest.h"
#include "commit/merge.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LEDGER_BYTES_MAX = 16 * 1024 * 1024 };

static enum rc is_empty_folder(int folder, bool *ret, struct err *err)
{
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    if (dir == NULL)
        return err_errno(err, "cannot list the output folder");
    *ret = true;
    struct dirent *entry;
    while (*ret && (entry = readdir(dir)) != NULL)
        *ret = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(dir);
    return RC_OK;
}

static enum rc read_ledger(int folder, struct ledger *ret, struct err *err)
{
    struct buf text = {0};
    enum rc rc = file_read(folder, "ledger.json", LEDGER_BYTES_MAX, &text, err);
    struct json_parser *p = rc == RC_OK ? json_parser_new(CPU_SCALAR, text.size) : NULL;
    struct json_value root;
    if (p == NULL || json_parse(p, buf_view(&text), &root, NULL) != RC_OK ||
        !ledger_read_json(p, root, ret))
        rc = err_set(err, RC_FAILED, "its ledger.json cannot be read; use --force to build anew");
    json_parser_free(p);
    buf_done(&text);
    return rc;
}

static enum rc inspect_folder(int folder, enum out_state *ret, char ret_plan_hash[33],
                              struct ledger *ret_ledger, struct err *err)
{
    bool is_empty = false;
    TRY(is_empty_folder(folder, &is_empty, err));
    *ret = OUT_ABSENT;
    if (is_empty)
        return RC_OK;
    *ret = OUT_FOREIGN;
    if (faccessat(folder, "_SUCCESS", F_OK, 0) != 0)
        return RC_OK;
    enum rc rc = objects_read_plan(folder, ret_plan_hash, err);
    if (rc == RC_END)
        return RC_OK;
    TRY(rc);
    *ret = OUT_MILLRACE;
    return read_ledger(folder, ret_ledger, err);
}

enum rc out_inspect(const char *out, enum out_state *ret, char ret_plan_hash[33],
                    struct ledger *ret_ledger, struct err *err)
{
    int folder;
    if (access(out, F_OK) != 0 && errno == ENOENT) {
        *ret = OUT_ABSENT;
        return RC_OK;
    }
    folder = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 && errno == ENOTDIR)
        return err_set(err, RC_USAGE, "%s: is a file; name a folder to write to", out);
    if (folder < 0)
        return err_errno(err, "%s: cannot open the output folder", out);
    enum rc rc = inspect_folder(folder, ret, ret_plan_hash, ret_ledger, err);
    close(folder);
    return rc;
}
