/* replay.c - gives a fuzzer every file it is named, or that lies in a folder it
 * is named: the corpus as a regression test, without libFuzzer. */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <sys/stat.h>

static int replay_file(const char *path)
{
    static unsigned char bytes[1 << 20];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd >= 0 ? read(fd, bytes, sizeof(bytes)) : -1;
    if (size < 0) {
        perror(path);
        return -1;
    }
    close(fd);
    /* A copy of exactly its size: sanitizers then see what lies behind it. */
    uint8_t *copy = malloc((size_t)size + 1);
    FUZZ_HOLDS(copy != NULL);
    memcpy(copy, bytes, (size_t)size);
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(copy, (size_t)size);
    free(copy);
    return 1;
}

static int replay(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL)
        return replay_file(path);
    int count = 0;
    for (struct dirent *entry; count >= 0 && (entry = readdir(folder)) != NULL;) {
        char below[PATH_MAX];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
        count = replay_file(below) < 0 ? -1 : count + 1;
    }
    closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    int total = 0;
    for (int i = 1; i < argc; i++) {
        int count = replay(argv[i]);
        if (count < 0)
            return 1;
        total += count;
    }
    printf("%d inputs\n", total);
    return total > 0 ? 0 : 1;
}
