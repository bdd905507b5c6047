#include "cli/gates.h"
#include "cli/show.h"
#include "cli/verbs.h"
#include "commit/finished.h"
#include "commit/replacement.h"
#include "sum.h"
#include "util/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- One run: its report, in one form ---- */

static enum rc write_file(void *context, struct view bytes, struct err *err)
{
    return file_writer_write(context, bytes, err);
}

/* No file is written from here on but the one that is open, which may take its
 * place below `folder`; NULL: nor any name changed. */
static void confine_to(const char *folder)
{
    struct sandbox_folder to = {folder, SANDBOX_REPLACE};
    (void)sandbox_keep_writes(&to, folder != NULL ? 1 : 0); /* a help where there is one */
}

static enum rc replace_file(const struct options *o, struct show *what, struct err *err)
{
    struct replacement file;
    TRY(replacement_begin(&file, o->out, err));
    confine_to(file.folder);
    what->write = write_file;
    what->context = file.file;
    return replacement_end(&file, show_report(o, what, err), err);
}

/* -o names a pipe or a device. */
static enum rc write_fd(void *context, struct view bytes, struct err *err)
{
    const int *fd = context;
    while (bytes.size > 0) {
        ssize_t put = write(*fd, bytes.data, bytes.size);
        if (put < 0 && errno != EINTR)
            return err_errno(err, "cannot write the report");
        bytes = view_from(bytes, put > 0 ? (size_t)put : 0);
    }
    return RC_OK;
}

static enum rc write_through(const struct options *o, const struct show *what, struct err *err)
{
    int fd = open(o->out, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, "%s: cannot open it", o->out);
    confine_to(NULL);
    struct show through = *what;
    through.write = write_fd;
    through.context = &fd;
    enum rc rc = show_report(o, &through, err);
    close(fd);
    return rc;
}

/* "json" of "weekly.json"; the table without such an ending. */
static enum report_format format_of_path(const char *path)
{
    enum report_format format;
    const char *dot = path != NULL ? strrchr(path, '.') : NULL;
    return dot != NULL && report_format_parse(dot + 1, &format) ? format : REPORT_TERMINAL;
}

static enum rc report_one(const struct options *o, struct err *err)
{
    struct stat st;
    struct show what = {.folder = o->sources[0],
                        .format = o->has_format ? o->format : format_of_path(o->out)};
    if (o->out == NULL || strcmp(o->out, "-") == 0)
        return show_report(o, &what, err);
    bool is_there = stat(o->out, &st) == 0, is_inside;
    if (!is_there && errno != ENOENT)
        return err_errno_named(err, "%s: cannot look at it", o->out);
    if (is_there && S_ISDIR(st.st_mode))
        return err_set(err, RC_USAGE, "%s: is a folder; for one run -o names a file", o->out);
    if (is_there && !S_ISREG(st.st_mode))
        return write_through(o, &what, err);
    TRY(finished_holds(o->out, &is_inside, err));
    if (is_inside)
        return err_set(err, RC_USAGE,
                       "%s: lies inside a finished run, whose files stay as they are; choose "
                       "another -o",
                       o->out);
    return replace_file(o, &what, err);
}

/* ---- Several: added up ---- */

static enum rc report_several(const struct options *o, struct err *err)
{
    if (o->out == NULL || strcmp(o->out, "-") == 0)
        return err_set(err, RC_USAGE,
                       "say where to write what %zu runs add up to: millrace report A B... -o R",
                       o->sources_count);
    if (o->has_format)
        return err_set(err, RC_USAGE,
                       "--format: for one run; what several add up to is written in every form");
    if (format_of_path(o->out) != REPORT_TERMINAL)
        return err_set(err, RC_USAGE,
                       "%s: what several runs add up to is a folder with every form; name it "
                       "without %s",
                       o->out, strrchr(o->out, '.'));
    TRY(sum(o, err));
    if (o->is_quiet)
        return RC_OK;
    struct show table = {.folder = o->out, .format = REPORT_TERMINAL};
    TRY(show_report(o, &table, err));
    fflush(stdout);
    fprintf(stderr, "millrace: %zu runs added up; written to %s\n", o->sources_count, o->out);
    return RC_OK;
}

enum rc verb_report(const struct options *o, int *ret_status, struct err *err)
{
    bool is_one = o->sources_count == 1, is_hit;
    TRY(is_one ? report_one(o, err) : report_several(o, err));
    fflush(stdout);
    TRY(gates_check(o, is_one ? o->sources[0] : o->out, &is_hit, err));
    *ret_status = is_hit ? EXIT_GATE : 0;
    return RC_OK;
}
