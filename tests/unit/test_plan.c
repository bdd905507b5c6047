#include "limits.h"
#include "plan/plan.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* A discovery made by hand: `day` and size per object. */
struct made {
    struct discovery d;
    char names[100000][16];
};

static void add(struct made *m, const char *day, uint64_t size)
{
    if (m->d.objects == NULL)
        m->d.objects = calloc(100000, sizeof(*m->d.objects));
    struct object *o = &m->d.objects[m->d.count];
    snprintf(m->names[m->d.count], sizeof(m->names[0]), "o%06zu", m->d.count);
    *o = (struct object){.name = view_of_string(m->names[m->d.count]), .size = size};
    o->hour = day[0] != '\0' ? 24 * atoi(day + 8) : OBJECT_NO_HOUR;
    m->d.count++;
    m->d.bytes += size;
}

static enum rc all_seams(void *context, const struct object *o, enum cut *ret, struct err *err)
{
    (void)o;
    (void)err;
    *ret = *(enum cut *)context;
    return RC_OK;
}

static struct plan make(const struct discovery *d, enum cut cut, const char *options)
{
    struct plan p;
    struct err err;
    struct plan_options o = {
        .text = view_of_string(options), .cut_of = all_seams, .context = &cut};
    cr_assert_eq(plan_make(d, &o, &p, &err), RC_OK);
    return p;
}

/* Every object is in exactly one batch, every byte of a cut one in one slice. */
static void expect_cover(const struct plan *p)
{
    uint64_t object = 0, bytes = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct batch *b = &p->batches[i];
        cr_assert_eq(b->number, i);
        cr_assert_eq(b->object_begin, object);
        int32_t day = object_day_number(&p->objects->objects[b->object_begin]);
        for (uint32_t k = 0; k < b->object_count; k++)
            cr_assert_eq(object_day_number(&p->objects->objects[b->object_begin + k]), day);
        if (b->cut != CUT_NONE)
            cr_assert_eq(b->begin, b->slice_index * p->target_bytes);
        if (b->slice_index + 1 == b->slice_count)
            object += b->object_count;
        bytes += b->bytes;
    }
    cr_assert_eq(object, p->objects->count);
    cr_assert_eq(bytes, p->objects->bytes);
}

Test(plan, small_objects_are_grouped_within_a_day)
{
    struct made *m = calloc(1, sizeof(*m));
    for (int i = 0; i < 20000; i++)
        add(m, i < 12000 ? "2023-01-05" : "2023-01-06", 20 * 1024);
    struct plan p = make(&m->d, CUT_NONE, "");
    expect_cover(&p);
    cr_expect_eq(p.target_bytes, BATCH_BYTES_MIN);
    cr_expect_geq(p.count, 40);
    cr_expect_leq(p.count, 60);
    plan_done(&p);
    free(m->d.objects);
    free(m);
}

Test(plan, one_large_object_is_cut_so_that_every_core_is_busy)
{
    struct made *m = calloc(1, sizeof(*m));
    add(m, "", 1000000007);
    struct plan p = make(&m->d, CUT_SEAMS, "");
    expect_cover(&p);
    cr_expect_eq(p.count, 65); /* 64 targets and the remainder of the division */
    cr_expect_eq(p.batches[64].end, 1000000007);
    plan_done(&p);
    p = make(&m->d, CUT_NONE, "");
    cr_expect_eq(p.count, 1);
    cr_expect_eq(p.batches[0].cut, CUT_NONE);
    plan_done(&p);
    free(m->d.objects);
    free(m);
}

Test(plan, the_hash_names_objects_sizes_and_options)
{
    struct made *m = calloc(1, sizeof(*m));
    add(m, "", 100);
    add(m, "", 200);
    struct plan a = make(&m->d, CUT_NONE, "x"), b = make(&m->d, CUT_NONE, "x");
    cr_expect_str_eq(a.hash, b.hash);
    plan_done(&b);
    b = make(&m->d, CUT_NONE, "y");
    cr_expect_str_neq(a.hash, b.hash);
    plan_done(&b);
    m->d.objects[1].size = 201;
    b = make(&m->d, CUT_NONE, "x");
    cr_expect_str_neq(a.hash, b.hash);
    plan_done(&b);
    m->d.objects[1].size = 200;
    m->d.objects[1].mtime_ns = 5; /* times are not part of it */
    b = make(&m->d, CUT_NONE, "x");
    cr_expect_str_eq(a.hash, b.hash);
    plan_done(&a);
    plan_done(&b);
    free(m->d.objects);
    free(m);
}

Test(plan, pruned_objects_are_in_no_batch)
{
    struct made *m = calloc(1, sizeof(*m));
    add(m, "", 100);
    add(m, "", 200);
    add(m, "", 300);
    m->d.objects[1].is_pruned = true;
    m->d.pruned_bytes = 200;
    struct plan p = make(&m->d, CUT_NONE, "");
    cr_assert_eq(p.count, 2);
    cr_expect_eq(p.batches[0].object_begin, 0);
    cr_expect_eq(p.batches[0].object_count, 1);
    cr_expect_eq(p.batches[1].object_begin, 2);
    plan_done(&p);
    free(m->d.objects);
    free(m);
}
