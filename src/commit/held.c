#include "commit/held.h"

#include "commit/atomic_file.h"
#include "commit/plan_file.h"
#include "limits.h"
#include "util/array.h"

#include <stdlib.h>
#include <unistd.h>

enum { LEDGER_BYTES_MAX = 16 * 1024 * 1024 };
#define OBJECTS_BYTES_MAX ((size_t)8 << 30)

void held_done(struct held *h)
{
    if (h->folder >= 0)
        close(h->folder);
    free(h->objects);
    ledger_done(&h->ledger);
    *h = (struct held){.folder = -1};
}

static int compare_hash(struct hash128 a, struct hash128 b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return (a.low > b.low) - (a.low < b.low);
}

static int by_name(const void *a, const void *b)
{
    const struct held_object *x = a, *y = b;
    return compare_hash(x->name, y->name);
}

bool held_find(const struct held *h, struct view name, uint64_t *ret_size)
{
    struct hash128 wanted = hash128(name);
    size_t low = 0, high = h->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = compare_hash(h->objects[middle].name, wanted);
        if (order == 0) {
            *ret_size = h->objects[middle].size;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static enum rc on_object(void *context, struct view name, uint64_t size, struct err *err)
{
    struct held *h = context;
    if (!ARRAY_HAS_ROOM(h->objects, h->count, h->capacity, 1024))
        return err_set(err, RC_NO_MEMORY, "no memory for the list of held objects");
    h->objects[h->count++] = (struct held_object){hash128(name), size};
    return RC_OK;
}

static enum rc read_ledger(struct held *h, struct err *err)
{
    struct buf text = {0};
    enum rc rc = file_read(h->folder, "ledger.json", LEDGER_BYTES_MAX, &text, err);
    if (rc == RC_OK)
        rc = ledger_read_text(buf_view(&text), &h->ledger, NULL);
    if (rc == RC_NO_MEMORY)
        rc = err_set(err, rc, "no memory to read its ledger.json");
    else if (rc != RC_OK && rc_info(rc)->kind != RC_KIND_WORLD)
        rc = err_set(err, RC_FAILED, "its ledger.json cannot be read; use --force to build anew");
    buf_done(&text);
    return rc;
}

static enum rc read_success(struct held *h, struct err *err)
{
    struct buf text = {0};
    enum rc rc = file_read(h->folder, "_SUCCESS", 4096, &text, err);
    if (rc == RC_OK && text.size == sizeof(h->success))
        memcpy(h->success, text.data, sizeof(h->success) - 1);
    else if (rc == RC_OK)
        rc = err_set(err, RC_FAILED, "its _SUCCESS is damaged; use --force to build anew");
    buf_done(&text);
    return rc;
}

static void sort(struct held *h)
{
    if (h->count > 0)
        qsort(h->objects, h->count, sizeof(*h->objects), by_name);
}

static enum rc read_all(struct held *h, struct err *err)
{
    TRY(read_success(h, err));
    TRY(objects_read(h->folder, &h->head, on_object, h, err));
    sort(h);
    return read_ledger(h, err);
}

static enum rc take_objects(const struct plan_file *file, struct held *h, struct err *err)
{
    struct discover_options all = {0};
    struct discovery d;
    enum rc rc = plan_file_objects(file, &all, &d, err);
    TRY(rc);
    for (size_t i = 0; i < d.count && rc == RC_OK; i++)
        rc = on_object(h, d.objects[i].name, d.objects[i].size, err);
    discovery_done(&d);
    sort(h);
    return rc;
}

enum rc held_read_plan(const char *path, struct held *ret, struct err *err)
{
    struct held h = {.folder = -1};
    struct plan_file file;
    enum rc rc = plan_file_open(path, &file, err);
    if (rc != RC_OK)
        return rc == RC_USAGE ? RC_END : rc;
    ledger_init(&h.ledger);
    memcpy(h.head.plan, file.head.plan, sizeof(h.head.plan));
    memcpy(h.head.options, file.head.options, sizeof(h.head.options));
    rc = take_objects(&file, &h, err);
    plan_file_close(&file);
    if (rc == RC_OK)
        *ret = h;
    else
        held_done(&h);
    return rc;
}

enum rc held_read(int out, struct held *ret, struct err *err)
{
    struct held h = {.folder = out};
    ledger_init(&h.ledger);
    enum rc rc = read_all(&h, err);
    if (rc != RC_OK) {
        h.folder = -1; /* stays the caller's */
        held_done(&h);
        return rc;
    }
    *ret = h;
    return RC_OK;
}
