/* SPDX-License-Identifier: MIT */
#include "viewer/open.h"

#include "viewer/fields.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_LINE_BYTES = 4096 };

void slmi_view_board_free(slmi_view_board *board)
{
    while (board->count > 0)
        slmi_view_open_free(&board->senders[--board->count]);
}

static void drop(slmi_view_board *board, size_t at)
{
    slmi_view_open_free(&board->senders[at]);
    board->count--;
    memmove(&board->senders[at], &board->senders[at + 1], (board->count - at) * sizeof *board->senders);
    memmove(&board->heard_ms[at], &board->heard_ms[at + 1], (board->count - at) * sizeof *board->heard_ms);
    board->senders[board->count] = (slmi_view_open){ .pid = 0 };
}

static size_t longest_silent(const slmi_view_board *board)
{
    size_t longest = 0;
    for (size_t i = 1; i < board->count; i++)
        if (board->heard_ms[i] < board->heard_ms[longest])
            longest = i;
    return longest;
}

static bool is_same(const slmi_view_open *a, const slmi_view_open *b)
{
    return a->pid == b->pid && strcmp(a->service, b->service) == 0 && strcmp(a->instance, b->instance) == 0;
}

void slmi_view_board_take(slmi_view_board *board, slmi_view_open *open, uint64_t now_ms)
{
    size_t at = 0;
    while (at < board->count && !is_same(&board->senders[at], open))
        at++;
    if (at == board->count && at == SLMI_VIEW_OPEN_SENDERS) {
        drop(board, longest_silent(board));
        at = board->count;
    }
    if (at < board->count)
        slmi_view_open_free(&board->senders[at]);
    else
        board->count++;
    board->senders[at] = *open;
    board->heard_ms[at] = now_ms;
    *open = (slmi_view_open){ .pid = 0 };
}

bool slmi_view_board_expire(slmi_view_board *board, uint64_t now_ms)
{
    size_t before = board->count;
    for (size_t at = board->count; at > 0; at--)
        if (now_ms - board->heard_ms[at - 1] >= SLMI_VIEW_OPEN_PATIENCE_MS)
            drop(board, at - 1);
    return board->count < before;
}

int64_t slmi_view_board_wait_ms(const slmi_view_board *board, uint64_t now_ms)
{
    if (board->count == 0)
        return -1;
    uint64_t silent_ms = now_ms - board->heard_ms[longest_silent(board)];
    return silent_ms < SLMI_VIEW_OPEN_PATIENCE_MS ? SLMI_VIEW_OPEN_PATIENCE_MS - (int64_t)silent_ms : 0;
}

/* What is in `line` becomes a line of `text`. */
static size_t put_line(slmi_view_text *text, slmi_view_text *line, size_t columns)
{
    (void)slmi_view_text_safe(text, slmi_view_text_of(line), columns);
    slmi_view_text_puts(text, "\n");
    slmi_view_text_clear(line);
    return 1;
}

/* Clocks of two machines are not compared: the sender said what time it was. */
static int64_t age_ns(const slmi_view_open *open, const slmi_view_span *span)
{
    uint64_t age = open->time_ns > span->start_ns ? open->time_ns - span->start_ns : 0;
    return age < INT64_MAX ? (int64_t)age : INT64_MAX;
}

static size_t put_sender(slmi_view_text *text, slmi_view_text *line, const slmi_view_open *open, size_t columns)
{
    size_t lines = 0;
    for (const slmi_view_span *span = open->spans.first; span; span = span->next) {
        slmi_view_text_addf(line, "open: %s ", open->service);
        slmi_view_duration(line, age_ns(open, span));
        slmi_view_text_addf(line, " %s", span->name);
        slmi_view_span_fields(line, span);
        lines += put_line(text, line, columns);
    }
    if (open->span_count > open->spans.count) {
        slmi_view_text_addf(line, "open: %s and %zu more spans", open->service, open->span_count - open->spans.count);
        lines += put_line(text, line, columns);
    }
    if (!open->has_task)
        return lines;
    slmi_view_text_addf(line, "tasks: %s %" PRIu64 " waiting, %" PRIu64 " running; %s for ", open->service,
                        open->waiting, open->running, open->task_runs ? "running" : "waiting");
    slmi_view_duration(line, open->state_ns < INT64_MAX ? (int64_t)open->state_ns : INT64_MAX);
    slmi_view_text_addf(line, ", run %" PRIu64 " times: %s", open->polls, open->task);
    return lines + put_line(text, line, columns);
}

size_t slmi_view_board_print(const slmi_view_board *board, slmi_view_text *text, size_t columns)
{
    size_t lines = 0;
    slmi_view_text line = slmi_view_text_up_to(MAX_LINE_BYTES);
    for (size_t i = 0; i < board->count; i++)
        lines += put_sender(text, &line, &board->senders[i], columns);
    slmi_view_text_free(&line);
    return lines;
}
