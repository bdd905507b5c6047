#include "dataset/partitioner.h"

#include "util/hash.h"
#include "util/text.h"

#include <assert.h>
#include <stdlib.h>

enum { DAY_MS = 24 * 3600 * 1000, DAY_BYTES = 10, NO_DAY = -1 };

struct partitioner {
    struct partition_by by;
    struct buf folder; /* of the last event */
    struct buf values[PARTITION_COLUMNS_MAX];
    bool has_values;   /* of the last event */
    bool is_by_record; /* the folder is told by an event's record and day */
    uint64_t record;   /* event.record of the last event */
    int64_t last_day;  /* the last event's, NO_DAY: the key's */
    struct buf overflow;
    bool is_overflow; /* the last event went there */
    /* The batch's folders, as hashes in open addressing; 0 is free. */
    uint64_t *known;
    size_t slots; /* a power of two */
    size_t count, folders_max;
    int64_t day_number; /* of `day` */
    char day[DAY_BYTES + 1];
};

void partitioner_free(struct partitioner *p)
{
    if (p == NULL)
        return;
    buf_done(&p->folder);
    for (size_t i = 0; i < PARTITION_COLUMNS_MAX; i++)
        buf_done(&p->values[i]);
    buf_done(&p->overflow);
    free(p->known);
    free(p);
}

struct partitioner *partitioner_new(const struct partition_by *by, size_t folders_max)
{
    struct partitioner *p = calloc(1, sizeof(*p));
    if (p == NULL)
        return NULL;
    p->by = *by;
    p->folders_max = folders_max;
    p->day_number = NO_DAY;
    p->is_by_record = true;
    for (size_t i = 0; i < by->count; i++)
        p->is_by_record &=
            by->columns[i] == PARTITION_DAY || (EVENT_RECORD_COLUMNS >> by->columns[i] & 1) != 0;
    p->slots = 64;
    while (p->slots < 2 * folders_max)
        p->slots *= 2;
    p->known = calloc(p->slots, sizeof(*p->known));
    struct view nothing[PARTITION_COLUMNS_MAX] = {VIEW_NULL};
    partition_append(&p->overflow, by, nothing);
    if (p->known == NULL || buf_failed(&p->overflow)) {
        partitioner_free(p);
        return NULL;
    }
    return p;
}

void partitioner_begin(struct partitioner *p)
{
    if (p->count > 0)
        memset(p->known, 0, p->slots * sizeof(*p->known));
    p->count = 0;
    p->has_values = false;
}

/* Days since 1970 of the event's own time, NO_DAY where it is not plausible. */
static int64_t day_of(const struct event *e)
{
    static const int64_t first_ms = INT64_C(946684800000); /* 2000-01-01 */
    static const int64_t last_ms = INT64_C(4102444800000); /* 2100-01-01 */
    int64_t ms = event_has(e, COL_TIMESTAMP) ? e->cell[COL_TIMESTAMP].integer : -1;
    return ms < first_ms || ms >= last_ms ? NO_DAY : ms / DAY_MS;
}

static struct view day_text(struct partitioner *p, int64_t day, const char *key_day)
{
    if (day == NO_DAY)
        return view_of_string(key_day);
    if (day != p->day_number) {
        p->day_number = day;
        text_day(p->day, day * DAY_MS);
    }
    return view_of(p->day, DAY_BYTES);
}

/* Whether the folder is one of the batch's, or becomes one. */
static bool admit(struct partitioner *p, struct view folder)
{
    uint64_t hash = hash64(folder);
    hash += hash == 0;
    size_t slot = hash & (p->slots - 1);
    while (p->known[slot] != 0 && p->known[slot] != hash)
        slot = (slot + 1) & (p->slots - 1);
    if (p->known[slot] == hash)
        return true;
    if (p->count == p->folders_max)
        return false;
    p->known[slot] = hash;
    p->count++;
    return true;
}

/* Neighbours mostly share their folder. */
static bool is_as_before(const struct partitioner *p, const struct view *values)
{
    if (!p->has_values)
        return false;
    for (size_t i = 0; i < p->by.count; i++) {
        if (!view_equals(values[i], buf_view(&p->values[i])))
            return false;
    }
    return true;
}

static bool note_values(struct partitioner *p, const struct view *values)
{
    p->has_values = false;
    buf_clear(&p->folder);
    partition_append(&p->folder, &p->by, values);
    bool is_noted = !buf_failed(&p->folder);
    for (size_t i = 0; i < p->by.count; i++) {
        buf_clear(&p->values[i]);
        /* NOLINTNEXTLINE(*.CallAndMessage): as many values as columns */
        is_noted &= buf_append_view(&p->values[i], values[i]);
    }
    return p->has_values = is_noted;
}

static struct view folder_of_last(const struct partitioner *p)
{
    return buf_view(p->is_overflow ? &p->overflow : &p->folder);
}

struct view partitioner_folder(struct partitioner *p, const struct event *e, const char *key_day)
{
    struct view values[PARTITION_COLUMNS_MAX];
    int64_t day = day_of(e);
    bool is_known = p->is_by_record && p->has_values && e->record != 0 && e->record == p->record &&
                    day == p->last_day;
    if (is_known)
        return folder_of_last(p);
    for (size_t i = 0; i < p->by.count; i++)
        values[i] = p->by.columns[i] == PARTITION_DAY
                        ? day_text(p, day, key_day)
                        : event_text(e, (enum column)p->by.columns[i]);
    if (!is_as_before(p, values)) {
        if (!note_values(p, values))
            return VIEW_NULL;
        p->is_overflow = !admit(p, buf_view(&p->folder));
    }
    p->record = e->record;
    p->last_day = day;
    return folder_of_last(p);
}
