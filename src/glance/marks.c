#include "glance/marks.h"

static const struct {
    uint8_t class;
    const char *word; /* two bytes where any may be the third */
} words[] = {
    {MARK_LEVEL, "vel"},   {MARK_KIND, "_aw"},     {MARK_KIND, "[Ac"},    {MARK_CODE, "cod"},
    {MARK_MEMORY, "emo"},  {MARK_UNIT, "\\u"},     {MARK_NEWLINE, "\\n"}, {MARK_NEWLINE, "\\r"},
    {MARK_MISSING, "que"}, {MARK_MISSING, "mp\\"}, {MARK_BARE, "tac"},    {MARK_BARE, "pla"},
};

static void allow(struct mark_tables *t, unsigned place, unsigned char byte, uint8_t class)
{
    t->whole[place][byte & 127] |= class;
    t->low[place][byte & 15] |= class;
    t->high[place][byte >> 4] |= class;
}

void mark_tables_fill(struct mark_tables *ret)
{
    *ret = (struct mark_tables){0};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        for (unsigned place = 0; place < MARK_BYTES; place++) {
            unsigned char byte = (unsigned char)words[i].word[place];
            if (byte != '\0') {
                allow(ret, place, byte, words[i].class);
                continue;
            }
            for (unsigned any = 0; any < 256; any++)
                allow(ret, place, (unsigned char)any, words[i].class);
        }
    }
}

CPU_DEFINE_KERNEL(marks);
