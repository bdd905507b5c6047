#include "util/sandbox.h"

static const char not_built[] = "this build has no sandbox";

const char *sandbox_forbid_calls(bool allows_rings)
{
    (void)allows_rings;
    return not_built;
}

const char *sandbox_keep_writes(const struct sandbox_folder *folders, size_t count)
{
    (void)folders;
    (void)count;
    return not_built;
}
