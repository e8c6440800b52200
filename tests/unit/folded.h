/* SPDX-License-Identifier: MIT */
/* A reader of folded stacks as flamegraph.pl and inferno read them: frames separated by `;`, the last space, a number.
 */
#ifndef SPANLOOM_TESTS_FOLDED_H
#define SPANLOOM_TESTS_FOLDED_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDED_STACKS = 4096, FOLDED_BYTES = 512 };

struct folded {
    const char *wrong;
    uint64_t count;
    struct {
        char stack[FOLDED_BYTES];
        uint64_t self;
    } lines[FOLDED_STACKS];
};

/* The time of its own that a stack has; 0 if it is not there. */
static inline uint64_t folded_self(const struct folded *f, const char *stack)
{
    for (uint64_t i = 0; i < f->count; i++)
        if (strcmp(f->lines[i].stack, stack) == 0)
            return f->lines[i].self;
    return 0;
}

static inline const char *folded_line(struct folded *f, const char *line, size_t len)
{
    const char *space = memrchr(line, ' ', len);
    if (!space || space == line)
        return "a line without a stack and a number";
    size_t stack = (size_t)(space - line);
    if (stack >= FOLDED_BYTES || f->count == FOLDED_STACKS)
        return "more than this reader takes";
    for (size_t i = 0; i < stack; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            return "a control byte";
        if (line[i] == ';' && (i == 0 || i + 1 == stack || line[i + 1] == ';'))
            return "an empty frame";
    }
    char *end = NULL;
    errno = 0;
    uint64_t self = strtoull(space + 1, &end, 10);
    if (end != line + len || space[1] < '0' || space[1] > '9' || errno)
        return "no number at the end";
    memcpy(f->lines[f->count].stack, line, stack);
    f->lines[f->count].stack[stack] = '\0';
    if (folded_self(f, f->lines[f->count].stack))
        return "a stack twice";
    f->lines[f->count++].self = self;
    return NULL;
}

static inline bool folded_read(struct folded *f, const char *text)
{
    f->count = 0;
    f->wrong = NULL;
    while (*text && !f->wrong) {
        const char *end = strchr(text, '\n');
        f->wrong = end ? folded_line(f, text, (size_t)(end - text)) : "the last line has no end";
        text = end ? end + 1 : text;
    }
    return !f->wrong;
}

#endif
