#include "cli/shard.h"

#include "cli/values.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What an engine says: task `id` of `count`, the first being `first`, `step` apart. */
struct engine {
    const char *name; /* for messages: the variable of the id */
    uint64_t id, first, step;
    bool has_count;
    uint64_t count;
};

/* An unset variable leaves *ret alone. */
static enum rc read_variable(const char *name, bool *ret_is_set, uint64_t *ret, struct err *err)
{
    const char *text = getenv(name);
    *ret_is_set = text != NULL;
    if (text == NULL || value_count(text, ret))
        return RC_OK;
    return err_set(err, RC_USAGE, "%s=\"%.40s\" is not a number", name, text);
}

static enum rc read_slurm(struct engine *e, struct err *err)
{
    bool is_set;
    TRY(read_variable("SLURM_ARRAY_TASK_MIN", &is_set, &e->first, err));
    TRY(read_variable("SLURM_ARRAY_TASK_STEP", &is_set, &e->step, err));
    return read_variable("SLURM_ARRAY_TASK_COUNT", &e->has_count, &e->count, err);
}

static enum rc read_engine(struct engine *e, struct err *err)
{
    static const char *const names[] = {"AWS_BATCH_JOB_ARRAY_INDEX", "SLURM_ARRAY_TASK_ID",
                                        "JOB_COMPLETION_INDEX", "PARALLEL_SEQ"};
    enum { AWS_BATCH, SLURM, KUBERNETES, PARALLEL };
    *e = (struct engine){.step = 1};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        bool is_set;
        TRY(read_variable(names[i], &is_set, &e->id, err));
        if (!is_set)
            continue;
        e->name = names[i];
        if (i == AWS_BATCH)
            return read_variable("AWS_BATCH_JOB_ARRAY_SIZE", &e->has_count, &e->count, err);
        if (i == SLURM)
            return read_slurm(e, err);
        e->first = i == PARALLEL;
        return RC_OK;
    }
    return err_set(err, RC_USAGE,
                   "--shard auto: none of AWS_BATCH_JOB_ARRAY_INDEX, SLURM_ARRAY_TASK_ID, "
                   "JOB_COMPLETION_INDEX, PARALLEL_SEQ is set; say --shard i/N");
}

static enum rc choose_auto(uint32_t shards, uint32_t *ret, struct err *err)
{
    struct engine e;
    TRY(read_engine(&e, err));
    if (e.has_count && e.count != shards)
        return err_set(err, RC_USAGE,
                       "%s is of an array of %" PRIu64 " tasks, and the plan has %" PRIu32
                       " shards; begin as many tasks, plan with --shards %" PRIu64
                       ", or say --shard i/%" PRIu32,
                       e.name, e.count, shards, e.count, shards);
    if (e.step == 0 || e.id < e.first || (e.id - e.first) % e.step != 0 ||
        (e.id - e.first) / e.step >= shards)
        return err_set(err, RC_USAGE,
                       "%s=%" PRIu64 " is none of the plan's %" PRIu32
                       " shards (the first is %" PRIu64 ", then every %" PRIu64 ")",
                       e.name, e.id, shards, e.first, e.step);
    *ret = (uint32_t)((e.id - e.first) / e.step);
    return RC_OK;
}

enum rc shard_choose(const char *text, uint32_t shards, uint32_t *ret, struct err *err)
{
    if (strcmp(text, "auto") == 0)
        return choose_auto(shards, ret, err);
    uint32_t index, count;
    if (!value_shard(text, &index, &count))
        return err_set(
            err, RC_USAGE,
            "--shard: cannot take \"%.40s\"; it wants i/N with i from 0 to N - 1, or auto", text);
    if (count != shards)
        return err_set(err, RC_USAGE,
                       "--shard %.40s: the plan has %" PRIu32 " shards; say --shard %" PRIu32
                       "/%" PRIu32 ", or plan with --shards %" PRIu32,
                       text, shards, index, shards, count);
    *ret = index;
    return RC_OK;
}
