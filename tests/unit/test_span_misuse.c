/* SPDX-License-Identifier: MIT */
#include "tests/unit/spans.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

/* -- misuse -- */

Test(spans, ended_twice_or_used_after_are_counted)
{
    recorded_begin(NULL, 0, NULL);
    slm_span s = SLM_SPAN("s");
    slm_span_end(s);
    slm_span_end(s);
    SLM_SET(s, "a", 1);
    slm_span_set_name(s, "other");
    slm_span_set_status(s, SLM_SPAN_ERROR, "late");
    slm_span_fail(s, EIO, "late");
    slm_span_add_link(s, (slm_link){ .context = &remote });
    cr_expect(eq(u64, slm_enter(s).id, 0u));
    TEXT("s\n");
    MISUSE("stale-span=7");
    slm_span none = { 0 };
    slm_span_end(none);
    SLM_SET(none, "a", 1);
    slm_exit((slm_token){ 0 });
    MISUSE("stale-span=7");
}

Test(spans, ended_inside_their_own_scope_stay_current_until_its_exit)
{
    recorded_begin(NULL, 0, NULL);
    {
        SLM_SCOPE_AS(s, "s");
        slm_span_end(s);
        cr_expect(eq(u64, slm_current().id, s.id));
        SLM_SCOPE("child");
        SLM_INFO("too late for s, in time for child");
    }
    cr_expect(eq(u64, slm_current().id, 0u));
    MISUSE("ended-inside=1");
    slm_span t = SLM_SPAN("t");
    slm_token token = slm_enter(t);
    slm_span_end(t);
    slm_exit(token);
    cr_expect(eq(u64, slm_current().id, 0u));
    TEXT("s\nchild <s *too late for s, in time for child{level='INFO'}\nt\n");
    MISUSE("ended-inside=2");
}

Test(spans, left_out_of_order_take_with_them_what_was_entered_since)
{
    recorded_begin(NULL, 0, NULL);
    slm_span a = SLM_SPAN("a"), b = SLM_SPAN("b");
    slm_token in_a = slm_enter(a), in_b = slm_enter(b);
    slm_exit(in_a);
    cr_expect(eq(u64, slm_current().id, 0u));
    MISUSE("exit-order=1");
    slm_exit(in_b);
    slm_exit(in_a);
    MISUSE("exit-order=1 exit-twice=2");
    slm_span_end(b);
    slm_span_end(a);
    TEXT("b\na\n");
}

static void *exit_elsewhere(void *token)
{
    slm_span s = SLM_SPAN("elsewhere");
    slm_exit(*(slm_token *)token);
    slm_span_end(s);
    return NULL;
}

Test(spans, left_on_another_thread_stay_entered)
{
    recorded_begin(NULL, 0, NULL);
    slm_span s = SLM_SPAN("s");
    slm_token token = slm_enter(s);
    pthread_t thread;
    cr_assert(eq(int, pthread_create(&thread, NULL, exit_elsewhere, &token), 0));
    pthread_join(thread, NULL);
    cr_expect(eq(u64, slm_current().id, s.id));
    slm_exit(token);
    cr_expect(eq(u64, slm_current().id, 0u));
    slm_span_end(s);
    MISUSE("exit-thread=1");
}

Test(spans, entered_by_a_token_of_before_are_not_left)
{
    recorded_begin(NULL, 0, NULL);
    slm_span s = SLM_SPAN("s");
    slm_token first = slm_enter(s);
    slm_exit(first);
    slm_token second = slm_enter(s);
    slm_exit(first);
    cr_expect(eq(u64, slm_current().id, s.id));
    MISUSE("exit-twice=1");
    slm_exit(second);
    slm_span_end(s);
}

Test(spans, unwound_are_left_and_scopes_among_them_ended)
{
    recorded_begin(NULL, 0, NULL);
    slm_span s = SLM_SPAN("s");
    slm_unwind_mark mark = slm_mark();
    {
        SLM_SCOPE("scope");
        (void)slm_enter(s);
        slm_unwind(mark);
        cr_expect(eq(u64, slm_current().id, 0u));
        slm_unwind(mark);
    } /* a scope that is no more */
    slm_span_end(s);
    TEXT("scope\ns\n");
    MISUSE("stale-span=1");
}

/* -- errno -- */

static void spoil_span(void *self, const slm_view *span)
{
    (void)self;
    (void)span;
    errno = EBADF;
}

static void spoil_event(void *self, slm_hit *hit)
{
    (void)self;
    (void)hit;
    errno = EBADF;
}

static void spoil_record(void *self, const slm_view *span, const slm_field *field)
{
    (void)self;
    (void)span;
    (void)field;
    errno = EBADF;
}

static slm_interest spoil_callsite(void *self, const slm_metadata *metadata)
{
    (void)self;
    (void)metadata;
    errno = EBADF;
    return SLM_INTEREST_SOMETIMES;
}

static bool spoil_enabled(void *self, const slm_metadata *metadata)
{
    (void)self;
    (void)metadata;
    errno = EBADF;
    return true;
}

static void spoil_handler(void *user, slm_diagnostic_kind kind, const char *message)
{
    (void)user;
    (void)kind;
    (void)message;
    errno = EBADF;
}

static size_t spoil_print(const void *object, char *out, size_t room)
{
    (void)object;
    errno = EBADF;
    return (size_t)snprintf(out, room, "x");
}

#define KEEPS(call)                                                                                                    \
    do {                                                                                                               \
        errno = 4242;                                                                                                  \
        call;                                                                                                          \
        cr_expect(eq(int, errno, 4242), #call);                                                                        \
    } while (0)

Test(spans, preserve_errno_whatever_callbacks_do)
{
    static const slm_layer_ops ops = { .size = sizeof ops,
                                       .register_callsite = spoil_callsite,
                                       .enabled = spoil_enabled,
                                       .on_start = spoil_span,
                                       .on_record = spoil_record,
                                       .on_event = spoil_event,
                                       .on_enter = spoil_span,
                                       .on_exit = spoil_span,
                                       .on_end = spoil_span };
    slm_layer layer = { .size = sizeof layer, .ops = &ops };
    slm_set_diagnostic_handler(spoil_handler, NULL);
    recorded_begin(&layer, 1, NULL);
    slm_span s = { 0 };
    slm_token t = { 0 };
    slm_context c = { 0 }, r = { 0 };
    slm_span_context out;
    KEEPS(s = SLM_SPAN("s", ("printed", slm_debug(&s, spoil_print))));
    KEEPS(t = slm_enter(s));
    KEEPS(SLM_INFO(("printed", slm_debug(&s, spoil_print)), "event %d", 1));
    KEEPS(SLM_SET(s, "a", slm_debug(&s, spoil_print)));
    KEEPS(slm_span_set_name(s, "name"));
    KEEPS(slm_span_fail(s, 77777, "text"));
    KEEPS(slm_span_add_link(s, (slm_link){ .span = s }));
    KEEPS((void)slm_span_identity(s, &out));
    KEEPS((void)slm_current());
    KEEPS((void)slm_current_context(&out));
    KEEPS(c = slm_context_capture());
    KEEPS(r = slm_context_remote(&remote));
    KEEPS(slm_context_detach(slm_context_attach(&c)));
    KEEPS(slm_context_detach(slm_context_attach(&r)));
    KEEPS(slm_span_end(s));
    KEEPS(slm_exit(t));
    KEEPS(slm_exit(t));
    KEEPS(slm_span_end(s));
    KEEPS(SLM_SET(s, "a", 1));
    slm_context copy = c;
    KEEPS(slm_context_release(&c));
    KEEPS(slm_context_release(&copy));
    KEEPS(slm_context_release(&r));
    KEEPS({ SLM_SCOPE("scope"); });
    KEEPS((void)SLM_ENABLED(SLM_LEVEL_INFO));
}
