/* A partial of any bytes, its checksum right, is refused, or merges; what was merged can be opened,
 * all its groups can be read, and merging it again gives the same bytes. */
#include "fuzz_folder.h"

#include "alert/partial.h"
#include "alert/wire.h"
#include "util/hash.h"

static struct fuzz_folder folder;

static void remove_folder(void)
{
    static const char *const names[] = {"in", "once", "twice", NULL};
    fuzz_folder_remove(&folder, names);
}

/* A fuzzer does not find checksums. */
static void write_with_checksum(struct view body)
{
    struct buf file = {0};
    buf_append_view(&file, body);
    wire_put_word(&file, hash64(body));
    fuzz_folder_write(&folder, "in", buf_view(&file));
    buf_done(&file);
}

static void read_report(const char *path)
{
    struct report *report;
    struct err err;
    FUZZ_HOLDS(report_open(path, 100, &report, &err) == RC_OK);
    FUZZ_HOLDS(report_summary(report) != NULL);
    for (size_t i = 0; i < report_group_count(report); i++) {
        const struct group *group;
        FUZZ_HOLDS(report_group(report, i, &group, &err) == RC_OK);
        FUZZ_HOLDS(report_ranks(report)[i].fingerprint == group->fingerprint);
    }
    report_close(report);
}

static struct view read_all(const char *name, char *to, size_t capacity)
{
    int fd = openat(folder.fd, name, O_RDONLY | O_CLOEXEC);
    ssize_t got = read(fd, to, capacity);
    close(fd);
    FUZZ_HOLDS(got >= 0 && (size_t)got < capacity);
    return view_of(to, (size_t)got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char first[4 << 20], second[4 << 20];
    char in[128], once[128], twice[128];
    const char *from[1] = {in};
    struct err err = {{0}};
    if (folder.path[0] == '\0') {
        folder = fuzz_folder_new();
        atexit(remove_folder);
    }
    if (size > FUZZ_BYTES_MAX)
        return 0;
    snprintf(in, sizeof(in), "%s/in", folder.path);
    snprintf(once, sizeof(once), "%s/once", folder.path);
    snprintf(twice, sizeof(twice), "%s/twice", folder.path);
    write_with_checksum(view_of(data, size));
    enum rc rc = partial_merge(from, 1, once, NULL, &err);
    FUZZ_HOLDS(rc == RC_OK || rc == RC_BAD_INPUT || rc == RC_UNSUPPORTED);
    FUZZ_HOLDS((rc == RC_OK) == (access(once, F_OK) == 0) && (rc == RC_OK) == (err.text[0] == 0));
    struct report *report;
    rc = report_open(in, 100, &report, &err);
    if (rc == RC_OK)
        report_close(report);
    if (access(once, F_OK) != 0)
        return 0;
    read_report(once);
    from[0] = once;
    FUZZ_HOLDS(partial_merge(from, 1, twice, NULL, &err) == RC_OK);
    FUZZ_HOLDS(view_equals(read_all("once", first, sizeof(first)),
                           read_all("twice", second, sizeof(second))));
    unlink(once);
    unlink(twice);
    return 0;
}
