#include "json/escapes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define TEXT_BYTES_MAX 1024
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Memory whose last byte is followed by a page that cannot be touched. */
struct guarded {
    char *pages;
    size_t size; /* of the pages in front */
};

static struct guarded guarded_new(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(pages != MAP_FAILED);
    cr_assert(mprotect(pages + page, page, PROT_NONE) == 0);
    return (struct guarded){pages, page};
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

static bool reference_is_valid(struct view text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != '\\')
            continue;
        i++;
        if (i == text.size || text.data[i] == '\0' || !strchr("\"\\/bfnrtu", text.data[i]))
            return false;
        if (text.data[i] != 'u')
            continue;
        char digits[5] = "";
        memcpy(digits, text.data + i + 1, text.size - i - 1 < 4 ? text.size - i - 1 : 4);
        if (strspn(digits, "0123456789abcdefABCDEF") != 4)
            return false;
        i += 4;
    }
    return true;
}

static void check_kernels(struct guarded g, struct view text, bool is_valid, const char *what)
{
    char *from = g.pages + g.size - text.size;
    if (text.size > 0)
        memcpy(from, text.data, text.size);
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        escapes_fn *are_valid = escapes_kernel(cpu);
        if (are_valid != NULL)
            cr_assert(are_valid(view_of(from, text.size)) == is_valid, "%s: %s on `%.*s`", what,
                      cpu_name(cpu), (int)text.size, text.data);
    }
}

Test(escapes, only_nine_bytes_may_follow_a_backslash)
{
    struct guarded g = guarded_new();
    for (unsigned byte = 0; byte < 256; byte++) {
        char text[] = {'\\', (char)byte, '1', 'a', '2', 'B', 'x'};
        bool is_valid = byte != 0 && strchr("\"\\/bfnrtu", (int)byte) != NULL;
        check_kernels(g, view_of(text, sizeof(text)), is_valid, "byte");
    }
}

Test(escapes, four_hexadecimal_digits_follow_u)
{
    struct guarded g = guarded_new();
    for (unsigned byte = 0; byte < 256; byte++) {
        bool is_hex = byte != 0 && strchr("0123456789abcdefABCDEF", (int)byte) != NULL;
        for (size_t place = 2; place < 6; place++) {
            char text[] = "\\u0000 ";
            text[place] = (char)byte;
            check_kernels(g, view_of(text, 7), is_hex, "digit");
        }
    }
}

/* Behind 0 to 130 plain bytes and before as many, so that each lies at and
 * across every block border, and at the very end. */
Test(escapes, verdict_does_not_depend_on_the_place)
{
    static const char *const examples[] = {
        "",          "\\",         "\\n",           "\\\\",           "\\\\\\",
        "\\\\\\\\",  "\\u12aF",    "\\u12a",        "\\u12",          "\\u1",
        "\\ug000",   "\\u0g00",    "\\u00g0",       "\\u000g",        "\\u",
        "\\u12a\\n", "\\\\u1",     "\\\\\\u1",      "\\u0000\\u00zz", "\\\"\\x",
        "\\u12345",  "\\u00\\u00", "\\\\\\\\\\\\n", "\\\\\\\\\\\\\\",
    };
    struct guarded g = guarded_new();
    for (size_t i = 0; i < COUNT(examples); i++) {
        size_t size = strlen(examples[i]);
        for (size_t before = 0; before <= 130; before++) {
            for (size_t after = 0; after <= 130; after += after < 6 ? 1 : 62) {
                char text[TEXT_BYTES_MAX];
                memset(text, '.', sizeof(text));
                memcpy(text + before, examples[i], size);
                struct view v = view_of(text, before + size + after);
                check_kernels(g, v, reference_is_valid(v), "example");
            }
        }
    }
}

Test(escapes, all_kernels_agree_with_a_plain_reference)
{
    static const char bytes[] = "\\\\\\\\\\\"nnuu0123abAF/. {\x80\xee";
    struct guarded g = guarded_new();
    unsigned long seed = random_seed();
    unsigned valid = 0;
    for (unsigned round = 0; round < 100000; round++) {
        uint64_t state = (seed + round) * 0x9e3779b97f4a7c15u + 1;
        char text[TEXT_BYTES_MAX], what[64];
        size_t size = random_next(&state) % 200;
        for (size_t i = 0; i < size;) {
            /* Mostly sound, so that faults do not hide each other. */
            static const char *const sound[] = {"\\n", "\\\\", "\\\"", "\\u00e9", "abc", "\\/"};
            const char *piece = sound[random_next(&state) % COUNT(sound)];
            if (random_next(&state) % 40 == 0) {
                text[i++] = bytes[random_next(&state) % (sizeof(bytes) - 1)];
                continue;
            }
            size_t length = strlen(piece);
            memcpy(text + i, piece, length);
            i += length;
        }
        struct view v = view_of(text, size);
        bool is_valid = reference_is_valid(v);
        valid += is_valid;
        snprintf(what, sizeof(what), "seed %lu round %u", seed, round);
        check_kernels(g, v, is_valid, what);
    }
    cr_assert(valid > 10000 && valid < 90000, "%u", valid);
}

Test(escapes, offers_a_kernel_exactly_where_the_machine_can_run_it)
{
    cr_assert(escapes_kernel(CPU_SCALAR) == escapes_scalar);
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++)
        cr_assert((escapes_kernel(cpu) != NULL) == cpu_can(cpu), "%s", cpu_name(cpu));
}
