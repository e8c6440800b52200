/* SPDX-License-Identifier: MIT */
/* Each misuse of spans is counted by its kind and told once, by the names of the spans that it is about; what was
 * current is so again, and nothing is lost. */
#include <spanloom/task.h>

#include <errno.h>
#include <setjmp.h>

#include "tests/unit/told.h"

TestSuite(told, .init = begin);

/* -- exits -- */

static void *exit_it(void *token)
{
    SLM_SCOPE("worker");
    slm_exit(*(slm_token *)token);
    slm_exit(*(slm_token *)token);
    return NULL;
}

Test(told, an_exit_on_another_thread)
{
    slm_span shave = SLM_SPAN("shave");
    slm_token token = slm_enter(shave);
    on_a_thread(exit_it, &token);
    cr_expect(eq(u64, slm_current().id, shave.id));
    slm_exit(token);
    slm_span_end(shave);
    MISUSE("exit-thread=2");
    TOLD("exit-thread: an exit of span 'shave' on another thread than its enter is ignored; it came from inside span "
         "'worker'\n");
}

/* The second entry of a span lies elsewhere, and names it all the same. */
Test(told, an_exit_of_a_second_entry_on_another_thread)
{
    slm_span shave = SLM_SPAN("shave");
    SLM_ENTER(shave);
    slm_token token = slm_enter(shave);
    on_a_thread(exit_it, &token);
    slm_exit(token);
    cr_expect(eq(u64, slm_current().id, shave.id));
    TOLD("exit-thread: an exit of span 'shave' on another thread than its enter is ignored; it came from inside span "
         "'worker'\n");
    slm_span_end(shave);
}

Test(told, exits_out_of_order_and_twice)
{
    slm_span shave = SLM_SPAN("shave"), lather = SLM_SPAN("lather");
    slm_token outer = slm_enter(shave), inner = slm_enter(lather);
    slm_exit(outer);
    cr_expect(eq(u64, slm_current().id, 0u));
    slm_exit(inner);
    SLM_SCOPE_AS(after, "after");
    slm_exit(outer);
    cr_expect(eq(u64, slm_current().id, after.id));
    slm_span_end(lather);
    slm_span_end(shave);
    MISUSE("exit-order=1 exit-twice=2");
    TOLD("exit-order: an exit of span 'shave' skipped that of span 'lather', entered after it; it is left first\n"
         "exit-twice: an exit of span 'lather' by a token that was used already is ignored; it came from inside no "
         "span\n");
}

/* Never left: the callback's end does it, whether that had a context or not. */
Test(told, a_callback_that_forgets_its_exit)
{
    slm_span lather = SLM_SPAN("lather");
    slm_context nowhere = { 0 };
    SLM_SCOPE_AS(loop, "loop");
    slm_resumed in = slm_context_resume(&nowhere);
    (void)slm_enter(lather);
    slm_context_leave(&in);
    cr_expect(eq(u64, slm_current().id, loop.id));
    slm_span_end(lather);
    MISUSE("exit-order=1");
    TOLD("exit-order: a callback returned inside span 'lather', which it had entered; that is left\n");
}

static void *quit(void *argument)
{
    SLM_SCOPE("outer");
    slm_span span = SLM_SPAN("shear");
    (void)slm_enter(span);
    slm_span_end(span);
    if (argument)
        pthread_exit(argument);
    return NULL;
}

static void *quit_inside(void *argument)
{
    slm_span span = SLM_SPAN("shear");
    (void)argument;
    (void)slm_enter(span);
    return NULL;
}

Test(told, a_thread_that_exits_inside_a_span)
{
    on_a_thread(quit_inside, NULL);
    MISUSE("exit-order=1");
    TOLD("exit-order: a thread ended inside span 'shear'; what it had entered is left\n");
    on_a_thread(quit, told); /* its scope is left by pthread_exit() */
    TEXT("shear <outer\nouter\n");
    MISUSE("ended-inside=1 exit-order=2");
}

static void *jump_out(void *argument)
{
    static jmp_buf back;
    (void)argument;
    SLM_SCOPE("outer");
    slm_unwind_mark mark = slm_mark();
    if (setjmp(back) == 0) {
        SLM_SCOPE("skipped");
        SLM_SCOPE("skipped too");
        longjmp(back, 1);
    }
    slm_unwind(mark);
    SLM_INFO("back in outer");
    return NULL;
}

static void *jump_out_unmarked(void *argument)
{
    static jmp_buf back;
    (void)argument;
    SLM_SCOPE("outer");
    if (setjmp(back) == 0) {
        SLM_SCOPE("skipped");
        longjmp(back, 1);
    }
    return NULL;
}

Test(told, a_longjmp_out_of_scopes)
{
    on_a_thread(jump_out, NULL);
    TEXT("skipped too <skipped\nskipped <outer\nouter *back in outer{level='INFO'}\n");
    MISUSE("");
    on_a_thread(jump_out_unmarked, NULL);
    TEXT("skipped <outer\nouter\n");
    MISUSE("exit-order=1");
    TOLD("exit-order: an exit of span 'outer' skipped that of span 'skipped', entered after it; it is left first\n");
}

/* -- ends -- */

Test(told, a_span_that_ends_while_it_is_entered)
{
    slm_span shave = SLM_SPAN("shave");
    slm_token token = slm_enter(shave);
    slm_span_end(shave);
    slm_exit(token);
    MISUSE("ended-inside=1");
    TOLD("ended-inside: span 'shave' was ended while it is entered; it stays current, ended, until its exit\n");
}

static void end_it(slm_span span)
{
    slm_span_end(span);
}

static void set_it(slm_span span)
{
    SLM_SET(span, "late", 1);
}

static void enter_it(slm_span span)
{
    cr_expect(eq(u64, slm_enter(span).id, 0u));
}

static void fail_it(slm_span span)
{
    slm_span_fail(span, EIO, "late");
}

static void record_it(slm_span span)
{
    slm_span_record_error(span, "late", NULL, NULL);
}

/* Of a span that has ended, whether its record is still queued for export or free again. */
static void through_a_stale_handle(void (*use)(slm_span span))
{
    slm_span shave = SLM_SPAN("shave");
    slm_span_end(shave);
    SLM_SCOPE("market");
    use(shave);
    MISUSE("stale-span=1");
    TOLD("stale-span: a call through a handle of span 'shave', which has ended, is ignored; it came from inside span "
         "'market'\n");
}

#define THROUGH_A_STALE_HANDLE(call)                                                                                   \
    Test(told, call##_through_a_stale_handle)                                                                          \
    {                                                                                                                  \
        through_a_stale_handle(call);                                                                                  \
    }
THROUGH_A_STALE_HANDLE(end_it)
THROUGH_A_STALE_HANDLE(set_it)
THROUGH_A_STALE_HANDLE(enter_it)
THROUGH_A_STALE_HANDLE(fail_it)
THROUGH_A_STALE_HANDLE(record_it)

Test(told, a_stale_handle_whose_record_is_free_again)
{
    slm_span shave = SLM_SPAN("shave");
    slm_span_end(shave);
    TEXT("shave\n"); /* delivered, and recycled by this thread */
    slm_span_end(shave);
    TOLD("stale-span: a call through a handle of span 'shave', which has ended, is ignored; it came from inside no "
         "span\n");
}

/* Nothing is made up: the name of the record's next span would be a lie. */
Test(told, a_stale_handle_whose_record_is_anothers_by_now)
{
    slm_span shave = SLM_SPAN("shave");
    slm_span_end(shave);
    TEXT("shave\n");
    SLM_SCOPE_AS(other, "other");
    cr_assert(eq(u64, other.id & 0xffffff, shave.id & 0xffffff), "it has the same record");
    slm_span_end(shave);
    TOLD("stale-span: a call through a handle of a span, which has ended, is ignored; it came from inside span "
         "'other'\n");
}

Test(told, a_parent_that_has_ended)
{
    slm_span shave = SLM_SPAN("shave");
    slm_span_end(shave);
    SLM_SCOPE("market");
    slm_span_end(SLM_SPAN_WITH((.parent = slm_under(shave)), "late"));
    TEXT("shave\nlate\n");
    MISUSE("parent-gone=1");
    TOLD("parent-gone: slm_under() of span 'shave', which is disabled or has ended: a root is made; capture a context "
         "before the end to parent later work\n");
}

Test(told, a_task_that_ends_twice)
{
    slm_task task = SLM_TASK("shave");
    slm_run run = slm_task_run(task);
    slm_task_end(task);
    slm_task_end(task);
    slm_task_yield(run);
    slm_task_end(task);
    MISUSE("stale-span=2");
    TOLD("stale-span: the task of span 'shave' was ended twice; the second is ignored\n");
}
