/* json_bed.h - what the tests of the JSON module parse in. */
#ifndef MILLRACE_TESTS_JSON_BED_H
#define MILLRACE_TESTS_JSON_BED_H

#include "json_reference.h"
#include "json/json.h"

#include <criterion/criterion.h>
#include <sys/mman.h>
#include <unistd.h>

/* A parser for each kernel of this machine, and memory whose last byte is
 * followed by a page that cannot be touched. */
struct bed {
    struct json_parser *parsers[CPU_COUNT];
    char *pages;
    size_t size;
};

static inline struct bed bed_new(void)
{
    struct bed bed = {.size = 2 * DOCUMENT_BYTES_MAX};
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    bed.size = (bed.size + page - 1) / page * page;
    bed.pages =
        mmap(NULL, bed.size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(bed.pages != MAP_FAILED);
    cr_assert(mprotect(bed.pages + bed.size, page, PROT_NONE) == 0);
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (cpu_can(cpu)) {
            bed.parsers[cpu] = json_parser_new(cpu, bed.size);
            cr_assert(bed.parsers[cpu] != NULL);
        }
    }
    return bed;
}

static inline void bed_done(struct bed *bed)
{
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++)
        json_parser_free(bed->parsers[cpu]);
    munmap(bed->pages, bed->size + (size_t)sysconf(_SC_PAGESIZE));
}

static inline struct view bed_copy(struct bed *bed, struct view text)
{
    cr_assert(text.size <= bed->size);
    char *to = bed->pages + bed->size - text.size;
    if (text.size > 0)
        memcpy(to, text.data, text.size);
    return view_of(to, text.size);
}

/* Puts a value together again from what the iterators give, compact. */
static inline void rebuild(const struct json_parser *p, struct json_value v, struct buf *out)
{
    struct json_cursor c;
    struct json_value key, value;
    size_t count = 0;
    switch (v.type) {
    case JSON_OBJECT:
        c = json_open(p, v);
        buf_append_byte(out, '{');
        for (; json_next_member(p, &c, &key, &value); count++) {
            if (count > 0)
                buf_append_byte(out, ',');
            cr_assert(key.type == JSON_STRING);
            buf_append_view(out, key.raw);
            buf_append_byte(out, ':');
            rebuild(p, value, out);
        }
        buf_append_byte(out, '}');
        return;
    case JSON_ARRAY:
        c = json_open(p, v);
        buf_append_byte(out, '[');
        for (; json_next_element(p, &c, &value); count++) {
            if (count > 0)
                buf_append_byte(out, ',');
            rebuild(p, value, out);
        }
        buf_append_byte(out, ']');
        return;
    case JSON_NULL:
    case JSON_FALSE:
    case JSON_TRUE:
    case JSON_NUMBER:
    case JSON_STRING:
        buf_append_view(out, v.raw);
        return;
    }
}

static inline struct json_value parse_sound(struct json_parser *p, struct view text)
{
    struct json_value root;
    struct err err;
    cr_assert(json_parse(p, text, &root, &err) == RC_OK, "%s", err.text);
    return root;
}

#endif
