/* SPDX-License-Identifier: MIT */
/* Two requests share one libuv loop. Each shears on the thread pool and is late by a timer; every callback runs in the
 * span that it was armed in, whatever the loop does in between. */
#include <spanloom/log.h>
#include <spanloom/trace.h>
#include <spanloom/uv.h>

#include <stdlib.h>

struct request {
    slm_uv_work work; /* in place of uv_work_t */
    slm_uv_timer late;
    slm_span span;
    const char *yak;
    struct request *next; /* to be begun when this one is done, so that the lines have an order */
};

static void arm(uv_loop_t *loop, struct request *r);

static void shear(uv_work_t *work) /* on a thread of the pool */
{
    const struct request *r = work->data;
    SLM_SCOPE("shear"); /* a child of the request */
    SLM_INFO(("of", r->yak), "wool");
}

static void sheared(uv_work_t *work, int status) /* back on the loop */
{
    struct request *r = work->data;
    SLM_INFO(("status", status), "done");
    slm_uv_close(&r->late.bond, NULL); /* armed anew, it never fires: its context is given back */
    if (r->next)
        arm(work->loop, r->next);
}

static void on_late(uv_timer_t *timer)
{
    struct request *r = timer->data;
    SLM_WARN("late; now it goes to the pool");
    r->work.uv.data = r;
    slm_uv_queue_work(timer->loop, &r->work, shear, sheared);
    slm_uv_timer_start(&r->late, on_late, 3600000, 0);
}

static void arm(uv_loop_t *loop, struct request *r)
{
    SLM_ENTER(r->span);
    slm_uv_bond_init(&r->late.bond);
    uv_timer_init(loop, &r->late.uv);
    r->late.uv.data = r;
    slm_uv_timer_start(&r->late, on_late, 1, 0); /* captures the request's span */
}

int main(void)
{
    uv_loop_t *loop = uv_default_loop();
    struct request berta = { .yak = "Berta" }, frieda = { .yak = "Frieda", .next = &berta };

    slm_init_log(NULL);
    frieda.span = SLM_SPAN("request", ("yak", frieda.yak));
    berta.span = SLM_SPAN("request", ("yak", berta.yak));
    arm(loop, &frieda);
    {
        SLM_SCOPE("loop"); /* nothing falls into this one */
        uv_run(loop, UV_RUN_DEFAULT);
    }
    slm_span_end(frieda.span);
    slm_span_end(berta.span);
    uv_loop_close(loop);
    slm_log_shutdown(0);
    return EXIT_SUCCESS;
}
