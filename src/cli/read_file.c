#include "cli/read_file.h"

#include "input/source.h"
#include "limits.h"
#include "plan/discover.h"

#include <errno.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES = 1024 * 1024 };

enum rc file_reader_init(struct file_reader *f, const struct options *o,
                         const struct object_sink *sink, struct err *err)
{
    *f = (struct file_reader){.options = o, .sink = *sink};
    ledger_init(&f->ledger);
    f->interpret = (struct interpret_options){.raw = o->raw,
                                              .ignore_codes = o->ignore_codes,
                                              .ignore_codes_count = o->ignore_codes_count};
    f->object_options = (struct object_options){.interpret = &f->interpret,
                                                .record_bytes_max = o->record_bytes_max,
                                                .set_account = o->set_account,
                                                .set_region = o->set_region,
                                                .set_log_group = o->set_log_group};
    if (!cpu_choose(&f->object_options.cpu))
        return err_set(err, RC_USAGE,
                       "MILLRACE_CPU names no kernels that can run here; this machine has %s",
                       cpu_name(f->object_options.cpu));
    f->slot = giant_slot_new(&f->object_options);
    f->reader = object_reader_new(&f->object_options, f->slot, &f->sink);
    if (f->slot == NULL || f->reader == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to begin");
    return RC_OK;
}

void file_reader_done(struct file_reader *f)
{
    object_reader_free(f->reader);
    giant_slot_free(f->slot);
    ledger_done(&f->ledger);
}

static enum rc read_object(struct file_reader *f, struct view name, struct view bytes,
                           struct err *err)
{
    const struct options *o = f->options;
    if (o->has_at && o->at >= bytes.size)
        return err_set(err, RC_USAGE, "--at %llu: %.*s has only %zu bytes",
                       (unsigned long long)o->at, (int)name.size, name.data, bytes.size);
    struct object_input in = {.name = name,
                              .bytes = bytes,
                              .range = {o->has_at ? o->at : 0, bytes.size, false},
                              .stops_after_unit = o->has_at};
    struct object_chain chain;
    bool is_damaged;
    TRY(object_read(f->reader, &in, &f->ledger, &chain, &is_damaged, err));
    f->ledger.objects.total++;
    f->ledger.objects.clean += !is_damaged;
    f->ledger.objects.damaged += is_damaged;
    return RC_OK;
}

static enum rc read_stdin(struct buf *to, struct err *err)
{
    for (;;) {
        if (!buf_reserve(to, READ_BYTES))
            return err_set(err, RC_NO_MEMORY, "no memory for standard input");
        ssize_t got = read(STDIN_FILENO, to->data + to->size, READ_BYTES);
        if (got < 0 && errno != EINTR)
            return err_errno(err, "cannot read standard input");
        if (got == 0)
            break;
        to->size += got > 0 ? (size_t)got : 0;
    }
    memset(to->data + to->size, 0, INPUT_SLACK_BYTES);
    return RC_OK;
}

static enum rc read_path(struct file_reader *f, struct view name, const char *path, uint64_t size,
                         struct err *err)
{
    struct source source = {0};
    struct source_range range = {path, size, 0, size};
    enum rc rc = source_open(&source, &range, err);
    if (rc == RC_OK)
        rc = read_object(f, name, source.bytes, err);
    if (rc == RC_OK && source_check(&source) != SOURCE_SOUND)
        rc = err_set(err, RC_USAGE, "%s: changed while it was read; read it again", path);
    source_done(&source);
    return rc;
}

static enum rc read_discovered(struct file_reader *f, const struct discovery *d, struct err *err)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct object *o = &d->objects[i];
        char path[PATH_MAX];
        if (!object_path(d, o, path, sizeof(path)))
            return err_set(err, RC_FAILED, "%.*s: the path is too long", (int)o->name.size,
                           o->name.data);
        TRY(read_path(f, o->name, path, o->size, err));
    }
    return RC_OK;
}

static enum rc read_folder(struct file_reader *f, const char *path, struct err *err)
{
    struct discovery d;
    struct discover_options options = {.sources = &path, .sources_count = 1};
    TRY(discover(&options, &d, err));
    enum rc rc = read_discovered(f, &d, err);
    discovery_done(&d);
    return rc;
}

static enum rc read_named(struct file_reader *f, const char *path, struct err *err)
{
    struct stat st;
    char real[PATH_MAX];
    if (realpath(path, real) == NULL || stat(real, &st) != 0)
        return err_errno_named(err, "%s: cannot read it", path);
    if (S_ISDIR(st.st_mode))
        return read_folder(f, real, err);
    if (!S_ISREG(st.st_mode))
        return err_set(err, RC_USAGE, "%s: is neither a file nor a folder", path);
    return read_path(f, view_of_string(strrchr(real, '/') + 1), real, (uint64_t)st.st_size, err);
}

static enum rc read_standard_input(struct file_reader *f, struct err *err)
{
    struct buf text = {0};
    enum rc rc = read_stdin(&text, err);
    if (rc == RC_OK)
        rc = read_object(f, VIEW("stdin"), view_of(text.data, text.size), err);
    buf_done(&text);
    return rc;
}

enum rc file_reader_read(struct file_reader *f, const char *path, struct err *err)
{
    return strcmp(path, "-") == 0 ? read_standard_input(f, err) : read_named(f, path, err);
}

enum rc print(struct view bytes, struct err *err)
{
    if (fwrite(bytes.data, 1, bytes.size, stdout) == bytes.size)
        return RC_OK;
    return err_errno(err, "cannot write to standard output");
}
