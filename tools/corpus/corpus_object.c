#include "corpus_object.h"

#include "corpus_maker.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Plain text is written out in pieces of this size; gzip of a whole object is
 * made in members of at most this much text, as one call holds it all. */
#define FLUSH_BYTES (4 << 20)
#define MEMBER_TEXT_BYTES (128 << 20)
#define PATH_BYTES 1024

static const char *const regions[] = {"eu-central-1", "us-east-1", "ap-southeast-2"};

struct maker *maker_new(const struct world *w, const struct cast *cast, struct counts *counts)
{
    struct maker *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->world = w;
    m->cast = cast;
    m->counts = counts;
    m->scene.digits = &w->digits;
    m->compressor = libdeflate_alloc_compressor(w->options.gzip_level);
    if (m->compressor == NULL) {
        free(m);
        return NULL;
    }
    m->id_factor[0] = 1;
    for (unsigned bit = 0; bit < 144; bit++) {
        uint64_t carry = 0;
        for (unsigned i = 0; i < ID_LIMBS; i++) {
            uint64_t sum = m->id_factor[i] * 2 + carry;
            m->id_factor[i] = sum % ID_LIMB;
            carry = sum / ID_LIMB;
        }
    }
    return m;
}

void maker_free(struct maker *m)
{
    if (m == NULL)
        return;
    libdeflate_free_compressor(m->compressor);
    buf_done(&m->text);
    buf_done(&m->record);
    buf_done(&m->packed);
    buf_done(&m->stored);
    free(m);
}

static void key_uuid(struct maker *m, char to[37])
{
    *write_uuid(to, &m->random, m->scene.digits) = '\0';
}

/* The key as Firehose or an export task names it, below the bucket. */
static void key_write(struct maker *m, uint64_t index, char to[PATH_BYTES])
{
    char iso[24], uuid[37], stream[64];
    key_uuid(m, uuid);
    if (m->shape == 'I') {
        size_t size = stream_name_write(m, stream, m->key_ms);
        for (size_t i = 0; i < size; i++)
            if (stream[i] == '/')
                stream[i] = '-';
        /* One task per day of the archive; the number keeps streams apart. */
        struct random task =
            random_of(m->world->options.seed, (uint64_t)(m->key_ms / 86400000), 'I');
        char task_uuid[37];
        *write_uuid(task_uuid, &task, m->scene.digits) = '\0';
        snprintf(to, PATH_BYTES, "exportedlogs/%s/%.*s/%06llu.gz", task_uuid, (int)size, stream,
                 (unsigned long long)index % 1000000);
        return;
    }
    format_iso(iso, m->key_ms, m->scene.digits);
    snprintf(to, PATH_BYTES, "%s%.4s/%.2s/%.2s/%.2s/crosslog-%s-Log-Sink-1-%.10s-%.2s-%.2s-%.2s-%s",
             m->shape == 'G' ? "processing-failed/" : "", iso, iso + 5, iso + 8, iso + 11,
             m->region, iso, iso + 11, iso + 14, iso + 17, uuid);
}

static enum rc open_below(struct maker *m, const char *key, struct err *err)
{
    char path[PATH_BYTES * 2];
    snprintf(path, sizeof path, "%s/%s", m->world->options.bucket, key);
    for (char *at = path + strlen(m->world->options.bucket); *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return err_errno(err, "cannot make %s", path);
        *at = '/';
    }
    m->file = fopen(path, "wb");
    if (m->file == NULL)
        return err_errno(err, "cannot create %s", path);
    return RC_OK;
}

static enum rc put(struct maker *m, struct buf *bytes, struct err *err)
{
    m->counts->stored_bytes += bytes->size;
    if (bytes->size > 0 && fwrite(bytes->data, 1, bytes->size, m->file) != bytes->size)
        return err_errno(err, "cannot write");
    buf_clear(bytes);
    return RC_OK;
}

/* Whether the object's text is gathered before it is compressed. */
static bool is_gzip_of_all(const struct maker *m)
{
    return m->shape == 'C' || m->shape == 'I' || m->is_gzip;
}

/* Takes what record_write() made on towards the file. */
static enum rc pass_on(struct maker *m, bool is_last, struct err *err)
{
    if (m->shape == 'A' || m->shape == 'B') {
        if (!frame_gzip(m, buf_view(&m->text), &m->stored))
            return err_set(err, RC_NO_MEMORY, "out of memory");
        buf_clear(&m->text);
        return m->shape == 'A' && m->stored.size >= FLUSH_BYTES ? put(m, &m->stored, err) : RC_OK;
    }
    if (!is_gzip_of_all(m))
        return m->text.size >= FLUSH_BYTES ? put(m, &m->text, err) : RC_OK;
    if (m->text.size < MEMBER_TEXT_BYTES && !is_last)
        return RC_OK;
    if (m->text.size > 0 && !frame_gzip(m, buf_view(&m->text), &m->stored))
        return err_set(err, RC_NO_MEMORY, "out of memory");
    buf_clear(&m->text);
    return put(m, &m->stored, err);
}

static enum rc finish(struct maker *m, struct err *err)
{
    if (is_gzip_of_all(m))
        return pass_on(m, true, err);
    if (m->shape == 'B') {
        struct view members = buf_view(&m->stored);
        if (!frame_gzip(m, members, &m->text))
            return err_set(err, RC_NO_MEMORY, "out of memory");
        buf_clear(&m->stored);
        return put(m, &m->text, err);
    }
    TRY(put(m, &m->stored, err));
    return put(m, &m->text, err);
}

/* What an export task leaves beside its folders: a line without an envelope. */
static enum rc write_export_probe(struct maker *m, struct err *err)
{
    TRY(open_below(m, "exportedlogs/aws-logs-write-test", err));
    buf_clear(&m->text);
    buf_append(&m->text, "Permission Check Successful", 27);
    struct counts *c = m->counts;
    const struct corpus_options *o = &m->world->options;
    c->objects++;
    c->objects_by_shape['F' - 'A']++;
    c->data_records++;
    c->events++;
    c->rows++;
    c->decoded_bytes += m->text.size;
    c->levels[LEVEL_INFO]++;
    c->kinds[ROW_TEXT]++;
    c->accounts[o->accounts]++;
    c->log_groups[o->functions]++;
    c->days[o->days + DAYS_BEFORE + DAYS_AFTER]++;
    c->partition_days[o->days + DAYS_BEFORE + DAYS_AFTER]++;
    enum rc rc = put(m, &m->text, err);
    return fclose(m->file) != 0 && rc == RC_OK ? err_errno(err, "cannot write") : rc;
}

static void object_start(struct maker *m, uint64_t index)
{
    const struct corpus_options *o = &m->world->options;
    m->random = random_of(o->seed, index, 1);
    m->scene.random = random_of(o->seed, index, 2);
    m->shape = o->shapes[index % o->shapes_count];
    m->is_raw = m->shape == 'F' || m->shape == 'I';
    m->has_newlines = m->shape == 'E';
    m->decoded_bytes = 0;
    /* Objects follow each other evenly through the days. */
    uint64_t span_s = (uint64_t)o->days * 86400;
    m->key_ms = o->start_ms + (int64_t)(span_s * index / o->objects) * 1000;
    m->region = regions[random_below(&m->random, sizeof regions / sizeof regions[0])];
    m->scene.region = view_of_string(m->region);
    /* Both ways occur where the shape leaves it open. */
    bool is_open = m->shape == 'E' || m->shape == 'F' || m->shape == 'H';
    m->is_gzip = is_open && random_once_in(&m->random, 2);
    buf_clear(&m->text);
    buf_clear(&m->stored);
    if (m->shape == 'I')
        record_choose_function(m);
}

static enum rc fill(struct maker *m, struct err *err)
{
    while (m->decoded_bytes < m->world->options.object_bytes) {
        if (!record_write(m))
            return err_set(err, RC_NO_MEMORY, "out of memory");
        TRY(pass_on(m, false, err));
    }
    return finish(m, err);
}

enum rc maker_make(struct maker *m, uint64_t index, struct err *err)
{
    char key[PATH_BYTES];
    object_start(m, index);
    key_write(m, index, key);
    TRY(open_below(m, key, err));
    enum rc rc = fill(m, err);
    if (fclose(m->file) != 0 && rc == RC_OK)
        rc = err_errno(err, "cannot write %s", key);
    if (rc != RC_OK)
        return rc;
    m->counts->objects++;
    m->counts->objects_by_shape[m->shape - 'A']++;
    m->counts->decoded_bytes += m->decoded_bytes;
    const char *shapes = m->world->options.shapes;
    bool is_first_export = m->shape == 'I' && strchr(shapes, 'I') == shapes + index;
    return is_first_export ? write_export_probe(m, err) : RC_OK;
}
