/* Every vector kernel of the machine it runs on against its scalar twin, over
 * random texts. Needs no library, so that the cross compiler can build it: the
 * unit tests say more, but only of the machine that builds them. */

#include "alert/mask_map.h"
#include "glance/marks.h"
#include "glance/mold.h"
#include "parquet/bloom_set.h"
#include "parquet/pack.h"
#include "split/seam.h"
#include "json/escapes.h"
#include "json/flaw.h"
#include "json/string_map.h"
#include "json/unescape.h"

#include <stdio.h>
#include <stdlib.h>

enum { BYTES_MAX = 700, SLACK = 64, ROUNDS = 30000 };

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Few different bytes, most of which mean something, and now and then any. */
static struct view fill(uint64_t *seed, char *text)
{
    static const char *const alphabets[] = {"\\\\nu0aF\"/tx",
                                            "}{ \n\t\"a",
                                            "velmo_awcdqustn\\[Ar",
                                            "abcdefg \\n",
                                            "\xe3\x81\x82\xc3\xa9\xf0\x9f\\\"a",
                                            "\"\\abcdefghijklmnopq",
                                            " ,/:09afAFgzGZ!=@_-."};
    enum { ALPHABETS = sizeof(alphabets) / sizeof(alphabets[0]) };
    const char *alphabet = alphabets[random_next(seed) % ALPHABETS];
    size_t letters = strlen(alphabet), size = random_next(seed) % (BYTES_MAX + 1);
    bool is_wild = random_next(seed) % 4 == 0;
    for (size_t i = 0; i < size; i++) {
        uint64_t n = random_next(seed) >> 20;
        text[i] = is_wild && n % 5 == 0 ? (char)(n >> 8) : alphabet[(n >> 8) % letters];
    }
    memset(text + size, '{', SLACK);
    return view_of(text, size);
}

/* Characters of one to four bytes, and now and then a byte that is wrong. */
static struct view fill_characters(uint64_t *seed, char *text)
{
    static const char *const characters[] = {"a",
                                             "\"",
                                             "\\n",
                                             "\xc3\xa9",
                                             "\xe0\xa0\x80",
                                             "\xed\x9f\xbf",
                                             "\xf0\x90\x80\x80",
                                             "\xf4\x8f\xbf\xbf"};
    size_t size = 0, wanted = random_next(seed) % (BYTES_MAX - SLACK);
    while (size < wanted) {
        const char *character = characters[random_next(seed) % 8];
        memcpy(text + size, character, strlen(character));
        size += strlen(character);
    }
    for (size_t flaws = random_next(seed) % 3; flaws > 0 && size > 0; flaws--)
        text[random_next(seed) % size] ^= (char)(1 << random_next(seed) % 8);
    memset(text + size, '{', SLACK);
    return view_of(text, size);
}

static bool unescape_agrees(enum cpu cpu, struct view text)
{
    char want[BYTES_MAX + SLACK], got[BYTES_MAX + SLACK];
    size_t size = unescape_scalar(want, text);
    return unescape_kernel(cpu)(got, text) == size &&
           (size == UNESCAPE_INVALID || memcmp(want, got, size) == 0);
}

static bool seam_agrees(enum cpu cpu, struct view text)
{
    uint32_t want[BYTES_MAX + SLACK], got[BYTES_MAX + SLACK];
    struct seam_state one = {0}, other = {0};
    size_t at = 0, end = 0;
    size_t count = seam_scan_scalar(text, &at, &one, want, BYTES_MAX);
    return seam_scan_kernel(cpu)(text, &end, &other, got, BYTES_MAX) == count && at == end &&
           one.after_close == other.after_close && memcmp(want, got, count * sizeof(*got)) == 0;
}

/* Kernels may name places of their own, besides where a word begins. */
static bool marks_agree(enum cpu cpu, const struct mark_tables *tables, struct view text)
{
    static const char *const words[] = {"vel", "cod", "que", "emo"};
    uint32_t got[MARKS_MAX + MARKS_SPARE];
    size_t count =
        marks_kernel(cpu)(tables, text, MARK_LEVEL | MARK_CODE | MARK_MISSING | MARK_MEMORY, got);
    size_t next = 0;
    for (size_t at = 0; at < text.size && count <= MARKS_MAX; at++) {
        bool is_found = next < count && got[next] == at;
        next += is_found;
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            if (!is_found && view_starts_with(view_from(text, at), view_of_string(words[i])))
                return false;
        }
    }
    return count > MARKS_MAX || next == count;
}

static bool string_map_agrees(enum cpu cpu, struct view text)
{
    enum { BLOCKS_MAX = BYTES_MAX / STRING_BLOCK_BYTES };
    uint64_t want[BLOCKS_MAX], got[BLOCKS_MAX];
    uint32_t want_ends[BYTES_MAX + STRING_ENDS_SPARE], got_ends[BYTES_MAX + STRING_ENDS_SPARE];
    struct string_map one = {.escaped = text.size & 1, .ends = want_ends, .blocks = want};
    struct string_map other = {.escaped = text.size & 1, .ends = got_ends, .blocks = got};
    size_t count = text.size / STRING_BLOCK_BYTES;
    size_t ends = string_map_scalar(text.data, count, &one);
    return string_map_kernel(cpu)(text.data, count, &other) == ends &&
           one.escaped == other.escaped && one.doubts == other.doubts &&
           memcmp(want, got, count * sizeof(*got)) == 0 &&
           memcmp(want_ends, got_ends, ends * sizeof(*got_ends)) == 0;
}

/* Flaw after flaw, as a repair meets them. */
static bool flaws_agree(enum cpu cpu, struct view text, bool is_json)
{
    struct flaw_strings one = {0}, other = {0};
    for (size_t at = 0; at < text.size; at++) {
        size_t want = flaw_scalar(text, at, is_json ? &one : NULL);
        if (flaw_kernel(cpu)(text, at, is_json ? &other : NULL) != want ||
            one.is_inside != other.is_inside)
            return false;
        /* A character begins behind it. */
        for (at = want; at + 1 < text.size && ((unsigned char)text.data[at + 1] & 0xc0) == 0x80;)
            at++;
    }
    return true;
}

static bool mask_map_agrees(enum cpu cpu, struct view text)
{
    struct mask_block want[MASK_BLOCKS(BYTES_MAX)], got[MASK_BLOCKS(BYTES_MAX)];
    mask_map_scalar(text, want);
    mask_map_kernel(cpu)(text, got);
    return memcmp(want, got, MASK_BLOCKS(text.size) * sizeof(*got)) == 0;
}

/* A mold that the text fits, or nearly so, of every size. */
static bool molds_agree(enum cpu cpu, struct view text)
{
    char pattern[MOLD_BYTES_MAX];
    struct mold mold;
    for (size_t size = MOLD_BYTES_MIN; size <= MOLD_BYTES_MAX && size <= text.size; size++) {
        for (size_t i = 0; i < size; i++) {
            char byte = text.data[i];
            bool is_hex = byte_is_digit(byte) || (byte >= 'a' && byte <= 'f');
            pattern[i] = is_hex || i * 7 % 31 == size % 31 ? MOLD_HEX[0] : byte;
        }
        mold_make(view_of(pattern, size), &mold);
        const char *at = text.data + (text.size - size) * (size % 2);
        if (mold_kernel(cpu)(&mold, at) != mold_scalar(&mold, at))
            return false;
    }
    return true;
}

/* The text's bytes as ids, some of them often. */
static bool packs_agree(enum cpu cpu, struct view text)
{
    uint32_t ids[BYTES_MAX];
    char want[BYTES_MAX * sizeof(*ids) + PACK_SPARE], got[sizeof(want)];
    unsigned width = 1 + (unsigned)(text.size % 32);
    size_t groups = text.size / PACK_GROUP;
    for (size_t i = 0; i < text.size; i++)
        ids[i] = (uint32_t)(unsigned char)text.data[i] * UINT32_C(0x01010101) >> (32 - width);
    pack_groups_scalar(ids, groups, width, want);
    pack_groups_kernel(cpu)(ids, groups, width, got);
    for (size_t i = 0; i < text.size; i++) {
        if (pack_run_kernel(cpu)(ids + i, text.size - i) != pack_run_scalar(ids + i, text.size - i))
            return false;
    }
    /* Runs of eight are rare in such text: they are made. */
    for (size_t i = groups / 2 * PACK_GROUP; groups > 0 && i < groups * PACK_GROUP; i++)
        ids[i] = ids[groups / 2 * PACK_GROUP];
    return memcmp(want, got, groups * width) == 0 &&
           pack_find_kernel(cpu)(ids, groups) == pack_find_scalar(ids, groups);
}

/* The text's bytes as hashes, in a filter that is soon full. */
static bool bloom_sets_agree(enum cpu cpu, struct view text)
{
    enum { BLOCKS = 3 };
    uint64_t hashes[BYTES_MAX / sizeof(uint64_t) + 1] = {0};
    char want[BLOCKS * BLOOM_BLOCK_BYTES] = {0}, got[sizeof(want)] = {0};
    size_t count = text.size / sizeof(*hashes);
    memcpy(hashes, text.data, count * sizeof(*hashes));
    for (size_t i = 0; i < count; i++)
        hashes[i] *= UINT64_C(0x9e3779b97f4a7c15);
    size_t added = bloom_set_scalar(want, sizeof(want), hashes, count);
    return bloom_set_kernel(cpu)(got, sizeof(got), hashes, count) == added &&
           memcmp(want, got, sizeof(want)) == 0;
}

static bool check(enum cpu cpu, const struct mark_tables *tables, struct view text)
{
    const char *family = NULL;
    if (!unescape_agrees(cpu, text))
        family = "unescape";
    else if (escapes_kernel(cpu)(text) != escapes_scalar(text))
        family = "escapes";
    else if (!seam_agrees(cpu, text))
        family = "seam";
    else if (!string_map_agrees(cpu, text))
        family = "string map";
    else if (!marks_agree(cpu, tables, text))
        family = "marks";
    else if (!molds_agree(cpu, text))
        family = "mold";
    else if (!flaws_agree(cpu, text, false) || !flaws_agree(cpu, text, true))
        family = "flaw";
    else if (!mask_map_agrees(cpu, text))
        family = "mask map";
    else if (!packs_agree(cpu, text))
        family = "pack";
    else if (!bloom_sets_agree(cpu, text))
        family = "bloom set";
    if (family != NULL)
        fprintf(stderr, "%s: %s differs from scalar on %zu bytes: %.*s\n", cpu_name(cpu), family,
                text.size, (int)text.size, text.data);
    return family == NULL;
}

int main(void)
{
    const char *given = getenv("MILLRACE_TEST_SEED");
    uint64_t first = given != NULL ? strtoull(given, NULL, 10) : 20230105, seed = first;
    struct mark_tables tables;
    unsigned kernels = 0;
    mark_tables_fill(&tables);
    for (enum cpu cpu = CPU_SCALAR + 1; cpu < CPU_COUNT; cpu++) {
        if (!cpu_can(cpu))
            continue;
        kernels++;
        for (unsigned round = 0; round < ROUNDS; round++) {
            char text[BYTES_MAX + SLACK];
            struct view filled = round % 8 == 0 ? fill_characters(&seed, text) : fill(&seed, text);
            if (!check(cpu, &tables, filled)) {
                fprintf(stderr, "seed %llu (MILLRACE_TEST_SEED)\n", (unsigned long long)first);
                return 1;
            }
        }
        printf("%s: unescape, escapes, seam, string map and ends, marks, molds, flaws, mask map, "
               "packing, bits of Bloom filters as scalar over %d texts\n",
               cpu_name(cpu), (int)ROUNDS);
    }
    return kernels > 0 ? 0 : 77;
}
