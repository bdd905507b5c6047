/* A rules file of any bytes is refused with a line that says where, or it is
 * loaded and can be applied to an event made of the rest. */
#include "fuzz_folder.h"

#include "alert/rules.h"
#include "json/repair.h"

static struct fuzz_folder folder;

static void remove_folder(void)
{
    static const char *const names[] = {"rules", NULL};
    fuzz_folder_remove(&folder, names);
}

static void apply(const struct rules *rules, struct view text)
{
    struct buf repaired = {0};
    size_t changed;
    struct event e = {0};
    struct rules_verdict verdict;
    FUZZ_HOLDS(repair_utf8(CPU_SCALAR, text, &repaired, &changed));
    struct view valid = buf_view(&repaired);
    event_set_text(&e, COL_TITLE, valid);
    event_set_text(&e, COL_MESSAGE, valid);
    event_set_text(&e, COL_LOG_GROUP, VIEW("/aws/lambda/pay-card"));
    event_set_text(&e, COL_LEVEL, VIEW("ERROR"));
    struct rules_scratch *scratch = rules_scratch_new(rules);
    FUZZ_HOLDS(scratch != NULL);
    FUZZ_HOLDS(rules_apply(rules, scratch, &e, &verdict));
    FUZZ_HOLDS(view_is_null(verdict.level) || rules_set_levels(rules));
    rules_scratch_free(scratch);
    buf_done(&repaired);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[128];
    struct err err = {{0}};
    struct rules *rules;
    if (folder.path[0] == '\0') {
        folder = fuzz_folder_new();
        atexit(remove_folder);
    }
    struct view in = view_of(data, size < 4096 ? size : 4096);
    struct view text = fuzz_part(&in);
    fuzz_folder_write(&folder, "rules", text);
    snprintf(path, sizeof(path), "%s/rules", folder.path);
    enum rc rc = rules_load(path, &rules, &err);
    FUZZ_HOLDS(rc == RC_OK || rc == RC_USAGE);
    FUZZ_HOLDS((rc == RC_OK) == (err.text[0] == '\0') && strchr(err.text, '\n') == NULL);
    if (rc != RC_OK)
        return 0;
    FUZZ_HOLDS(view_equals(rules_text(rules), text));
    apply(rules, in);
    rules_free(rules);
    return 0;
}
