/* unit_folder.h - a temporary folder for a test, and files in it. */
#ifndef MILLRACE_UNIT_FOLDER_H
#define MILLRACE_UNIT_FOLDER_H

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct unit_folder {
    char path[64];
    char joined[4096]; /* of the last unit_path() */
};

static inline struct unit_folder unit_folder_make(void)
{
    struct unit_folder f = {.path = "/tmp/millrace-unit-XXXXXX"};
    cr_assert_not_null(mkdtemp(f.path));
    return f;
}

static inline const char *unit_path(struct unit_folder *f, const char *below)
{
    snprintf(f->joined, sizeof(f->joined), "%s/%s", f->path, below);
    return f->joined;
}

static inline void unit_file(struct unit_folder *f, const char *below, const char *text)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", f->path, below);
    for (char *p = path + strlen(f->path) + 1; *p != '\0'; p++) {
        if (*p == '/') {
            *p = '\0';
            mkdir(path, 0700);
            *p = '/';
        }
    }
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file, "%s", path);
    fputs(text, file);
    fclose(file);
}

static inline int unit_remove_entry(const char *path, const struct stat *st, int flag,
                                    struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static inline void unit_folder_remove(struct unit_folder *f)
{
    nftw(f->path, unit_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
