#include "json/string_map.h"

CPU_DEFINE_KERNEL(string_map);

static bool is_common_escape(char letter)
{
    return letter == '"' || letter == '\\' || letter == 'n' || letter == 't';
}

void string_map_scalar(const char *text, size_t count, uint64_t *escaped, struct string_block *ret)
{
    for (size_t block = 0; block < count; block++) {
        ret[block] = (struct string_block){0};
        for (unsigned i = 0; i < STRING_BLOCK_BYTES; i++) {
            char byte = text[block * STRING_BLOCK_BYTES + i];
            unsigned char value = (unsigned char)byte;
            bool is_doubt = value < ' ' || value >= 0x80 || (*escaped && !is_common_escape(byte));
            bool is_end = byte == '"' && !*escaped;
            *escaped = byte == '\\' && !*escaped;
            ret[block].ends |= (uint64_t)is_end << i;
            ret[block].doubts |= (uint64_t)is_doubt << i;
        }
    }
}
