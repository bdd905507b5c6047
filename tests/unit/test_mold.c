#include "glance/eight.h"
#include "glance/mold.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define FOUR(piece) piece piece piece piece
#define H8 FOUR(MOLD_HEX) FOUR(MOLD_HEX)
#define H4 FOUR(MOLD_HEX)

static const struct {
    struct view pattern;
    const char *text;
} molds[] = {
    {VIEW(H8 "-" H4 "-" H4 "-" H4 "-" H8 H4), "6bc28136-3fA1-45b4-B517-5ab0ce6649dF"},
    {VIEW(",\"timestamp\":" MOLD_FIRST_DIGIT FOUR(FOUR(MOLD_DIGIT)) MOLD_DIGIT ","),
     ",\"timestamp\":167292000000000000,"},
    {VIEW(FOUR(FOUR(FOUR(MOLD_HEX)))),
     "0123456789abcdefABCDEF9876543210000000000000000000000000000000ff"},
};

static bool fits(char wanted, unsigned char byte)
{
    bool is_digit = byte >= '0' && byte <= '9';
    if (wanted == MOLD_DIGIT[0])
        return is_digit;
    if (wanted == MOLD_FIRST_DIGIT[0])
        return is_digit && byte != '0';
    if (wanted == MOLD_HEX[0])
        return is_digit || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
    return byte == (unsigned char)wanted;
}

/* Each byte of each text changed to every other, in front of a page that cannot
 * be read. */
Test(mold, wants_exactly_its_bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(pages != MAP_FAILED);
    cr_assert(mprotect(pages + page, page, PROT_NONE) == 0);
    for (size_t i = 0; i < sizeof(molds) / sizeof(molds[0]); i++) {
        struct mold mold;
        struct view pattern = molds[i].pattern;
        char *text = pages + page - pattern.size;
        cr_assert_eq(strlen(molds[i].text), pattern.size);
        memcpy(text, molds[i].text, pattern.size);
        mold_make(pattern, &mold);
        for (size_t at = 0; at < pattern.size; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                text[at] = (char)byte;
                for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++)
                    cr_assert(!cpu_can(cpu) || mold_kernel(cpu)(&mold, text) ==
                                                   fits(pattern.data[at], (unsigned char)byte),
                              "%s: byte %zu as %u", cpu_name(cpu), at, byte);
            }
            text[at] = molds[i].text[at];
        }
    }
    munmap(pages, 2 * page);
}

/* Every byte at every place, among bytes that differ from it by a bit, also the
 * highest. */
Test(eight, finds_the_first_of_a_byte)
{
    enum { BYTES = 21 };
    for (unsigned byte = 0; byte < 128; byte++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            char text[BYTES];
            memset(text, (int)(byte ^ 1u << bit), sizeof(text));
            cr_assert_eq(eight_find(view_of(text, BYTES), (char)byte, 0), BYTES);
            for (size_t at = BYTES; at-- > 0;) {
                text[at] = (char)byte;
                for (size_t from = 0; from <= at; from++)
                    cr_assert_eq(eight_find(view_of(text, BYTES), (char)byte, from), at);
            }
        }
    }
}
