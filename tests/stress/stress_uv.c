/* SPDX-License-Identifier: MIT */
/* libuv's pool, and threads that wake its loop: work and what comes after it are in their request, and what is sent is
 * in one of the spans that it was sent from. */
#include <spanloom/uv.h>

#include "tests/stress/stress.h"

enum { WORKS = 4000, AT_ONCE = 64, SENDERS = 3, SENDS = 2000 };

static stress_consumer consumer;
static uint64_t right, wrong, received; /* the consumer's */

static void see(const slm_span_data *span, void *user)
{
    (void)user;
    received += stress_named(span, "received");
    if (!stress_named(span, "work"))
        return;
    if (stress_id(span->parent_span_id) == stress_number(span, "parent"))
        right++;
    else
        wrong++;
}

static uint64_t current_id(void)
{
    slm_span_context context;
    return slm_current_context(&context) ? stress_id(context.span_id) : 0;
}

struct request {
    slm_uv_work work;
    slm_span span;
    uint64_t id;
};

static uv_loop_t loop;
static slm_uv_async async;
static struct request requests[AT_ONCE];
static unsigned begun, ended, calls;
static _Atomic(unsigned) sending = SENDERS;

static void work(uv_work_t *uv)
{
    const struct request *r = uv->data;
    CHECK_EQUAL(slm_current().id, r->span.id);
    SLM_SCOPE("work", ("parent", r->id));
}

static void worked(uv_work_t *uv, int status)
{
    struct request *r = uv->data;
    CHECK_EQUAL(status, 0);
    CHECK_EQUAL(current_id(), r->id);
    slm_span_end(SLM_SPAN("work", ("parent", r->id)));
    ended++;
}

static void begin(struct request *r)
{
    r->span = SLM_SPAN("request");
    r->work.uv.data = r;
    SLM_ENTER(r->span);
    r->id = current_id();
    CHECK_EQUAL(slm_uv_queue_work(&loop, &r->work, work, worked), 0);
    begun++;
}

static void on_sent(uv_async_t *uv)
{
    (void)uv;
    calls++;
    SLM_SCOPE("received");
    CHECK(current_id() != 0);
    if (atomic_load(&sending) == 0)
        slm_uv_close(&async.bond, NULL);
}

static void *send_often(void *user)
{
    (void)user;
    for (unsigned i = 0; i < SENDS; i++) {
        while (slmi_pool_in_use() > slmi_the_pool.records / 2)
            sched_yield();
        SLM_SCOPE("sender");
        if (i == SENDS - 1)
            atomic_fetch_sub(&sending, 1);
        CHECK_EQUAL(slm_uv_async_send(&async), 0);
    }
    return NULL;
}

int main(void)
{
    pthread_t senders[SENDERS];
    CHECK(slmi_pool_init(1 << 15));
    stress_open(&consumer, see, NULL);
    stress_install(NULL, 0);
    stress_start(&consumer);
    CHECK_EQUAL(uv_loop_init(&loop), 0);
    CHECK_EQUAL(slm_uv_async_init(&loop, &async, on_sent), 0);
    for (unsigned i = 0; i < SENDERS; i++)
        CHECK_EQUAL(pthread_create(&senders[i], NULL, send_often, NULL), 0);
    while (ended < WORKS) {
        SLM_SCOPE_AS(turn, "loop");
        for (unsigned i = begun == ended ? 0 : AT_ONCE; i < AT_ONCE; i++) {
            slm_span_end(requests[i].span);
            begin(&requests[i]);
        }
        uv_run(&loop, UV_RUN_ONCE);
        CHECK_EQUAL(slm_current().id, turn.id);
    }
    for (unsigned i = 0; i < SENDERS; i++)
        CHECK_EQUAL(pthread_join(senders[i], NULL), 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK_EQUAL(uv_loop_close(&loop), 0);
    for (unsigned i = 0; i < AT_ONCE; i++)
        slm_span_end(requests[i].span);
    stress_stop(&consumer);
    CHECK_EQUAL(right, 2 * (uint64_t)ended);
    CHECK_EQUAL(wrong, 0);
    CHECK_EQUAL(received, calls);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_CONTEXT_TWICE), 0);
    stress_check_idle(1 + 4);
    stress_close(&consumer);
    return 0;
}
