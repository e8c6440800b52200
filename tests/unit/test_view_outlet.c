/* SPDX-License-Identifier: MIT */
/* Writing to readers that are slow, gone or asleep. */
#include "tests/unit/view.h"

#include "viewer/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

typedef struct ends {
    int out[2], signals[2];
} ends;

static ends open_ends(void)
{
    ends e;
    (void)signal(SIGPIPE, SIG_IGN);
    cr_assert(zero(int, pipe2(e.out, O_CLOEXEC)));
    cr_assert(zero(int, pipe2(e.signals, O_CLOEXEC)));
    return e;
}

static void close_ends(ends *e)
{
    (void)close(e->out[0]);
    (void)close(e->out[1]);
    (void)close(e->signals[0]);
    (void)close(e->signals[1]);
}

Test(view_outlet, a_signal_does_not_cut_what_can_be_written)
{
    ends e = open_ends();
    cr_assert(eq(sz, (size_t)write(e.signals[1], "", 1), 1));
    cr_expect(eq(int, (int)slmi_view_write(e.out[1], e.signals[0], "whole", 5), SLMI_VIEW_WRITTEN));
    char got[8];
    cr_expect(eq(sz, (size_t)read(e.out[0], got, sizeof got), 5));
    close_ends(&e);
}

Test(view_outlet, a_signal_ends_the_wait_for_a_reader_that_sleeps)
{
    ends e = open_ends();
    static char much[1 << 20];
    cr_assert(eq(sz, (size_t)write(e.signals[1], "", 1), 1));
    cr_expect(eq(int, (int)slmi_view_write(e.out[1], e.signals[0], much, sizeof much), SLMI_VIEW_INTERRUPTED));
    close_ends(&e);
}

Test(view_outlet, a_reader_that_is_gone_is_said_so)
{
    ends e = open_ends();
    (void)close(e.out[0]);
    e.out[0] = -1;
    cr_expect(eq(int, (int)slmi_view_write(e.out[1], e.signals[0], "x", 1), SLMI_VIEW_BROKEN));
    cr_expect(eq(int, errno, EPIPE));
    close_ends(&e);
}
