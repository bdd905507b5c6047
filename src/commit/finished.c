#include "commit/finished.h"

#include "commit/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LEDGER_BYTES_MAX = 16 * 1024 * 1024 };

static enum rc path_in(const char *folder, const char *name, char ret[PATH_MAX], struct err *err)
{
    if (snprintf(ret, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX)
        return err_set(err, RC_USAGE, "%s: the path is too long", folder);
    return RC_OK;
}

static enum rc check_finished(const char *path, struct err *err)
{
    static const char *const names[] = {"_SUCCESS", "report.partial", "ledger.json"};
    char file[PATH_MAX];
    if (access(path, F_OK) != 0)
        return err_errno_named(err, "%s: cannot read it", path);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        TRY(path_in(path, names[i], file, err));
        if (access(file, R_OK) == 0)
            continue;
        if (errno == ENOENT || errno == ENOTDIR)
            return err_set(err, RC_USAGE, "%s: is not a finished run: it has no %s", path,
                           names[i]);
        return err_errno_named(err, "%s: cannot read it", file);
    }
    return RC_OK;
}

static enum rc read_ledger(const char *path, struct ledger *ret, struct err *err)
{
    char file[PATH_MAX];
    struct buf text = {0};
    TRY(path_in(path, "ledger.json", file, err));
    enum rc rc = file_read(AT_FDCWD, file, LEDGER_BYTES_MAX, &text, err);
    if (rc == RC_OK)
        rc = ledger_read_text(buf_view(&text), ret, NULL);
    if (rc == RC_NO_MEMORY)
        rc = err_set(err, rc, "%s: no memory to read it", file);
    else if (rc != RC_OK && rc_info(rc)->kind != RC_KIND_WORLD)
        rc = err_set(err, RC_USAGE, "%s: is not a ledger of this version", file);
    buf_done(&text);
    return rc;
}

static enum rc open_all(const char *path, size_t groups_max, struct finished *f, struct err *err)
{
    char file[PATH_MAX];
    TRY(check_finished(path, err));
    TRY(read_ledger(path, &f->ledger, err));
    TRY(path_in(path, "report.partial", file, err));
    enum rc rc = report_open(file, groups_max, &f->report, err);
    /* The caller named the folder: what is wrong with it is wrong use. */
    return rc != RC_OK && rc_info(rc)->kind == RC_KIND_VERDICT ? RC_USAGE : rc;
}

enum rc finished_open(const char *path, size_t groups_max, struct finished *ret, struct err *err)
{
    struct finished f = {0};
    ledger_init(&f.ledger);
    enum rc rc = open_all(path, groups_max, &f, err);
    if (rc == RC_OK)
        *ret = f;
    else
        ledger_done(&f.ledger);
    return rc;
}

void finished_close(struct finished *f)
{
    if (f->report == NULL)
        return;
    report_close(f->report);
    ledger_done(&f->ledger);
    *f = (struct finished){0};
}

enum rc finished_checksum(const char *path, struct hash128 *ret, struct err *err)
{
    char file[PATH_MAX];
    TRY(path_in(path, "report.partial", file, err));
    uint64_t bytes;
    return file_checksum(AT_FDCWD, file, &bytes, ret, err);
}

struct grouped finished_grouped(const struct report *report, const char *path)
{
    const struct summary *s = report_summary(report);
    return (struct grouped){path, s->rules_hash_min, s->rules_hash_max};
}

enum rc finished_check_rules(const struct grouped *a, const struct grouped *b, struct err *err)
{
    bool is_either_empty = a->rules_min > a->rules_max || b->rules_min > b->rules_max;
    if (is_either_empty || (a->rules_min == b->rules_min && a->rules_max == b->rules_max))
        return RC_OK;
    return err_set(
        err, RC_USAGE,
        "%s and %s were grouped with different rules, so their groups cannot be compared; "
        "use the same --rules for both",
        a->path, b->path);
}

enum rc finished_holds(const char *path, bool *ret, struct err *err)
{
    char file[PATH_MAX];
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/')
        size--;
    while (size > 0 && path[size - 1] != '/')
        size--;
    int used = size > 0 ? snprintf(file, sizeof(file), "%.*s_SUCCESS", (int)size, path)
                        : snprintf(file, sizeof(file), "_SUCCESS");
    if (used >= (int)sizeof(file))
        return err_set(err, RC_USAGE, "%s: the path is too long", path);
    return path_exists(AT_FDCWD, file, ret, err);
}
