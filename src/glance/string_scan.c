#include "glance/string_scan.h"

string_scan_fn *string_scan_kernel(enum cpu cpu)
{
#if defined(__x86_64__)
    if (cpu == CPU_AVX512 && cpu_can(cpu))
        return string_scan_avx512;
    if (cpu == CPU_AVX2 && cpu_can(cpu))
        return string_scan_avx2;
#else
    (void)cpu;
#endif
    return string_scan_scalar;
}

static bool is_common_escape(char letter)
{
    return letter == '"' || letter == '\\' || letter == 'n' || letter == 't';
}

bool string_scan_scalar(struct view text, size_t at, struct string_scan *ret)
{
    *ret = (struct string_scan){.is_ascii = true};
    for (; at < text.size; at++) {
        unsigned char byte = (unsigned char)text.data[at];
        if (byte == '"') {
            ret->end = at;
            return true;
        }
        if (byte == '\\') {
            at++;
            if (at == text.size)
                return false;
            byte = (unsigned char)text.data[at];
            ret->has_rare = ret->has_rare || !is_common_escape(text.data[at]);
        }
        if (byte < ' ')
            return false;
        ret->is_ascii = ret->is_ascii && byte < 0x80;
    }
    return false;
}
