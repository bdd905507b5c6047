/* cpu.h - which vector kernels this process uses.
 *
 * Each family of kernels (seam, unescape, …) has the same signature in every
 * variant and one function `x_kernel(enum cpu)` that gives the variant, or
 * NULL where it was not compiled in. The choice is made once per process. */
#ifndef MILLRACE_CPU_H
#define MILLRACE_CPU_H

#include <stdbool.h>
#include <stddef.h>

enum cpu { CPU_SCALAR, CPU_NEON, CPU_AVX2, CPU_AVX512, CPU_COUNT };

/* The kernels of a family that this architecture has, by variant: the members of
 * an array of CPU_COUNT. The functions are named family_variant. */
#if defined(__x86_64__)
#define CPU_KERNELS(family)                                                                        \
    [CPU_SCALAR] = family##_scalar, [CPU_AVX2] = family##_avx2, [CPU_AVX512] = family##_avx512
#elif defined(__aarch64__)
#define CPU_KERNELS(family) [CPU_SCALAR] = family##_scalar, [CPU_NEON] = family##_neon
#else
#define CPU_KERNELS(family) [CPU_SCALAR] = family##_scalar
#endif

/* Defines `family_fn *family_kernel(enum cpu)`: the variant, or NULL where this build or
 * machine has none. Stands in the family's own file. */
#define CPU_DEFINE_KERNEL(family)                                                                  \
    family##_fn *family##_kernel(enum cpu cpu)                                                     \
    {                                                                                              \
        static family##_fn *const kernels[CPU_COUNT] = {CPU_KERNELS(family)};                      \
        return cpu_can(cpu) ? kernels[cpu] : NULL;                                                 \
    }                                                                                              \
    family##_fn *family##_kernel(enum cpu cpu)

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
