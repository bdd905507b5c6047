#include "json/unescape.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define INSIDE_BYTES_MAX 1024
#define SLACK 64

/* Memory whose last byte is followed by a page that cannot be touched. */
struct guarded {
    char *pages;
    size_t size; /* of the pages in front */
};

static struct guarded guarded_new(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size = (size + page - 1) / page * page;
    char *pages =
        mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(pages != MAP_FAILED);
    cr_assert(mprotect(pages + size, page, PROT_NONE) == 0);
    return (struct guarded){pages, size};
}

/* The place for `size` bytes right before the guard page. */
static char *guarded_end(struct guarded g, size_t size)
{
    cr_assert(size <= g.size);
    return g.pages + g.size - size;
}

static unsigned long random_seed(void)
{
    const char *text = getenv("MILLRACE_TEST_SEED");
    return text ? strtoul(text, NULL, 10) : 20230105;
}

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * 0x2545f4914f6cdd1du >> 16;
}

/* The reference: one character at a time, by way of UTF-16. */

static void put_code(char *to, size_t *size, uint32_t code)
{
    if (code < 0x80) {
        to[(*size)++] = (char)code;
        return;
    }
    unsigned more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char marks[] = {0, 0xc0, 0xe0, 0xf0};
    to[(*size)++] = (char)(marks[more] | code >> (6 * more));
    while (more-- > 0)
        to[(*size)++] = (char)(0x80 | (code >> (6 * more) & 0x3f));
}

static size_t reference_unescape(char *to, struct view inside)
{
    size_t size = 0;
    uint32_t high = 0; /* a surrogate that waits for its second half */
    for (size_t i = 0; i < inside.size; i++) {
        uint32_t unit = (unsigned char)inside.data[i];
        bool is_unit = false;
        if (unit == '\\') {
            if (++i == inside.size)
                return UNESCAPE_INVALID;
            static const char from[] = "\"\\/bfnrt", text[] = "\"\\/\b\f\n\r\t";
            const char *known = inside.data[i] ? strchr(from, inside.data[i]) : NULL;
            char digits[5] = "";
            if (known != NULL) {
                unit = (unsigned char)text[known - from];
            } else if (inside.data[i] == 'u' && inside.size - i > 4) {
                memcpy(digits, inside.data + i + 1, 4);
                if (strspn(digits, "0123456789abcdefABCDEF") != 4)
                    return UNESCAPE_INVALID;
                unit = (uint32_t)strtoul(digits, NULL, 16);
                is_unit = true;
                i += 4;
            } else {
                return UNESCAPE_INVALID;
            }
        }
        bool is_low = is_unit && unit >= 0xdc00 && unit <= 0xdfff;
        if (high != 0 && is_low) {
            put_code(to, &size, 0x10000 + (high - 0xd800) * 0x400 + (unit - 0xdc00));
            high = 0;
            continue;
        }
        if (high != 0)
            put_code(to, &size, 0xfffd);
        high = is_unit && unit >= 0xd800 && unit <= 0xdbff ? unit : 0;
        if (high != 0)
            continue;
        if (is_low)
            put_code(to, &size, 0xfffd);
        else if (is_unit || unit < 0x80)
            put_code(to, &size, unit);
        else
            to[size++] = (char)unit;
    }
    if (high != 0)
        put_code(to, &size, 0xfffd);
    return size;
}

/* Runs every kernel this machine has on a copy of `inside` that ends at a guard
 * page, into room that ends at another. */
static void check_kernels(struct guarded in, struct guarded out, struct view inside,
                          struct view expected, bool is_valid, const char *what)
{
    char *from = guarded_end(in, inside.size);
    if (inside.size > 0)
        memcpy(from, inside.data, inside.size);
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        unescape_fn *unescape = unescape_kernel(cpu);
        if (unescape == NULL)
            continue;
        char *to = guarded_end(out, inside.size + SLACK);
        size_t size = unescape(to, view_of(from, inside.size));
        if (!is_valid) {
            cr_assert(size == UNESCAPE_INVALID, "%s: %s accepts `%.*s`", what, cpu_name(cpu),
                      (int)inside.size, inside.data);
            continue;
        }
        cr_assert(size == expected.size, "%s: %s gives %zu bytes of `%.*s`, not %zu", what,
                  cpu_name(cpu), size, (int)inside.size, inside.data, expected.size);
        cr_assert(memcmp(to, expected.data, size) == 0, "%s: %s gives other bytes for `%.*s`", what,
                  cpu_name(cpu), (int)inside.size, inside.data);
    }
}

struct example {
    const char *inside;
    struct view text; /* null where it is no string's inside */
};

static const struct example examples[] = {
    {"", {"", 0}},
    {"plain", {"plain", 5}},
    {"\\\"", {"\"", 1}},
    {"\\\\", {"\\", 1}},
    {"\\/", {"/", 1}},
    {"\\b\\f\\n\\r\\t", {"\b\f\n\r\t", 5}},
    {"\\\\n", {"\\n", 2}},
    {"\\\\\\n", {"\\\n", 2}},
    {"\\\\\\\\n", {"\\\\n", 3}},
    {"a\\u0041b", {"aAb", 3}},
    {"\\u0000", {"\0", 1}},
    {"\\u007f\\u0080", {"\x7f\xc2\x80", 3}},
    {"\\u07ff\\u0800", {"\xdf\xbf\xe0\xa0\x80", 5}},
    {"\\uffff", {"\xef\xbf\xbf", 3}},
    {"\\uFfFd", {"\xef\xbf\xbd", 3}},
    {"\\ud83d\\ude00", {"\xf0\x9f\x98\x80", 4}},
    {"\\ud800\\udc00", {"\xf0\x90\x80\x80", 4}},
    {"\\udbff\\udfff", {"\xf4\x8f\xbf\xbf", 4}},
    {"\\ud83d", {"\xef\xbf\xbd", 3}},
    {"\\ude00", {"\xef\xbf\xbd", 3}},
    {"\\ud83dx", {"\xef\xbf\xbdx", 4}},
    {"\\ud83d\\n", {"\xef\xbf\xbd\n", 4}},
    {"\\ud83d\\u0041",
     {"\xef\xbf\xbd"
      "A",
      4}},
    {"\\ud83d\\ud83d\\ude00", {"\xef\xbf\xbd\xf0\x9f\x98\x80", 7}},
    {"\\ude00\\ud83d", {"\xef\xbf\xbd\xef\xbf\xbd", 6}},
    {"\xc3\xa9\\n\xe2\x82\xac", {"\xc3\xa9\n\xe2\x82\xac", 6}},
    {"\\", {NULL, 0}},
    {"abc\\", {NULL, 0}},
    {"\\\\\\", {NULL, 0}},
    {"\\x", {NULL, 0}},
    {"\\N", {NULL, 0}},
    {"\\ ", {NULL, 0}},
    {"\\0", {NULL, 0}},
    {"\\'", {NULL, 0}},
    {"\\\x01", {NULL, 0}},
    {"\\\xee", {NULL, 0}}, /* `n` but for the highest bit */
    {"\\\xa2", {NULL, 0}}, /* a quote but for the highest bit */
    {"\\u", {NULL, 0}},
    {"\\u004", {NULL, 0}},
    {"\\u004g", {NULL, 0}},
    {"\\u00 41", {NULL, 0}},
    {"\\u+041", {NULL, 0}},
    {"\\U0041", {NULL, 0}},
    {"\\ud83d\\u12", {NULL, 0}},
    {"\\ud83d\\", {NULL, 0}},
};

/* Every example, behind 0 to 130 plain bytes and before as many: escapes come
 * to lie at and across every block border. */
Test(unescape, gives_the_text_of_each_escape_at_every_place)
{
    struct guarded in = guarded_new(INSIDE_BYTES_MAX);
    struct guarded out = guarded_new(INSIDE_BYTES_MAX + SLACK);
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        struct view inside = view_of_string(examples[i].inside);
        struct view text = examples[i].text;
        for (size_t before = 0; before <= 130; before++) {
            for (size_t after = 0; after <= 130; after += after < 2 ? 1 : 64) {
                char padded[INSIDE_BYTES_MAX], expected[INSIDE_BYTES_MAX];
                memset(padded, '.', sizeof(padded));
                memset(expected, '.', sizeof(expected));
                memcpy(padded + before, inside.data, inside.size);
                if (text.size > 0)
                    memcpy(expected + before, text.data, text.size);
                check_kernels(in, out, view_of(padded, before + inside.size + after),
                              view_of(expected, before + text.size + after), !view_is_null(text),
                              "example");
            }
        }
    }
}

Test(unescape, gives_each_of_eight_bytes_behind_a_backslash_its_text)
{
    struct guarded in = guarded_new(INSIDE_BYTES_MAX);
    struct guarded out = guarded_new(INSIDE_BYTES_MAX + SLACK);
    for (unsigned byte = 0; byte < 256; byte++) {
        char inside[] = {'\\', (char)byte, 'x'};
        static const char from[] = "\"\\/bfnrt", text[] = "\"\\/\b\f\n\r\t";
        const char *known = byte ? strchr(from, (int)byte) : NULL;
        char expected[] = {known ? text[known - from] : '\0', 'x'};
        check_kernels(in, out, view_of(inside, 3), view_of(expected, 2), known != NULL, "byte");
    }
}

/* Mostly sound text in which every kind of escape is frequent. */
static size_t random_inside(uint64_t *state, char *to, size_t size_max, bool may_be_bad)
{
    static const char *const pieces[] = {
        "\\\"",
        "\\\\",
        "\\n",
        "\\t",
        "\\/",
        "\\u0041",
        "\\u20ac",
        "\\ud83d",
        "\\ude00",
        "a",
        "{",
        "\xc3\xa9",
        "n",
        "u",
        "\\b",
        "\\r",
        "\\f",
        " ",
        "some longer words without any escape in them, as messages have, ",
    };
    static const char *const bad[] = {"\\", "\\x", "\\u12", "\\u00g0", "\\\xff"};
    size_t size = 0;
    for (;;) {
        const char *piece = pieces[random_next(state) % (sizeof(pieces) / sizeof(pieces[0]))];
        if (may_be_bad && random_next(state) % 64 == 0)
            piece = bad[random_next(state) % (sizeof(bad) / sizeof(bad[0]))];
        size_t length = strlen(piece);
        if (size + length > size_max)
            return size;
        memcpy(to + size, piece, length);
        size += length;
    }
}

Test(unescape, all_kernels_agree_with_a_plain_reference)
{
    struct guarded in = guarded_new(INSIDE_BYTES_MAX);
    struct guarded out = guarded_new(INSIDE_BYTES_MAX + SLACK);
    unsigned long seed = random_seed();
    char what[64];
    for (unsigned round = 0; round < 100000; round++) {
        uint64_t state = seed * 1000003 + round + 1;
        char inside[INSIDE_BYTES_MAX], expected[INSIDE_BYTES_MAX];
        size_t size = random_inside(&state, inside, random_next(&state) % 400, round % 2 == 0);
        size_t text_size = reference_unescape(expected, view_of(inside, size));
        snprintf(what, sizeof(what), "seed %lu round %u", seed, round);
        check_kernels(in, out, view_of(inside, size), view_of(expected, text_size),
                      text_size != UNESCAPE_INVALID, what);
    }
}

Test(unescape, never_writes_more_than_it_read)
{
    char inside[INSIDE_BYTES_MAX], text[INSIDE_BYTES_MAX + SLACK];
    unsigned long seed = random_seed();
    for (unsigned round = 0; round < 1000; round++) {
        uint64_t state = seed + round * 7919 + 1;
        size_t size = random_inside(&state, inside, 600, false);
        for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
            unescape_fn *unescape = unescape_kernel(cpu);
            if (unescape != NULL)
                cr_assert(unescape(text, view_of(inside, size)) <= size, "seed %lu round %u %s",
                          seed, round, cpu_name(cpu));
        }
    }
}

Test(unescape, offers_a_kernel_exactly_where_the_machine_can_run_it)
{
    cr_assert(unescape_kernel(CPU_SCALAR) == unescape_scalar);
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++)
        cr_assert((unescape_kernel(cpu) != NULL) == cpu_can(cpu), "%s", cpu_name(cpu));
}
