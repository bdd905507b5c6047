#include "commit/told.h"

#include "commit/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The folder, the next one being made, the one being replaced. */
struct paths {
    char told[PATH_MAX], next[PATH_MAX], old[PATH_MAX];
};

static enum rc paths_of(const char *path, struct paths *ret, struct err *err)
{
    if (snprintf(ret->told, PATH_MAX, "%s", path) >= PATH_MAX - 8)
        return err_set(err, RC_USAGE, "%s: the path is too long", path);
    snprintf(ret->next, PATH_MAX, "%s.next", path);
    snprintf(ret->old, PATH_MAX, "%s.old", path);
    return RC_OK;
}

static enum rc move(const char *from, const char *to, struct err *err)
{
    if (rename(from, to) != 0)
        return err_errno(err, "%s: cannot rename it to %s", from, to);
    return RC_OK;
}

enum rc told_open(const char *path, size_t groups_max, struct finished *ret, struct err *err)
{
    struct paths p;
    bool is_told, is_old = false;
    *ret = (struct finished){0};
    TRY(paths_of(path, &p, err));
    TRY(path_exists(AT_FDCWD, p.told, &is_told, err));
    if (!is_told)
        TRY(path_exists(AT_FDCWD, p.old, &is_old, err));
    /* A crash between the two renames of told_keep(). */
    if (is_old)
        TRY(move(p.old, p.told, err));
    if (!is_told && !is_old)
        return RC_OK;
    return finished_open(p.told, groups_max, ret, err);
}

enum rc told_is_of(const char *path, const char *out, bool *ret, struct err *err)
{
    struct paths p;
    struct hash128 told, now;
    char partial[PATH_MAX + 32];
    TRY(paths_of(path, &p, err));
    snprintf(partial, sizeof(partial), "%s/report.partial", p.told);
    TRY(path_exists(AT_FDCWD, partial, ret, err));
    if (!*ret)
        return RC_OK;
    TRY(finished_checksum(out, &now, err));
    TRY(finished_checksum(p.told, &told, err));
    *ret = memcmp(&now, &told, sizeof(now)) == 0;
    if (!*ret)
        return RC_OK;
    /* Of a crash at the end of told_keep(). */
    TRY(tree_remove(AT_FDCWD, p.next, err));
    return tree_remove(AT_FDCWD, p.old, err);
}

static enum rc link_report(const char *out, const char *to, struct err *err)
{
    static const char *const names[] = {"report.partial", "ledger.json", "_SUCCESS"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char from[PATH_MAX], file[PATH_MAX];
        if (snprintf(from, sizeof(from), "%s/%s", out, names[i]) >= PATH_MAX ||
            snprintf(file, sizeof(file), "%s/%s", to, names[i]) >= PATH_MAX)
            return err_set(err, RC_USAGE, "%s: the path is too long", out);
        if (link(from, file) != 0)
            return err_errno(err, "%s: cannot link it to %s", from, file);
    }
    return folder_sync(AT_FDCWD, to, err);
}

enum rc told_keep(const char *path, const char *out, struct err *err)
{
    struct paths p;
    bool is_told;
    TRY(paths_of(path, &p, err));
    TRY(tree_remove(AT_FDCWD, p.next, err));
    TRY(folder_make(AT_FDCWD, p.next, err));
    TRY(link_report(out, p.next, err));
    TRY(tree_remove(AT_FDCWD, p.old, err));
    TRY(path_exists(AT_FDCWD, p.told, &is_told, err));
    if (is_told)
        TRY(move(p.told, p.old, err));
    TRY(move(p.next, p.told, err));
    TRY(folder_sync_above(p.told, err));
    return tree_remove(AT_FDCWD, p.old, err);
}
