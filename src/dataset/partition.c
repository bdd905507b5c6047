#include "dataset/partition.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DAY_BYTES = 10, PATH_BYTES = 256 };

bool partition_day_is_valid(struct view day)
{
    if (view_equals(day, VIEW(PARTITION_NO_DAY)))
        return true;
    if (day.size != DAY_BYTES)
        return false;
    for (size_t i = 0; i < DAY_BYTES; i++) {
        bool is_dash = i == 4 || i == 7;
        if (is_dash ? day.data[i] != '-' : !byte_is_digit(day.data[i]))
            return false;
    }
    return true;
}

void partition_path(char *ret_path, size_t path_bytes, struct view day, uint32_t batch,
                    uint32_t seq)
{
    assert(partition_day_is_valid(day));
    int length = snprintf(ret_path, path_bytes, "%s/dt=%.*s/part-%06u-%04u.parquet",
                          PARTITION_FOLDER, (int)day.size, day.data, batch, seq);
    assert(length > 0 && (size_t)length < path_bytes);
    (void)length;
}

/* The path up to its last slash. */
static void folder_of(char ret_folder[PATH_BYTES], const char *path)
{
    const char *slash = strrchr(path, '/');
    assert(slash != NULL && slash - path < PATH_BYTES);
    memcpy(ret_folder, path, (size_t)(slash - path));
    ret_folder[slash - path] = '\0';
}

static enum rc make_one(int tree, const char *folder, struct err *err)
{
    if (mkdirat(tree, folder, 0700) != 0 && errno != EEXIST)
        return err_errno_at(err, tree, folder, "cannot make the folder");
    return RC_OK;
}

enum rc partition_make(int tree, const char *path, struct err *err)
{
    char folder[PATH_BYTES];
    folder_of(folder, path);
    if (mkdirat(tree, folder, 0700) == 0 || errno == EEXIST)
        return RC_OK;
    char parent[PATH_BYTES];
    folder_of(parent, folder);
    TRY(make_one(tree, parent, err));
    return make_one(tree, folder, err);
}

static enum rc sync_one(int tree, const char *folder, struct err *err)
{
    int fd = openat(tree, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_errno_at(err, tree, folder, "cannot open the folder");
    int failed = fsync(fd) != 0 ? errno : 0;
    close(fd);
    errno = failed;
    if (failed)
        return err_errno_at(err, tree, folder, "cannot make the folder durable");
    return RC_OK;
}

enum rc partition_sync_day(int tree, const char *path, struct err *err)
{
    char folder[PATH_BYTES];
    folder_of(folder, path);
    return sync_one(tree, folder, err);
}

enum rc partition_sync_tree(int tree, struct err *err)
{
    TRY(sync_one(tree, PARTITION_FOLDER, err));
    return sync_one(tree, ".", err);
}
