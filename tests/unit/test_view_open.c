/* SPDX-License-Identifier: MIT */
/* What is open, as the viewer reads and shows it. */
#include "tests/unit/view.h"

#include "viewer/open.h"

#include <stdio.h>

#define IDS "\"trace_id\":\"" TRACE "\",\"span_id\":\"" SPAN "\""
#define SHED                                                                                                           \
    "\"resource\":{\"service_name\":\"shed\",\"service_instance\":\"1\",\"pid\":7},\"time_unix_nano\":\"5200000000\""
#define WHOLE                                                                                                          \
    "{" SHED ",\"spans\":[{" IDS ",\"name\":\"shave\",\"start_unix_nano\":\"2000000000\",\"attributes\":[{\"key\":"    \
    "\"yak\",\"value\":{\"intValue\":\"3\"}}]},{" IDS ",\"parent_span_id\":\"" SPAN                                    \
    "\",\"name\":\"comb\",\"start_unix_nano\":\"5000000000\"}],\"tasks\":[{" IDS                                       \
    ",\"name\":\"sleepy\",\"state\":\"waiting\",\"polls\":\"4\",\"busy_ns\":\"1\",\"idle_ns\":\"2\",\"state_ns\":"     \
    "\"1500000000\"},{" IDS ",\"name\":\"busy\",\"state\":\"running\",\"polls\":\"1\"}],\"totals\":{\"waiting\":1,"    \
    "\"running\":1,\"finished\":\"9\"},\"truncated\":3,\"tasks_truncated\":0}"

static bool read_bytes(const char *body, size_t len, slmi_view_open *out, slmi_view_refusal *refusal)
{
    char *copy = malloc(len + 1);
    cr_assert(copy != NULL);
    if (len > 0)
        memcpy(copy, body, len);
    copy[len] = '\0';
    bool good = slmi_view_open_read(copy, len, out, refusal);
    free(copy);
    return good;
}

static slmi_view_open read_good(const char *body)
{
    slmi_view_open open;
    slmi_view_refusal refusal = { 0, "" };
    if (!read_bytes(body, strlen(body), &open, &refusal))
        cr_fatal("%s\n%s", refusal.reason, body);
    return open;
}

static void expect_printed(const slmi_view_board *board, size_t columns, const char *expected)
{
    slmi_view_text text = slmi_view_text_up_to(65536);
    size_t lines = 0, said = slmi_view_board_print(board, &text, columns);
    cr_expect(eq(str, (char *)(uintptr_t)slmi_view_text_of(&text), (char *)(uintptr_t)expected));
    for (const char *c = slmi_view_text_of(&text); *c; c++)
        lines += *c == '\n';
    cr_expect(eq(sz, said, lines));
    slmi_view_text_free(&text);
}

Test(view_open, is_shown_a_line_a_span_and_one_for_the_tasks)
{
    slmi_view_board board = { .count = 0 };
    slmi_view_open open = read_good(WHOLE);
    slmi_view_board_take(&board, &open, 0);
    cr_expect(open.spans.first == NULL);
    expect_printed(&board, 100,
                   "open: shed 3.20 s shave{yak=3}\n"
                   "open: shed 200.0 ms comb\n"
                   "open: shed and 3 more spans\n"
                   "tasks: shed 1 waiting, 1 running; waiting for 1.50 s, run 4 times: sleepy\n");
    expect_printed(&board, 12, "open: shed …\nopen: shed …\nopen: shed …\ntasks: shed…\n");
    slmi_view_board_free(&board);
}

Test(view_open, of_a_sender_is_what_it_said_last_and_ends_with_its_silence)
{
    slmi_view_board board = { .count = 0 };
    slmi_view_open open = read_good(WHOLE), other = read_good("{\"resource\":{\"service_name\":\"barn\"}}");
    slmi_view_board_take(&board, &open, 1000);
    slmi_view_board_take(&board, &other, 1500);
    open = read_good("{" SHED ",\"spans\":[{" IDS ",\"name\":\"later\"}]}");
    slmi_view_board_take(&board, &open, 2000);
    expect_printed(&board, 100, "open: shed 5.20 s later\n");
    cr_expect(eq(i64, slmi_view_board_wait_ms(&board, 2000), SLMI_VIEW_OPEN_PATIENCE_MS - 500));
    cr_expect(not(slmi_view_board_expire(&board, 1499 + SLMI_VIEW_OPEN_PATIENCE_MS)));
    cr_expect(slmi_view_board_expire(&board, 1500 + SLMI_VIEW_OPEN_PATIENCE_MS));
    cr_expect(eq(sz, board.count, 1));
    cr_expect(eq(i64, slmi_view_board_wait_ms(&board, 90000), 0));
    cr_expect(slmi_view_board_expire(&board, 2000 + SLMI_VIEW_OPEN_PATIENCE_MS));
    expect_printed(&board, 100, "");
    cr_expect(eq(i64, slmi_view_board_wait_ms(&board, 90000), -1));
}

Test(view_open, of_too_many_senders_the_longest_silent_goes)
{
    char body[128];
    slmi_view_board board = { .count = 0 };
    for (unsigned i = 0; i < 3 * SLMI_VIEW_OPEN_SENDERS; i++) {
        (void)snprintf(body, sizeof body, "{\"resource\":{\"pid\":%u},\"spans\":[]}", i);
        slmi_view_open open = read_good(body);
        slmi_view_board_take(&board, &open, i);
        cr_expect(board.count <= SLMI_VIEW_OPEN_SENDERS);
    }
    for (size_t i = 0; i < board.count; i++)
        cr_expect(board.senders[i].pid >= 2 * SLMI_VIEW_OPEN_SENDERS);
    slmi_view_board_free(&board);
}

Test(view_open, never_reaches_a_terminal_raw)
{
    slmi_view_board board = { .count = 0 };
    slmi_view_open open = read_good("{\"resource\":{\"service_name\":\"\\u001b[2J\"},\"spans\":[{" IDS
                                    ",\"name\":\"a\\nb\\u202e\\u0007\"}],\"tasks\":[{" IDS
                                    ",\"name\":\"\\u001b]0;x\",\"state\":\"running\"}]}");
    slmi_view_text text = slmi_view_text_up_to(65536);
    slmi_view_board_take(&board, &open, 0);
    cr_expect(eq(sz, slmi_view_board_print(&board, &text, 200), 2));
    for (size_t at = 0; at < text.len; at++)
        cr_expect(text.data[at] < 0 || text.data[at] >= ' ' || text.data[at] == '\n');
    cr_expect(strstr(text.data, "\xe2\x80\xae") == NULL);
    slmi_view_text_free(&text);
    slmi_view_board_free(&board);
}

Test(view_open, keeps_few_spans_of_many)
{
    enum { MANY = 5000 };
    static const char one[] = "{" IDS ",\"name\":\"x\"},";
    char *body = malloc(MANY * sizeof one + 256);
    cr_assert(body != NULL);
    int len = snprintf(body, 256, "{" SHED ",\"truncated\":\"18446744073709551615\",\"spans\":[");
    for (unsigned i = 0; i < MANY; i++)
        len += snprintf(body + len, sizeof one, "%s", one);
    (void)snprintf(body + len - 1, 8, "]}");
    slmi_view_open open = read_good(body);
    cr_expect(eq(sz, open.spans.count, SLMI_VIEW_OPEN_KEPT));
    cr_expect(open.span_count == (size_t)MANY + UINT32_MAX);
    slmi_view_open_free(&open);
    free(body);
}

Test(view_open, that_is_wrong_is_refused_with_a_reason)
{
    static const struct {
        const char *body, *part;
    } cases[] = {
        { "", "" },
        { "[]", "the body must be an object" },
        { "{}", "resource must be an object" },
        { "{\"resource\":[]}", "resource must be an object" },
        { "{\"resource\":{\"service_name\":7}}", "service_name must be a string" },
        { "{\"resource\":{\"pid\":-1}}", "pid must be a whole number" },
        { "{\"resource\":{},\"time_unix_nano\":\"soon\"}", "time_unix_nano must be a whole number" },
        { "{\"resource\":{},\"totals\":7}", "totals must be an object" },
        { "{\"resource\":{},\"truncated\":\"99999999999999999999\"}", "truncated must be a whole number" },
        { "{\"resource\":{},\"spans\":{}}", "spans must be a list" },
        { "{\"resource\":{},\"spans\":[7]}", "span 0 must be an object" },
        { "{\"resource\":{},\"spans\":[{}]}", "span 0: trace_id must be 32 hexadecimal digits" },
        { "{\"resource\":{},\"spans\":[{" IDS "},{\"trace_id\":\"" TRACE "\",\"span_id\":\"0\"}]}",
          "span 1: span_id must be 16 hexadecimal digits" },
        { "{\"resource\":{},\"spans\":[{" IDS ",\"parent_span_id\":\"x\"}]}", "span 0: parent_span_id must be 16" },
        { "{\"resource\":{},\"spans\":[{" IDS ",\"name\":{}}]}", "span 0: name must be a string" },
        { "{\"resource\":{},\"spans\":[{" IDS ",\"start_unix_nano\":1.5}]}", "start_unix_nano must be a whole number" },
        { "{\"resource\":{},\"spans\":[{" IDS ",\"attributes\":{}}]}", "span 0: attributes must be a list" },
        { "{\"resource\":{},\"tasks\":7}", "tasks must be a list" },
        { "{\"resource\":{},\"tasks\":[{" IDS "}]}", "task 0: state must be waiting or running" },
        { "{\"resource\":{},\"tasks\":[{" IDS ",\"state\":\"waiting\",\"polls\":true}]}", "task 0: polls must be" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_view_open open;
        slmi_view_refusal refusal = { 0, "" };
        cr_expect(not(read_bytes(cases[i].body, strlen(cases[i].body), &open, &refusal)), "%s", cases[i].body);
        cr_expect(eq(uint, refusal.status, 400u), "%s", cases[i].body);
        cr_expect(refusal.reason[0] != '\0' && strstr(refusal.reason, cases[i].part), "%s", refusal.reason);
        cr_expect(open.spans.first == NULL);
    }
}

Test(view_open, survives_damage)
{
    static const char bytes[] = "\"\\{}[]:,0-a\x01\xff";
    size_t len = strlen(WHOLE);
    char *damaged = malloc(len + 1);
    cr_assert(damaged != NULL);
    for (size_t at = 0; at < len; at++) {
        slmi_view_open open;
        slmi_view_refusal refusal = { 0, "" };
        cr_expect(not(read_bytes(WHOLE, at, &open, &refusal)), "cut at %zu", at);
        for (const char *byte = bytes; *byte; byte++) {
            memcpy(damaged, WHOLE, len + 1);
            damaged[at] = *byte;
            if (read_bytes(damaged, len, &open, &refusal))
                slmi_view_open_free(&open);
            else
                cr_expect(open.spans.first == NULL);
        }
    }
    free(damaged);
}
