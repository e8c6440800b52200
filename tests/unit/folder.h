/* SPDX-License-Identifier: MIT */
/* A folder of a test's own, in which it stands. */
#ifndef SPANLOOM_TESTS_FOLDER_H
#define SPANLOOM_TESTS_FOLDER_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[4096];

static inline void folder_enter(void)
{
    char name[] = "folder-XXXXXX";
    if (!mkdtemp(name) || chdir(name) != 0 || !getcwd(folder, sizeof folder))
        abort();
}

static inline void folder_leave(void)
{
    DIR *open = opendir(folder);
    for (struct dirent *entry = open ? readdir(open) : NULL; entry; entry = readdir(open)) {
        char path[8192];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        (void)unlink(path);
    }
    if (!open || closedir(open) != 0 || rmdir(folder) != 0)
        abort();
}

/* What a file of it holds; NULL if there is none. */
static inline const char *folder_read(const char *name)
{
    static char text[1 << 20];
    char path[8192];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

#endif
