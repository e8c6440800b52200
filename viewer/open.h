/* SPDX-License-Identifier: MIT */
/* What senders say is open with them, and the lines that show it below the traces. One thread; the caller says what
 * time it is. */
#ifndef SPANLOOM_VIEWER_OPEN_H
#define SPANLOOM_VIEWER_OPEN_H

#include "viewer/json.h"
#include "viewer/print.h"

#define SLMI_VIEW_OPEN_PATH "/v1/open-spans"

enum {
    SLMI_VIEW_OPEN_KEPT = 8,          /* Spans of one sender that are shown; of more only the number. */
    SLMI_VIEW_OPEN_SENDERS = 8,       /* Shown at once; beyond, the one that was silent longest goes. */
    SLMI_VIEW_OPEN_PATIENCE_MS = 3000 /* A sender that is silent for so long has nothing open any more. */
};

/* What one sender said last. All zero is nothing, and needs no freeing. */
typedef struct slmi_view_open {
    slmi_view_batch spans; /* The first of them. */
    size_t span_count;     /* All, those it left out included. */
    uint64_t pid, time_ns, waiting, running, polls, state_ns;
    char service[64], instance[64]; /* Cut. */
    char task[64];                  /* Its first task, if it `has_task`. */
    bool has_task, task_runs;
} slmi_view_open;

/* Reads a body as slmi_view_json_parse() does. False with `refusal` filled in; `out` is all zero then. */
bool slmi_view_open_read(char *body, size_t len, slmi_view_open *out, slmi_view_refusal *refusal);
void slmi_view_open_free(slmi_view_open *open);

/* All zero to begin with. */
typedef struct slmi_view_board {
    slmi_view_open senders[SLMI_VIEW_OPEN_SENDERS];
    uint64_t heard_ms[SLMI_VIEW_OPEN_SENDERS];
    size_t count;
} slmi_view_board;

void slmi_view_board_free(slmi_view_board *board);
/* Takes `open` in place of what its sender said before, and empties it. */
void slmi_view_board_take(slmi_view_board *board, slmi_view_open *open, uint64_t now_ms);
/* Forgets senders that are silent; whether there were any. */
bool slmi_view_board_expire(slmi_view_board *board, uint64_t now_ms);
/* Milliseconds until one may be; -1 if there is none. */
int64_t slmi_view_board_wait_ms(const slmi_view_board *board, uint64_t now_ms);
/* Adds lines of at most `columns` each, and nothing but printable text. Returns how many. */
size_t slmi_view_board_print(const slmi_view_board *board, slmi_view_text *text, size_t columns);

#endif
