/* test_records.c - what millrace reads of its own files is refused, with one
 * line, where it has another form; a path in it does not lead out of the tree. */
#include "commit/field.h"
#include "commit/journal.h"
#include "commit/manifest.h"

#include "unit_folder.h"

#include <criterion/criterion.h>
#include <fcntl.h>

#define HASH "\"0123456789abcdef0123456789abcdef\""

struct record {
    const char *text;
    bool is_sound;
};

static bool has_one_line(const struct err *err)
{
    return err->text[0] != '\0' && strchr(err->text, '\n') == NULL;
}

static int open_folder(const struct unit_folder *folder)
{
    int fd = open(folder->path, O_RDONLY | O_DIRECTORY);
    cr_assert(fd >= 0);
    return fd;
}

Test(records, a_journal_of_another_form_is_refused)
{
    static const struct record records[] = {
        {"{\"batch\":1,\"attempt\":\"a\"}", true},
        {"{\"batch\":1,\"attempt\":\"a\",\"files\":[]}", true},
        {"{\"batch\":1,\"attempt\":\"a\",\"files\":[{\"path\":\"events/x\",\"bytes\":1}]}", true},
        {"{\"batch\":1,\"attempt\":\"a\",\"chain\":[0,5,true,false]}", true},
        {"", false},
        {"[]", false},
        {"{\"batch\":1}", false},
        {"{\"batch\":2,\"attempt\":\"a\"}", false},
        {"{\"batch\":-1,\"attempt\":\"a\"}", false},
        {"{\"batch\":1,\"attempt\":\"\"}", false},
        {"{\"batch\":1,\"attempt\":\"..\"}", false},
        {"{\"batch\":1,\"attempt\":\"a/b\"}", false},
        {"{\"batch\":1,\"attempt\":5}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"more\":1}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"version\":2}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"files\":5}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"files\":[5]}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"files\":[{\"path\":\"../x\"}]}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"files\":[{\"path\":\"/x\"}]}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"files\":[{\"rows\":1.5}]}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"files\":[{\"first_ms\":\"x\"}]}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"chain\":{}}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"chain\":[0,5,true]}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"chain\":[0,\"5\",true,true]}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"ledger\":5}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"ledger\":{\"levels\":[]}}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"ledger\":{\"levels\":{\"INFO\":-1}}}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"ledger\":{\"kinds\":5}}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"ledger\":{\"kinds\":{\"none\":5}}}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"ledger\":{\"events\":5}}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"ledger\":{\"events\":{\"none\":5}}}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"ledger\":{\"events\":{\"rows\":true}}}", false},
        {"{\"batch\":1,\"attempt\":\"a\",\"ledger\":{\"more\":5}}", false},
        {"{\"batch\":1,\"attempt\":\"a\"} x", false},
    };
    struct unit_folder folder = unit_folder_make();
    int fd = open_folder(&folder);
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        struct batch_result result;
        struct err err = {{0}};
        unit_file(&folder, "done/000001.json", records[i].text);
        enum rc rc = journal_read(fd, 1, REVISION_PLANNED, &result, &err);
        cr_expect_eq(rc, records[i].is_sound ? RC_OK : RC_FAILED, "%s", records[i].text);
        cr_expect(rc == RC_OK || has_one_line(&err), "%s", records[i].text);
        if (rc == RC_OK)
            batch_result_done(&result);
    }
    close(fd);
    unit_folder_remove(&folder);
}

static enum rc count_file(void *context, const struct dataset_file *file, struct err *err)
{
    (void)file;
    (void)err;
    ++*(unsigned *)context;
    return RC_OK;
}

Test(records, a_manifest_of_another_form_is_refused)
{
    static const struct record records[] = {
        {"", true},
        {"{\"path\":\"events/x\",\"bytes\":1,\"checksum\":" HASH ",\"rows\":1}\n", true},
        {"{\"path\":\"events/x\",\"bytes\":1,\"checksum\":" HASH ",\"rows\":1}", true},
        {"\n", false},
        {"{}\n", false},
        {"5\n", false},
        {"{\"path\":\"\"}\n", false},
        {"{\"path\":\"/etc/passwd\",\"rows\":1}\n", false},
        {"{\"path\":\"events/../../x\",\"rows\":1}\n", false},
        {"{\"path\":\"events//x\",\"rows\":1}\n", false},
        {"{\"path\":\"x\",\"checksum\":\"0\"}\n", false},
        {"{\"path\":\"x\",\"bytes\":1e3}\n", false},
        {"{\"path\":\"x\",\"bytes\":18446744073709551616}\n", false},
        {"{\"path\":\"x\",\"first\":\"yesterday\"}\n", false},
        {"{\"path\":\"x\",\"more\":1}\n", false},
    };
    struct unit_folder folder = unit_folder_make();
    int fd = open_folder(&folder);
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        struct manifest m = {0};
        struct err err = {{0}};
        unsigned count = 0;
        unit_file(&folder, "manifest.jsonl", records[i].text);
        enum rc rc = manifest_add_earlier(&m, fd, count_file, &count, &err);
        cr_expect_eq(rc, records[i].is_sound ? RC_OK : RC_FAILED, "%s", records[i].text);
        cr_expect(rc == RC_OK || has_one_line(&err), "%s", records[i].text);
        cr_expect_eq(count, m.count);
        manifest_done(&m);
    }
    close(fd);
    unit_folder_remove(&folder);
}

Test(records, paths_that_lead_out_are_told_from_those_that_do_not)
{
    static const char *const below[] = {"a", "a/b", "...", "a..", "..a", "a/.b", ".a"};
    static const char *const out[] = {"",   "/",    "/a",   "a/",    "a//b", ".",
                                      "..", "../a", "a/..", "a/./b", "./a",  "a/../../b"};
    for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++)
        cr_expect(path_is_below(below[i]), "%s", below[i]);
    for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++)
        cr_expect_not(path_is_below(out[i]), "%s", out[i]);
}
