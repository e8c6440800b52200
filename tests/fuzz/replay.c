/* SPDX-License-Identifier: MIT */
/* replay DIRECTORY...: gives a fuzz target each file of a corpus, each beginning of it, and it with each byte replaced
 * in turn by those that parsers trip over. Every input ends right before an unmapped page. */
#include "tests/fuzz/fuzz.h"
#include "tests/unit/guard_page.h"

#include <dirent.h>

enum { FILE_MAX = 1 << 16, MUTATED_MAX = 1 << 9 };

static struct guard_page page;
static unsigned long inputs;

static void try(const char *bytes, size_t len)
{
    slm_string input = guard_page_put(&page, bytes, len);
    LLVMFuzzerTestOneInput((const uint8_t *)input.data, input.len);
    inputs++;
}

static void try_changes(char *bytes, size_t len)
{
    static const unsigned char replacements[] = { '\0', '\t', '\n', '\r', ' ', '%',  ',',  '-',  ';',  '=', ':',
                                                  '0',  'A',  'f',  'g',  '@', 0x1f, 0x7f, 0x80, 0xc3, 0xff };
    for (size_t at = 0; at < len; at++) {
        char kept = bytes[at];
        for (size_t i = 0; i < sizeof replacements; i++) {
            bytes[at] = (char)replacements[i];
            try(bytes, len);
        }
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[at] = (char)((unsigned char)kept ^ 1u << bit);
            try(bytes, len);
        }
        bytes[at] = kept;
    }
}

static int replay_file(const char *directory, const char *name)
{
    static char bytes[FILE_MAX];
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return -1;
    }
    size_t len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    try(bytes, len);
    size_t small = len < MUTATED_MAX ? len : MUTATED_MAX;
    for (size_t i = 0; i < small; i++)
        try(bytes, i);
    if (len <= MUTATED_MAX)
        try_changes(bytes, len);
    return 0;
}

static int replay_directory(const char *path)
{
    DIR *directory = opendir(path);
    if (!directory) {
        perror(path);
        return -1;
    }
    int result = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] != '.' && replay_file(path, entry->d_name) != 0)
            result = -1;
    }
    closedir(directory);
    return result;
}

int main(int argc, char **argv)
{
    int result = 0;
    page = guard_page_new(FILE_MAX);
    for (int i = 1; i < argc; i++) {
        if (replay_directory(argv[i]) != 0)
            result = 1;
    }
    guard_page_free(&page);
    printf("%lu inputs\n", inputs);
    return inputs > 0 ? result : 1;
}
