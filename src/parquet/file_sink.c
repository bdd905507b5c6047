#include "parquet/file_sink.h"

#include "limits.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    /* Small pages are gathered into writes of this size; larger runs of bytes
     * go straight to the file. */
    BUFFER_BYTES = 256 * 1024,
    PATH_BYTES = 4096,
};

struct file_sink {
    int file; /* -1: none */
    int folder;
    struct sync_queue *sync; /* or NULL */
    struct steps *steps;     /* or NULL */
    uint64_t offset;
    XXH3_state_t *hash;
    size_t pending;
    char path[PATH_BYTES];
    char buffer[BUFFER_BYTES];
};

struct file_sink *file_sink_new(void)
{
    struct file_sink *s = malloc(sizeof(*s));
    if (s == NULL)
        return NULL;
    s->file = -1;
    s->sync = NULL;
    s->steps = NULL;
    s->hash = XXH3_createState();
    if (s->hash == NULL) {
        free(s);
        return NULL;
    }
    return s;
}

void file_sink_free(struct file_sink *s)
{
    if (s == NULL)
        return;
    if (s->file >= 0)
        close(s->file);
    XXH3_freeState(s->hash);
    free(s);
}

void file_sink_sync_by(struct file_sink *s, struct sync_queue *q)
{
    s->sync = q;
}

void file_sink_watch(struct file_sink *s, struct steps *steps)
{
    s->steps = steps;
}

struct steps *file_sink_steps(const struct file_sink *s)
{
    return s->steps;
}

enum rc file_sink_begin(struct file_sink *s, int folder, const char *path, struct err *err)
{
    assert(s->file < 0);
    int length = snprintf(s->path, sizeof(s->path), "%s", path);
    assert(length > 0 && (size_t)length < sizeof(s->path));
    (void)length;
    if (unlinkat(folder, path, 0) != 0 && errno != ENOENT)
        return err_errno_at(err, folder, path, "cannot replace it");
    s->file = openat(folder, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->file < 0)
        return err_errno_at(err, folder, path, "cannot create it");
    s->folder = folder;
    s->offset = 0;
    s->pending = 0;
    XXH3_128bits_reset(s->hash);
    steps_end(s->steps, STEP_WRITE);
    return RC_OK;
}

static enum rc write_all(struct file_sink *s, const char *data, size_t size, struct err *err)
{
    while (size > 0) {
        ssize_t written = write(s->file, data, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return err_errno_at(err, s->folder, s->path, "cannot write");
        data += written;
        size -= (size_t)written;
    }
    return RC_OK;
}

static enum rc write_pending(struct file_sink *s, struct err *err)
{
    size_t size = s->pending;
    s->pending = 0;
    return write_all(s, s->buffer, size, err);
}

static enum rc take_bytes(struct file_sink *s, struct view bytes, struct err *err)
{
    assert(s->file >= 0);
    XXH3_128bits_update(s->hash, bytes.data, bytes.size);
    s->offset += bytes.size;
    if (bytes.size > BUFFER_BYTES - s->pending)
        TRY(write_pending(s, err));
    if (bytes.size > BUFFER_BYTES)
        return write_all(s, bytes.data, bytes.size, err);
    if (bytes.size > 0)
        memcpy(s->buffer + s->pending, bytes.data, bytes.size);
    s->pending += bytes.size;
    return RC_OK;
}

enum rc file_sink_write(struct file_sink *s, struct view bytes, struct err *err)
{
    steps_end(s->steps, STEP_ENCODE);
    TRY(take_bytes(s, bytes, err));
    steps_end(s->steps, STEP_WRITE);
    return RC_OK;
}

uint64_t file_sink_offset(const struct file_sink *s)
{
    return s->offset;
}

enum rc file_sink_end(struct file_sink *s, struct hash128 *ret_checksum, struct err *err)
{
    steps_end(s->steps, STEP_ENCODE);
    TRY(write_pending(s, err));
    int file = s->file;
    s->file = -1;
    TRY(sync_queue_add(s->sync, file, err));
    XXH128_hash_t hash = XXH3_128bits_digest(s->hash);
    *ret_checksum = (struct hash128){hash.high64, hash.low64};
    steps_end(s->steps, STEP_WRITE);
    return RC_OK;
}

void file_sink_abandon(struct file_sink *s)
{
    if (s->file < 0)
        return;
    close(s->file);
    s->file = -1;
    unlinkat(s->folder, s->path, 0);
}
