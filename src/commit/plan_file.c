#include "commit/plan_file.h"

#include "commit/field.h"
#include "plan/listing.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_BYTES_MAX = 4096, CHECKSUM_BYTES = 33, WRITE_BYTES = 64 * 1024 };

/* ---- Writing ---- */

struct writing {
    struct file_writer *file;
    XXH3_state_t *hash;
    struct buf text;
};

static enum rc put(struct writing *w, struct err *err)
{
    if (buf_failed(&w->text))
        return err_set(err, RC_NO_MEMORY, "no memory to write the plan");
    XXH3_128bits_update(w->hash, w->text.data, w->text.size);
    enum rc rc = file_writer_write(w->file, buf_view(&w->text), err);
    buf_clear(&w->text);
    return rc;
}

static void append_head(const struct plan_contents *c, struct buf *out)
{
    const struct plan_head *h = &c->head;
    buf_printf(out,
               "{\"version\":1,\"plan\":\"%s\",\"options\":\"%s\",\"after\":\"%s\",\"program\":",
               h->plan, h->options, h->after);
    text_json_string(out, view_of_string(h->program));
    buf_printf(out,
               ",\"shards\":%" PRIu32 ",\"generation\":%" PRIu64 ",\"number_base\":%" PRIu64
               ",\"objects\":%zu,\"sources\":%zu,\"arguments\":%zu,\"rules_bytes\":%zu,"
               "\"redact_bytes\":%zu}\n",
               h->shards, h->generation, h->number_base, c->objects->count, c->objects->roots_count,
               c->arguments_count, c->rules.size, c->redact.size);
}

static void append_text(struct buf *out, const char *text)
{
    buf_append(out, text, strlen(text) + 1);
}

/* `size TAB mtime TAB source TAB cut TAB at TAB name NUL`: the path on disk is
 * the end of the name from `at` on; where it is not, `at` is behind the name's
 * end and the path follows as an entry of its own. */
static void append_object(struct buf *out, const struct object *o)
{
    bool is_in_name = o->relative >= o->name.data && o->relative <= o->name.data + o->name.size;
    size_t at = is_in_name ? (size_t)(o->relative - o->name.data) : o->name.size + 1;
    listing_append_numbers(out, o);
    buf_printf(out, "%" PRIu32 "\t%d\t%zu\t", o->source, (int)o->cut, at);
    buf_append_view(out, o->name);
    buf_append_byte(out, '\0');
    if (!is_in_name)
        append_text(out, o->relative);
}

static enum rc write_contents(struct writing *w, const struct plan_contents *c, struct err *err)
{
    const struct discovery *d = c->objects;
    append_head(c, &w->text);
    for (size_t i = 0; i < d->roots_count; i++) {
        buf_append(&w->text, d->is_walked[i] ? "folder\t" : "file\t", d->is_walked[i] ? 7 : 5);
        append_text(&w->text, d->roots[i]);
    }
    for (size_t i = 0; i < c->arguments_count; i++)
        append_text(&w->text, c->arguments[i]);
    buf_append_view(&w->text, c->rules);
    buf_append_view(&w->text, c->redact);
    for (size_t i = 0; i < d->count; i++) {
        append_object(&w->text, &d->objects[i]);
        if (w->text.size >= WRITE_BYTES)
            TRY(put(w, err));
    }
    TRY(put(w, err));
    XXH128_hash_t h = XXH3_128bits_digest(w->hash);
    buf_printf(&w->text, "%016" PRIx64 "%016" PRIx64 "\n", (uint64_t)h.high64, (uint64_t)h.low64);
    return put(w, err);
}

enum rc plan_file_write(struct file_writer *file, const struct plan_contents *c, struct err *err)
{
    struct writing w = {.file = file, .hash = XXH3_createState()};
    if (w.hash == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to write the plan");
    XXH3_128bits_reset(w.hash);
    enum rc rc = write_contents(&w, c, err);
    buf_done(&w.text);
    XXH3_freeState(w.hash);
    return rc;
}

/* ---- Reading ---- */

static bool read_head_member(struct json_value key, struct json_value value, struct plan_head *h)
{
    uint64_t shards;
    if (json_string_equals(key, VIEW("version")))
        return view_equals(value.raw, VIEW("1"));
    if (json_string_equals(key, VIEW("plan")))
        return field_text(value, h->plan, sizeof(h->plan));
    if (json_string_equals(key, VIEW("options")))
        return field_text(value, h->options, sizeof(h->options));
    if (json_string_equals(key, VIEW("after")))
        return field_text(value, h->after, sizeof(h->after));
    if (json_string_equals(key, VIEW("program")))
        return field_text(value, h->program, sizeof(h->program));
    if (json_string_equals(key, VIEW("shards"))) {
        bool is_sound = field_u64(value, &shards) && shards >= 1 && shards <= UINT32_MAX;
        h->shards = is_sound ? (uint32_t)shards : 0;
        return is_sound;
    }
    if (json_string_equals(key, VIEW("generation")))
        return field_u64(value, &h->generation);
    if (json_string_equals(key, VIEW("number_base")))
        return field_u64(value, &h->number_base);
    if (json_string_equals(key, VIEW("objects")))
        return field_u64(value, &h->objects);
    if (json_string_equals(key, VIEW("sources")))
        return field_u64(value, &h->sources);
    if (json_string_equals(key, VIEW("arguments")))
        return field_u64(value, &h->arguments);
    if (json_string_equals(key, VIEW("rules_bytes")))
        return field_u64(value, &h->rules_bytes);
    return json_string_equals(key, VIEW("redact_bytes")) && field_u64(value, &h->redact_bytes);
}

/* A hash names a folder of the work folder: nothing else may stand there. */
static bool is_hash(const char *text)
{
    return strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32;
}

static bool read_head(struct view line, struct plan_head *h, bool *ret_is_short)
{
    struct json_parser *p = json_parser_new(CPU_SCALAR, HEAD_BYTES_MAX);
    struct json_value root, key, value;
    enum rc rc = p != NULL ? json_parse(p, line, &root, NULL) : RC_NO_MEMORY;
    bool ok = rc == RC_OK && root.type == JSON_OBJECT;
    *ret_is_short = rc == RC_NO_MEMORY;
    if (ok) {
        struct json_cursor c = json_open(p, root);
        while (ok && json_next_member(p, &c, &key, &value))
            ok = read_head_member(key, value, h);
    }
    json_parser_free(p);
    return ok && h->shards > 0 && h->generation > 0 && h->number_base <= UINT32_MAX &&
           is_hash(h->plan) && is_hash(h->options) && (h->after[0] == '\0' || is_hash(h->after));
}

static bool has_checksum(struct view file)
{
    struct hash128 wanted;
    if (file.size < CHECKSUM_BYTES || file.data[file.size - 1] != '\n')
        return false;
    struct view body = view_slice(file, 0, file.size - CHECKSUM_BYTES);
    if (!hash128_read(view_slice(file, body.size, file.size - 1), &wanted))
        return false;
    struct hash128 got = hash128(body);
    return got.high == wanted.high && got.low == wanted.low;
}

/* The next entry; its NUL stays behind it, so that it is a string too. */
static bool take_entry(struct view *at, struct view *ret)
{
    size_t end = view_find_byte(*at, '\0', 0);
    if (end == at->size)
        return false;
    *ret = view_slice(*at, 0, end);
    *at = view_from(*at, end + 1);
    return true;
}

static bool read_sources(struct plan_file *f, struct view *at, bool *ret_is_short)
{
    struct view entry;
    for (size_t i = 0; i < f->head.sources; i++) {
        if (!take_entry(at, &entry))
            return false;
        f->is_walked[i] = view_starts_with(entry, VIEW("folder\t"));
        size_t tab = view_find_byte(entry, '\t', 0);
        if (tab == entry.size || entry.data[tab + 1] != '/')
            return false;
        f->roots[i] = strdup(entry.data + tab + 1);
        *ret_is_short = f->roots[i] == NULL;
        if (*ret_is_short)
            return false;
    }
    return true;
}

/* *ret_is_short: for want of memory. */
static bool read_contents(struct plan_file *f, struct view file, bool *ret_is_short)
{
    size_t head_bytes = view_find_byte(file, '\n', 0);
    if (head_bytes > HEAD_BYTES_MAX || !has_checksum(file) ||
        !read_head(view_slice(file, 0, head_bytes), &f->head, ret_is_short))
        return false;
    struct view at = view_slice(file, head_bytes + 1, file.size - CHECKSUM_BYTES), entry;
    /* Counts are no larger than what could be there. */
    if (f->head.sources > at.size || f->head.arguments > at.size || f->head.objects > at.size)
        return false;
    f->roots = calloc(f->head.sources + 1, sizeof(*f->roots));
    f->is_walked = calloc(f->head.sources + 1, sizeof(*f->is_walked));
    f->arguments = calloc(f->head.arguments + 1, sizeof(*f->arguments));
    *ret_is_short = f->roots == NULL || f->is_walked == NULL || f->arguments == NULL;
    if (*ret_is_short || !read_sources(f, &at, ret_is_short))
        return false;
    for (size_t i = 0; i < f->head.arguments; i++) {
        if (!take_entry(&at, &entry))
            return false;
        f->arguments[i] = entry.data;
    }
    uint64_t rules = f->head.rules_bytes, redact = f->head.redact_bytes;
    if (rules > at.size || redact > at.size - rules)
        return false;
    f->rules = view_slice(at, 0, rules);
    f->redact = view_slice(at, rules, rules + redact);
    f->entries = view_from(at, rules + redact);
    return true;
}

static enum rc cannot_read(const char *path, struct err *err)
{
    return err_errno_named(err, "%s: cannot read the plan", path);
}

/* Leaves f->mapping NULL for what cannot be a plan. */
static enum rc map_opened(struct plan_file *f, int fd, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return cannot_read(f->path, err);
    if (!S_ISREG(st.st_mode) || st.st_size <= CHECKSUM_BYTES)
        return RC_OK;
    void *mapping = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapping == MAP_FAILED)
        return cannot_read(f->path, err);
    f->mapping = mapping;
    f->mapping_bytes = (size_t)st.st_size;
    return RC_OK;
}

enum rc plan_file_open(const char *path, struct plan_file *ret, struct err *err)
{
    struct plan_file f = {.path = path};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return cannot_read(path, err);
    enum rc rc = map_opened(&f, fd, err);
    close(fd);
    TRY(rc);
    bool is_short = false; /* of memory */
    if (f.mapping == NULL || !read_contents(&f, view_of(f.mapping, f.mapping_bytes), &is_short)) {
        plan_file_close(&f);
        if (is_short)
            return err_set(err, RC_NO_MEMORY, "%s: no memory to read the plan", path);
        return err_set(err, RC_USAGE,
                       "%s: is not a plan, or is damaged, or of another version; make it with "
                       "millrace plan",
                       path);
    }
    *ret = f;
    return RC_OK;
}

void plan_file_close(struct plan_file *f)
{
    for (size_t i = 0; f->roots != NULL && i < f->head.sources; i++)
        free(f->roots[i]);
    free(f->roots);
    free(f->is_walked);
    free(f->arguments);
    if (f->mapping != NULL)
        munmap(f->mapping, f->mapping_bytes);
    *f = (struct plan_file){0};
}

/* ---- Objects ---- */

static bool take_object(struct view *at, uint64_t sources, struct object *ret)
{
    struct listed listed;
    uint64_t source, cut, path_at;
    if (!listing_take_numbers(at, &listed) || !listing_take_number(at, &source) ||
        !listing_take_number(at, &cut) || !listing_take_number(at, &path_at) || source >= sources ||
        cut > CUT_MEMBERS)
        return false;
    *ret = (struct object){.size = listed.size,
                           .mtime_ns = listed.mtime_ns,
                           .mtime_form = listed.mtime_form,
                           .source = (uint32_t)source,
                           .cut = (enum cut)cut};
    if (!take_entry(at, &ret->name))
        return false;
    ret->relative = ret->name.data + path_at;
    if (path_at <= ret->name.size)
        return true;
    struct view path = VIEW("");
    bool has_path = take_entry(at, &path);
    ret->relative = path.data;
    return has_path;
}

static enum rc take_objects(const struct plan_file *f, const struct discover_options *options,
                            struct discovery *d, struct err *err)
{
    struct view at = f->entries;
    for (uint64_t i = 0; i < f->head.objects; i++) {
        struct object o;
        if (!take_object(&at, f->head.sources, &o))
            return err_set(err, RC_USAGE, "the plan is damaged; make it with millrace plan");
        TRY(discovery_add(d, options, &o, err));
    }
    return RC_OK;
}

static bool copy_roots(const struct plan_file *f, struct discovery *d)
{
    for (size_t i = 0; i < f->head.sources; i++, d->roots_count++) {
        d->roots[i] = strdup(f->roots[i]);
        d->is_walked[i] = f->is_walked[i];
        if (d->roots[i] == NULL)
            return false;
    }
    return true;
}

enum rc plan_file_objects(const struct plan_file *f, const struct discover_options *options,
                          struct discovery *ret, struct err *err)
{
    struct discovery d = {.capacity = f->head.objects + 1};
    d.objects = calloc(d.capacity, sizeof(*d.objects));
    d.roots = calloc(f->head.sources + 1, sizeof(*d.roots));
    d.is_walked = calloc(f->head.sources + 1, sizeof(*d.is_walked));
    enum rc rc = RC_OK;
    if (d.objects == NULL || d.roots == NULL || d.is_walked == NULL || !copy_roots(f, &d))
        rc = err_set(err, RC_NO_MEMORY, "no memory for the list of objects");
    if (rc == RC_OK)
        rc = take_objects(f, options, &d, err);
    if (rc == RC_OK)
        *ret = d;
    else
        discovery_done(&d);
    return rc;
}
