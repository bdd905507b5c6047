/* A plan of any bytes, its checksum right, is refused with one line, or read; what was read can be
 * written, and reads the same again. */
#include "fuzz_folder.h"

#include "commit/plan_file.h"
#include "util/buf.h"
#include "util/hash.h"

#include <inttypes.h>

static struct fuzz_folder folder;

static void remove_folder(void)
{
    static const char *const names[] = {"plan", "again", NULL};
    fuzz_folder_remove(&folder, names);
}

/* A fuzzer does not find checksums. */
static void write_with_checksum(struct view body)
{
    struct buf file = {0};
    struct hash128 h = hash128(body);
    buf_append_view(&file, body);
    buf_printf(&file, "%016" PRIx64 "%016" PRIx64 "\n", h.high, h.low);
    FUZZ_HOLDS(!buf_failed(&file));
    fuzz_folder_write(&folder, "plan", buf_view(&file));
    buf_done(&file);
}

static void check_refusal(enum rc rc, const struct err *err)
{
    FUZZ_HOLDS(rc == RC_USAGE);
    FUZZ_HOLDS(err->text[0] != '\0' && strchr(err->text, '\n') == NULL);
}

static void check_same(const struct discovery *a, const struct discovery *b)
{
    FUZZ_HOLDS(a->count == b->count && a->bytes == b->bytes && a->roots_count == b->roots_count);
    for (size_t i = 0; i < a->roots_count; i++)
        FUZZ_HOLDS(strcmp(a->roots[i], b->roots[i]) == 0 && a->is_walked[i] == b->is_walked[i]);
    for (size_t i = 0; i < a->count; i++) {
        const struct object *x = &a->objects[i], *y = &b->objects[i];
        FUZZ_HOLDS(view_equals(x->name, y->name) && strcmp(x->relative, y->relative) == 0);
        FUZZ_HOLDS(x->size == y->size && x->mtime_ns == y->mtime_ns && x->cut == y->cut);
        FUZZ_HOLDS(x->mtime_form == y->mtime_form && x->source == y->source && x->hour == y->hour);
    }
}

static void check_objects(const struct discovery *d)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < d->count; i++) {
        const struct object *o = &d->objects[i];
        char path[4096];
        FUZZ_HOLDS(o->source < d->roots_count && o->name.data[o->name.size] == '\0');
        FUZZ_HOLDS(!__builtin_add_overflow(bytes, o->size, &bytes));
        if (object_path(d, o, path, sizeof(path)))
            FUZZ_HOLDS(path[0] == '/');
    }
    FUZZ_HOLDS(bytes == d->bytes);
}

static void write_again(const struct plan_file *f, const struct discovery *d)
{
    struct discover_options options = {0};
    struct err err = {{0}};
    struct plan_contents c = {.head = f->head,
                              .objects = d,
                              .arguments = f->arguments,
                              .arguments_count = f->head.arguments,
                              .rules = f->rules,
                              .redact = f->redact};
    char path[128];
    /* A program says its own name, in which nothing has to be escaped. */
    snprintf(c.head.program, sizeof(c.head.program), "program 1");
    unlinkat(folder.fd, "again", 0);
    struct file_writer *file;
    FUZZ_HOLDS(file_writer_open(folder.fd, "again", &file, &err) == RC_OK);
    FUZZ_HOLDS(plan_file_write(file, &c, &err) == RC_OK);
    FUZZ_HOLDS(file_writer_close(file, NULL, NULL, &err) == RC_OK);
    snprintf(path, sizeof(path), "%s/again", folder.path);
    struct plan_file again;
    struct discovery d_again;
    FUZZ_HOLDS(plan_file_open(path, &again, &err) == RC_OK);
    FUZZ_HOLDS(plan_file_objects(&again, &options, &d_again, &err) == RC_OK);
    FUZZ_HOLDS(memcmp(again.head.plan, f->head.plan, sizeof(f->head.plan)) == 0);
    FUZZ_HOLDS(again.head.shards == f->head.shards && again.head.arguments == f->head.arguments);
    for (size_t i = 0; i < again.head.arguments; i++)
        FUZZ_HOLDS(strcmp(again.arguments[i], f->arguments[i]) == 0);
    FUZZ_HOLDS(view_equals(again.rules, f->rules) && view_equals(again.redact, f->redact));
    check_same(d, &d_again);
    discovery_done(&d_again);
    plan_file_close(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct discover_options options = {0};
    struct plan_file f;
    struct discovery d;
    struct err err = {{0}};
    char path[128];
    if (folder.path[0] == '\0') {
        folder = fuzz_folder_new();
        atexit(remove_folder);
    }
    if (size > FUZZ_BYTES_MAX)
        return 0;
    write_with_checksum(view_of(data, size));
    snprintf(path, sizeof(path), "%s/plan", folder.path);
    enum rc rc = plan_file_open(path, &f, &err);
    if (rc != RC_OK) {
        check_refusal(rc, &err);
        return 0;
    }
    rc = plan_file_objects(&f, &options, &d, &err);
    if (rc == RC_OK) {
        check_objects(&d);
        write_again(&f, &d);
        discovery_done(&d);
    } else {
        check_refusal(rc, &err);
    }
    plan_file_close(&f);
    return 0;
}
