#include "util/cpu.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[CPU_COUNT] = {"scalar", "neon", "avx2", "avx512"};

const char *cpu_name(enum cpu cpu)
{
    assert(cpu < CPU_COUNT);
    return names[cpu];
}

bool cpu_can(enum cpu cpu)
{
    switch (cpu) {
    case CPU_SCALAR:
        return true;
#if defined(__x86_64__)
    case CPU_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
               __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
    case CPU_AVX512:
        return cpu_can(CPU_AVX2) && __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2");
    case CPU_NEON:
#elif defined(__aarch64__)
    case CPU_NEON:
        return true;
    case CPU_AVX2:
    case CPU_AVX512:
#else
    case CPU_NEON:
    case CPU_AVX2:
    case CPU_AVX512:
#endif
    case CPU_COUNT:
        return false;
    }
    return false;
}

bool cpu_choose(enum cpu *ret_cpu)
{
    enum cpu best = CPU_SCALAR;
    for (enum cpu c = CPU_SCALAR; c < CPU_COUNT; c++) {
        if (cpu_can(c))
            best = c;
    }
    *ret_cpu = best;

    const char *wanted = getenv("MILLRACE_CPU");
    if (wanted == NULL || wanted[0] == '\0')
        return true;
    for (enum cpu c = CPU_SCALAR; c < CPU_COUNT; c++) {
        if (strcmp(wanted, names[c]) == 0 && cpu_can(c)) {
            *ret_cpu = c;
            return true;
        }
    }
    return false;
}
