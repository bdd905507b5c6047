/* test_copy.c - short copies: every size, and not a byte more. */
#include "util/copy.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(copy, every_size_is_copied_exactly)
{
    enum { SIZES = 300 };
    for (size_t size = 0; size < SIZES; size++) {
        /* Of this size alone: the address sanitizer sees what is read past its end. */
        char *from = malloc(size + (size == 0));
        char to[SIZES + 2], wanted[SIZES + 2];
        cr_assert_not_null(from);
        memset(wanted, '.', sizeof(wanted));
        for (size_t i = 0; i < size; i++)
            wanted[i + 1] = from[i] = (char)(i * 7 + size);
        memset(to, '.', sizeof(to));
        copy_short(to + 1, from, size);
        cr_expect_arr_eq(to, wanted, sizeof(to), "%zu bytes", size);
        free(from);
    }
    copy_short(NULL, NULL, 0);
}
