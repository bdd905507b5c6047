#include "json/string_map.h"

CPU_DEFINE_KERNEL(string_map);

static bool is_common_escape(char letter)
{
    return letter == '"' || letter == '\\' || letter == 'n' || letter == 't';
}

size_t string_map_scalar(const char *text, size_t count, struct string_map *map)
{
    size_t written = 0;
    map->doubts = 0;
    for (size_t block = 0; block < count; block++) {
        uint64_t doubts = 0;
        for (unsigned i = 0; i < STRING_BLOCK_BYTES; i++) {
            size_t at = block * STRING_BLOCK_BYTES + i;
            unsigned char value = (unsigned char)text[at];
            bool is_doubt =
                value < ' ' || value >= 0x80 || (map->escaped && !is_common_escape(text[at]));
            doubts |= (uint64_t)is_doubt << i;
            if (text[at] == '"' && !map->escaped)
                map->ends[written++] = (uint32_t)at;
            map->escaped = text[at] == '\\' && !map->escaped;
        }
        map->blocks[block] = doubts;
        map->doubts |= doubts;
    }
    return written;
}

bool string_map_has_doubts(const uint64_t *blocks, size_t begin, size_t end)
{
    uint64_t doubts = 0;
    for (size_t at = begin / STRING_BLOCK_BYTES; at * STRING_BLOCK_BYTES < end; at++) {
        uint64_t bits = blocks[at];
        if (at * STRING_BLOCK_BYTES < begin)
            bits &= UINT64_MAX << begin % STRING_BLOCK_BYTES;
        if (end - at * STRING_BLOCK_BYTES < STRING_BLOCK_BYTES)
            bits &= (UINT64_C(1) << end % STRING_BLOCK_BYTES) - 1;
        doubts |= bits;
    }
    return doubts != 0;
}
