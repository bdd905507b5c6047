/* A Parquet file of any bytes is refused, in bounded memory, or is sound. */
#include "fuzz.h"
#include "parquet/check.h"
#include "util/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct guard g;
    struct check_summary summary = {0};
    struct err err = {{0}};
    if (g.begin == NULL)
        g = guard_new(FUZZ_BYTES_MAX);
    if (size > FUZZ_BYTES_MAX)
        return 0;
    enum rc rc = check_file(guard_copy(g, view_of(data, size), 0), 4 << 20, &summary, &err);
    FUZZ_HOLDS(rc == RC_OK || rc == RC_BAD_INPUT || rc == RC_UNSUPPORTED || rc == RC_TOO_BIG ||
               rc == RC_NO_MEMORY);
    FUZZ_HOLDS((rc == RC_OK) == (err.text[0] == '\0'));
    return 0;
}
