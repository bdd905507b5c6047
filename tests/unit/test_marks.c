/* Kernels that look for words against a search from the definition alone. */

#include "split_harness.h"

#include "glance/marks.h"

static const struct {
    uint8_t class;
    const char *word;
} words[] = {
    {MARK_LEVEL, "vel"},   {MARK_KIND, "_aw"},     {MARK_KIND, "[Ac"},    {MARK_CODE, "cod"},
    {MARK_MEMORY, "emo"},  {MARK_UNIT, "\\u"},     {MARK_NEWLINE, "\\n"}, {MARK_NEWLINE, "\\r"},
    {MARK_MISSING, "que"}, {MARK_MISSING, "mp\\"}, {MARK_BARE, "tac"},    {MARK_BARE, "pla"},
};
#define WORDS (sizeof(words) / sizeof(words[0]))

static bool begins_word(struct view text, size_t at, uint8_t wanted)
{
    for (size_t i = 0; i < WORDS; i++) {
        if ((words[i].class & wanted) != 0 &&
            view_starts_with(view_from(text, at), view_of_string(words[i].word)))
            return true;
    }
    return false;
}

static void check(enum cpu cpu, const struct mark_tables *tables, struct view text, uint8_t wanted)
{
    uint32_t found[MARKS_MAX + MARKS_SPARE];
    size_t count = marks_kernel(cpu)(tables, text, wanted, found);
    cr_assert_leq(count, MARKS_MAX + MARKS_SPARE);
    for (size_t i = 1; i < count; i++)
        cr_assert_lt(found[i - 1], found[i]);
    size_t next = 0;
    for (size_t at = 0; at < text.size && next <= MARKS_MAX; at++) {
        bool is_found = next < count && found[next] == at;
        next += is_found;
        cr_assert(is_found || count > MARKS_MAX || !begins_word(text, at, wanted),
                  "%s misses what stands at %zu of %zu", cpu_name(cpu), at, text.size);
    }
    cr_assert(next == count || count > MARKS_MAX);
}

static size_t fill(uint64_t *seed, char *text, size_t size)
{
    static const char letters[] = "velmo_awcdqutn\\[A\xc3\xa9 pr";
    size_t at = 0;
    bool is_dense = random_below(seed, 4) == 0;
    while (at < size) {
        const char *word = words[random_below(seed, WORDS)].word;
        size_t length = strlen(word);
        if (random_below(seed, is_dense ? 3 : 60) == 0 && at + length <= size) {
            memcpy(text + at, word, length);
            at += length;
        } else {
            text[at++] = is_dense ? letters[random_below(seed, sizeof(letters) - 1)]
                                  : (char)(random_next(seed) >> 13);
        }
    }
    return size;
}

Test(marks, every_kernel_finds_every_word)
{
    enum { BYTES_MAX = 400, ROUNDS = 20000 };
    uint64_t seed = test_seed();
    struct mark_tables tables;
    mark_tables_fill(&tables);
    struct guarded g = guarded_new(BYTES_MAX);
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t size = random_below(&seed, BYTES_MAX + 1);
        /* Up to the page that faults. */
        struct view text = view_of(g.begin + g.size - size, size);
        fill(&seed, g.begin + g.size - size, size);
        uint8_t wanted = (uint8_t)(random_next(&seed) >> 20);
        for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
            if (marks_kernel(cpu) != NULL)
                check(cpu, &tables, text, wanted);
        }
    }
    guarded_free(g);
}

Test(marks, stops_where_there_are_too_many)
{
    struct mark_tables tables;
    mark_tables_fill(&tables);
    char text[600];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = "vel"[i % 3];
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        uint32_t found[MARKS_MAX + MARKS_SPARE];
        if (marks_kernel(cpu) != NULL)
            cr_expect_gt(marks_kernel(cpu)(&tables, view_of(text, sizeof(text)), MARK_LEVEL, found),
                         MARKS_MAX);
    }
}
