#include "commit/atomic_file.h"
#include "commit/merge.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* *is_kept: the open folder now belongs to *ret_held. */
static enum rc inspect_folder(int folder, enum out_state *ret, struct held *ret_held,
                              bool *is_kept, struct err *err)
{
    bool is_empty = false;
    TRY(folder_is_empty(folder, &is_empty, err));
    *ret = OUT_ABSENT;
    if (is_empty)
        return RC_OK;
    *ret = OUT_FOREIGN;
    enum rc rc = held_read(folder, ret_held, err);
    if (rc == RC_END)
        return RC_OK;
    TRY(rc);
    *is_kept = true;
    *ret = OUT_MILLRACE;
    return RC_OK;
}

enum rc out_inspect(const char *out, enum out_state *ret, struct held *ret_held, struct err *err)
{
    *ret = OUT_ABSENT;
    if (access(out, F_OK) != 0 && errno == ENOENT)
        return RC_OK;
    int folder = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 && errno == ENOTDIR)
        return err_set(err, RC_USAGE, "%s: is a file; name a folder to write to", out);
    if (folder < 0)
        return err_errno(err, "%s: cannot open the output folder", out);
    bool is_kept = false;
    enum rc rc = inspect_folder(folder, ret, ret_held, &is_kept, err);
    if (!is_kept)
        close(folder);
    return rc;
}
