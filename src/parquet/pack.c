#include "parquet/pack.h"

#include <string.h>

CPU_DEFINE_KERNEL(pack_groups);
CPU_DEFINE_KERNEL(pack_find);
CPU_DEFINE_KERNEL(pack_run);

void pack_groups_scalar(const uint32_t *ids, size_t groups, unsigned width, char *to)
{
    uint64_t pending = 0;
    unsigned used = 0;
    for (size_t i = 0; i < groups * PACK_GROUP; i++) {
        pending |= (uint64_t)ids[i] << used;
        used += width;
        if (used < 64)
            continue;
        memcpy(to, &pending, sizeof(pending));
        to += sizeof(pending);
        used -= 64;
        pending = used > 0 ? ids[i] >> (width - used) : 0;
    }
    memcpy(to, &pending, sizeof(pending));
}

size_t pack_find_scalar(const uint32_t *ids, size_t groups)
{
    for (size_t group = 0; group < groups; group++) {
        const uint32_t *g = ids + group * PACK_GROUP;
        /* The ends first: most groups differ there. */
        if (g[0] == g[1] && g[0] == g[7] && pack_run_scalar(g, PACK_GROUP) == PACK_GROUP)
            return group;
    }
    return groups;
}

size_t pack_run_scalar(const uint32_t *ids, size_t count)
{
    size_t i = 1;
    while (i < count && ids[i] == ids[0])
        i++;
    return i;
}
