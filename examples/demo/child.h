/* SPDX-License-Identifier: MIT */
/* A process of the demo's: told from its standard output, and never left behind. */
#ifndef DEMO_CHILD_H
#define DEMO_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct child {
    pid_t pid; /* 0: there is none. */
    int out;   /* What it prints; not blocking. -1: at its end. */
};

#define CHILD_NONE ((struct child){ 0, -1 })

/* Starts a program that lies beside this one. `arguments` end with NULL; the first is argv[1]. It ends when this
 * process does, however that ends, and is in a process group of its own, so that Ctrl-C reaches this process alone. */
bool child_start(struct child *child, const char *program, const char *const *arguments);

/* Waits for the next line, without its end. False if there is none: the child has ended its output, the line has no
 * room, or the
 * descriptor `signals` became readable first. */
bool child_line(struct child *child, int signals, char *line, size_t room);

/* Passes on to standard output what it has printed; false when there is nothing more to come. */
bool child_pass_on(struct child *child);

/* Asks it to end. */
void child_end(const struct child *child);

/* Passes on the rest of its output and waits for its end, for `patience_ms` at most, after which it is killed. Its exit
 * status; -1 if it was killed. 0 if there is no child. */
int child_wait(struct child *child, int patience_ms);

#endif
