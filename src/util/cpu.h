/* cpu.h - which vector kernels this process uses.
 *
 * Each family of kernels (seam, unescape, …) has the same signature in every
 * variant and one function `x_kernel(enum cpu)` that gives the variant, or
 * NULL where it was not compiled in. The choice is made once per process. */
#ifndef MILLRACE_CPU_H
#define MILLRACE_CPU_H

#include <stdbool.h>

enum cpu { CPU_SCALAR, CPU_NEON, CPU_AVX2, CPU_AVX512, CPU_COUNT };

/* A family's kernels by variant, for an array of CPU_COUNT; NULL stands for those
 * that this architecture has not. The functions are named family_variant. */
#if defined(__x86_64__)
#define CPU_KERNELS(family)                                                                        \
    {                                                                                              \
        [CPU_SCALAR] = family##_scalar, [CPU_AVX2] = family##_avx2,                                \
        [CPU_AVX512] = family##_avx512,                                                            \
    }
#elif defined(__aarch64__)
#define CPU_KERNELS(family) {[CPU_SCALAR] = family##_scalar, [CPU_NEON] = family##_neon}
#else
#define CPU_KERNELS(family) {[CPU_SCALAR] = family##_scalar}
#endif

/* "scalar", "neon", "avx2", "avx512": also what MILLRACE_CPU takes. */
const char *cpu_name(enum cpu cpu);

/* Whether this machine can run the variant. AVX512 here means F, BW, VL, VBMI
 * and VBMI2 (Ice Lake, Zen 4 and later), with BMI2; AVX2 comes with BMI2 and
 * PCLMUL (Haswell and later). */
bool cpu_can(enum cpu cpu);

/* The best variant this machine can run, or the one named in the environment
 * variable MILLRACE_CPU. False when that names none that can run here:
 * *ret_cpu is then the best one all the same. */
bool cpu_choose(enum cpu *ret_cpu);

#endif
