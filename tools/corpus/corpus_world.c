#include "corpus_world.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const services[] = {"orders",   "payments", "catalog", "shipping",
                                       "identity", "search",   "billing", "notify"};
static const char *const stages[] = {"prod", "staging", "dev"};
static const char *const verbs[] = {"create", "update", "list",      "handle", "sync",
                                    "export", "import", "authorize", "render", "expire"};
static const char *const nouns[] = {"Order",    "Invoice", "Item",   "Event", "Session", "Report",
                                    "Customer", "Webhook", "Parcel", "Token", "Price"};
static const unsigned limits_s[] = {3, 6, 15, 30, 60, 900};
static const unsigned memories_mb[] = {128, 256, 512, 1024, 3008};

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof(array)[0]))

/* Half the functions are Node.js, as where this kind of archive comes from. */
static enum style style_of(unsigned index, struct random *r)
{
    static const enum style common[] = {STYLE_NODE, STYLE_NODE, STYLE_NODE, STYLE_JSON,
                                        STYLE_PYTHON};
    if (index < STYLE_COUNT)
        return (enum style)index;
    if (random_below(r, 10) < 7)
        return common[random_below(r, COUNT(common))];
    return (enum style)random_below(r, STYLE_COUNT);
}

static void function_init(struct function *f, unsigned index, const struct world *w)
{
    struct random r = random_of(w->options.seed, index, 0xf);
    f->account = index % w->options.accounts;
    memcpy(f->account_id, w->account_ids[f->account], 12);
    f->service = services[random_below(&r, COUNT(services))];
    f->stage = stages[random_below(&r, COUNT(stages))];
    /* The index makes the name, and so the log group, unique. */
    snprintf(f->name, sizeof f->name, "%s%s%u", verbs[random_below(&r, COUNT(verbs))],
             nouns[random_below(&r, COUNT(nouns))], index);
    snprintf(f->log_group, sizeof f->log_group, "/aws/lambda/%s-%s-%s", f->service, f->stage,
             f->name);
    f->style = style_of(index, &r);
    f->age = random_below(&r, 2) == 0 ? PLATFORM_OLD : PLATFORM_NEW;
    f->limit_s = limits_s[random_below(&r, COUNT(limits_s))];
    f->memory_mb = memories_mb[random_below(&r, COUNT(memories_mb))];
    bool can_extract =
        f->style == STYLE_NODE || f->style == STYLE_NODE8 || f->style == STYLE_DOTNET;
    f->is_extracted = can_extract && random_below(&r, 2) == 0;
    /* Functions whose timeouts show in a REPORT line only would show none. */
    if (f->is_extracted)
        f->age = PLATFORM_OLD;
}

static bool world_fill(struct world *w)
{
    unsigned accounts = w->options.accounts, functions = w->options.functions;
    w->account_ids = calloc(accounts, sizeof *w->account_ids);
    w->functions = calloc(functions, sizeof *w->functions);
    w->text_functions = calloc(functions, sizeof *w->text_functions);
    if (w->account_ids == NULL || w->functions == NULL || w->text_functions == NULL)
        return false;
    for (unsigned i = 0; i < accounts; i++) {
        /* Twelve digits for any i below a hundred thousand, and none repeats. */
        uint64_t number = UINT64_C(100000000000) + (uint64_t)i * 7046029;
        *write_number(w->account_ids[i], number) = '\0';
    }
    for (unsigned i = 0; i < functions; i++) {
        function_init(&w->functions[i], i, w);
        if (w->functions[i].style != STYLE_JSON)
            w->text_functions[w->text_functions_count++] = i;
    }
    return true;
}

/* Payments in production: what everyone would want to be told of. Their lines
 * are not cut into fields, so that any line can be said. */
static void incident_init(struct world *w)
{
    const struct corpus_options *o = &w->options;
    int64_t day_ms = 24 * 3600 * 1000;
    w->incident_ms = o->start_ms + (int64_t)o->days * day_ms * 2 / 3;
    for (unsigned i = 0; i < o->functions; i++) {
        struct function *f = &w->functions[i];
        f->has_incident = o->has_incident && !f->is_extracted &&
                          strcmp(f->service, "payments") == 0 && strcmp(f->stage, "prod") == 0;
    }
}

bool world_init(struct world *w, const struct corpus_options *options)
{
    memset(w, 0, sizeof *w);
    w->options = *options;
    digits_init(&w->digits);
    w->errors_per_2_32 = (uint64_t)(options->error_rate * 4294967296.0);
    if (world_fill(w)) {
        incident_init(w);
        return true;
    }
    world_done(w);
    return false;
}

void world_done(struct world *w)
{
    free(w->account_ids);
    free(w->functions);
    free(w->text_functions);
    memset(w, 0, sizeof *w);
}
