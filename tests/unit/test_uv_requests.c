/* SPDX-License-Identifier: MIT */
/* libuv's requests, on the loop and on its pool: done, cancelled, refused, or never run. */
#include <fcntl.h>
#include <semaphore.h>

#include <spanloom/uv.h>

#include "core/pool.h"
#include "tests/unit/spans.h"

static uv_loop_t loop;

static void begin(void)
{
    recorded_begin(NULL, 0, NULL);
    cr_assert(eq(int, uv_loop_init(&loop), 0));
}

static void end(void)
{
    cr_expect(eq(int, uv_run(&loop, UV_RUN_DEFAULT), 0));
    cr_expect(eq(int, uv_loop_close(&loop), 0));
}

TestSuite(uv_requests, .init = begin, .fini = end);

struct job {
    slm_uv_work work;
    slm_span span;
    _Atomic(uint32_t) worked;
    int status;
    sem_t *wait;
};

static void work(uv_work_t *request)
{
    struct job *job = request->data;
    if (job->wait)
        sem_wait(job->wait);
    job->worked = slm_current().id == job->span.id ? 1 : 2;
    SLM_SCOPE("work");
}

static void worked(uv_work_t *request, int status)
{
    struct job *job = request->data;
    cr_expect(eq(u64, slm_current().id, job->span.id));
    cr_expect(eq(u64, job->work.bond.context.id, 0u));
    job->status = status;
    slm_span_end(job->span); /* inside it */
}

static void queue(struct job *job, unsigned number)
{
    job->work.uv.data = job;
    job->status = 1;
    job->span = SLM_SPAN("job", ("number", number));
    SLM_ENTER(job->span);
    cr_expect(eq(int, slm_uv_queue_work(&loop, &job->work, work, worked), 0));
}

Test(uv_requests, work_and_what_comes_after_are_inside_the_span)
{
    enum { JOBS = 300 };
    static struct job jobs[JOBS];
    for (unsigned i = 0; i < JOBS; i++)
        queue(&jobs[i], i);
    SLM_SCOPE("loop");
    uv_run(&loop, UV_RUN_DEFAULT);
    for (unsigned i = 0; i < JOBS; i++) {
        cr_expect(eq(u32, jobs[i].worked, 1));
        cr_expect(eq(int, jobs[i].status, 0));
    }
    MISUSE("");
}

Test(uv_requests, a_cancelled_job_is_told_so_in_its_span)
{
    enum { JOBS = 40, POOL = 4 };
    static struct job jobs[JOBS];
    sem_t hold;
    sem_init(&hold, 0, 0);
    uint32_t in_use = slmi_pool_in_use();
    for (unsigned i = 0; i < JOBS; i++) {
        jobs[i].wait = &hold;
        queue(&jobs[i], i);
    }
    unsigned cancelled = 0;
    for (unsigned i = 0; i < JOBS; i++)
        cancelled += uv_cancel((uv_req_t *)&jobs[i].work.uv) == 0;
    for (unsigned i = 0; i < JOBS; i++)
        sem_post(&hold);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect(ge(u32, cancelled, JOBS - POOL));
    for (unsigned i = 0; i < JOBS; i++) {
        cr_expect(eq(u32, jobs[i].worked, jobs[i].status == 0 ? 1 : 0));
        cr_expect(jobs[i].status == 0 || jobs[i].status == UV_ECANCELED, "%d", jobs[i].status);
    }
    (void)recorded_text();
    cr_expect(le(u32, slmi_pool_in_use(), in_use + (POOL + 1) * 2 * SLMI_MAGAZINE)); /* what threads hold ready */
    sem_destroy(&hold);
    MISUSE("");
}

static void on_written(uv_write_t *request, int status)
{
    (void)request;
    (void)status;
    cr_expect(false, "it was refused");
}

Test(uv_requests, what_libuv_refuses_gives_its_context_back)
{
    SLM_SCOPE("request");
    slm_uv_work refused;
    slm_uv_write_request write;
    slm_uv_fs_request fs;
    static uv_tcp_t tcp;
    uv_buf_t buffer = uv_buf_init((char *)"x", 1);
    uint32_t in_use = 0;
    uv_tcp_init(&loop, &tcp);
    for (unsigned i = 0; i < 200; i++) {
        cr_expect(eq(int, slm_uv_queue_work(&loop, &refused, NULL, worked), UV_EINVAL));
        cr_expect(eq(u64, refused.bond.context.id, 0u));
        cr_expect(lt(int, slm_uv_write(&write, (uv_stream_t *)&tcp, &buffer, 1, on_written), 0));
        cr_expect(eq(u64, write.bond.context.id, 0u));
        uv_fs_t *request = slm_uv_fs_bind(&fs, NULL);
        cr_expect(eq(int, slm_uv_fs_begun(&fs, uv_fs_read(&loop, request, 0, NULL, 0, 0, slm_uv_fs_run)), UV_EINVAL));
        cr_expect(eq(u64, fs.bond.context.id, 0u));
        in_use = i == 40 ? slmi_pool_in_use() : in_use;
    }
    cr_expect(eq(u32, slmi_pool_in_use(), in_use));
    uv_close((uv_handle_t *)&tcp, NULL);
    MISUSE("");
}

/* -- files and names --------------------------------------------------------------------------------------------------
 */

static unsigned opened, named;

static void on_open(uv_fs_t *request)
{
    SLM_SCOPE("opened", ("result", slm_errno((int)-request->result)));
    cr_expect(lt(int, (int)request->result, 0));
    uv_fs_req_cleanup(request);
    free(request->data); /* the request itself */
    opened++;
}

static void on_addresses(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
    (void)request;
    SLM_SCOPE("named");
    cr_expect(eq(int, status, 0));
    cr_expect(ne(ptr, addresses, NULL));
    uv_freeaddrinfo(addresses);
    named++;
}

Test(uv_requests, files_and_names_come_back_to_their_spans)
{
    static slm_uv_getaddrinfo_request lookup, forgotten;
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST };
    {
        SLM_SCOPE("reading");
        slm_uv_fs_request *fs = malloc(sizeof *fs);
        fs->uv.data = fs;
        int result = uv_fs_open(&loop, slm_uv_fs_bind(fs, on_open), "no/such/file", O_RDONLY, 0, slm_uv_fs_run);
        cr_expect(eq(int, slm_uv_fs_begun(fs, result), 0));
    }
    {
        SLM_SCOPE("connecting");
        cr_expect(eq(int, slm_uv_getaddrinfo(&loop, &lookup, on_addresses, "127.0.0.1", NULL, &hints), 0));
        cr_expect(eq(int, slm_uv_getaddrinfo(&loop, &forgotten, NULL, "127.0.0.1", NULL, &hints), 0));
    }
    TEXT("reading\nconnecting\n");
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect(eq(u32, opened, 1));
    cr_expect(eq(u32, named, 1));
    const recorded_span *span = (recorded_text(), recorded_find("opened"));
    cr_assert(ne(ptr, (void *)(uintptr_t)span, NULL));
    cr_expect(eq(int, memcmp(&span->parent, &recorded_find("reading")->own.span_id, sizeof span->parent), 0));
    span = recorded_find("named");
    cr_expect(eq(int, memcmp(&span->parent, &recorded_find("connecting")->own.span_id, sizeof span->parent), 0));
    MISUSE("");
}
