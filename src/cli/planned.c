#include "cli/planned.h"

#include "cli/command_line.h"

enum rc planned_options(const struct options *o, const struct plan_file *file, struct options *ret,
                        struct err *err)
{
    *ret = *o;
    ret->shards = file->head.shards;
    ret->rules_text = file->rules;
    ret->redact_text = file->redact;
    return command_line_apply(ret, file->arguments, file->head.arguments, err);
}
