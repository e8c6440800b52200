/* SPDX-License-Identifier: MIT */
#include "exporters/open_spans.h"

#include "core/alloc.h"
#include "core/diagnostics.h"
#include "exporters/deadline.h"
#include "exporters/open_body.h"

#include <string.h>

enum { PAUSE_MS = 1000, REQUEST_MS = 5000, LACKING_MAX = 3 };

typedef enum state { SILENT, RESTING, MAKING, SENDING } state;

struct slmi_open_spans {
    slmi_loop *loop;
    slmi_names *names;
    slmi_http_options http; /* with the announced path, once there is one */
    slmi_url url;           /* the pipeline's */
    unsigned pipeline;
    const slm_resource *resource;
    state state;
    bool stopped;
    bool complained;
    unsigned lacking; /* answers without the announcement, in a row */
    uint64_t next_ns; /* not before */
    char path[SLMI_ANNOUNCEMENT_BYTES];
    slmi_transport *way;  /* to `path`; NULL until it is needed */
    slmi_open_body *body; /* NULL while it is silent */
};

/* The body is the transport's until the answer. */
static void fall_silent(slmi_open_spans *open)
{
    if (open->way)
        open->way->ops->free(open->way);
    open->way = NULL;
    slmi_open_body_free(open->body);
    open->body = NULL;
    open->state = SILENT;
    open->path[0] = '\0';
}

static void rest(slmi_open_spans *open, uint64_t now_ns)
{
    open->state = RESTING;
    open->next_ns = slmi_deadline_after(now_ns, PAUSE_MS);
}

static void complain(slmi_open_spans *open)
{
    if (open->complained)
        return;
    open->complained = true;
    slmi_diagnose(SLM_DIAG_MALFORMED_HEADER,
                  "%s announces by Spanloom-Open-Spans what is no plain path of its own; it is ignored",
                  open->url.shown);
}

static void begin_at(slmi_open_spans *open, const char *path)
{
    fall_silent(open);
    open->body = slmi_open_body_new(open->pipeline, open->resource);
    if (!open->body || slmi_url_at(&open->url, path, &open->http.url) != SLM_OK) {
        fall_silent(open);
        return;
    }
    memcpy(open->path, path, strlen(path) + 1);
    open->state = RESTING;
}

/* The pipeline's transport had an answer. */
static void hear(void *user, const slmi_announcement *announcement)
{
    slmi_open_spans *open = user;
    if (open->stopped)
        return;
    if (!announcement) {
        fall_silent(open);
        return;
    }
    if (announcement->refused)
        complain(open);
    if (announcement->path[0] == '\0') {
        if (open->state != SILENT && ++open->lacking >= LACKING_MAX)
            fall_silent(open);
        return;
    }
    open->lacking = 0;
    if (open->state == SILENT || strcmp(open->path, announcement->path) != 0)
        begin_at(open, announcement->path);
}

slmi_open_spans *slmi_open_spans_new(slmi_loop *loop, slmi_names *names, slmi_http_options *http, unsigned pipeline,
                                     const slm_resource *resource)
{
    slmi_open_spans *open = slmi_alloc_zeroed(sizeof *open);
    if (!open)
        return NULL;
    open->loop = loop;
    open->names = names;
    open->http = *http;
    open->http.content_type = "application/json";
    open->http.read_reply = NULL;
    open->url = http->url;
    open->pipeline = pipeline;
    open->resource = resource;
    http->hear = hear;
    http->hears = open;
    return open;
}

void slmi_open_spans_free(slmi_open_spans *open)
{
    if (!open)
        return;
    fall_silent(open);
    slmi_free(open);
}

static void begin_to_send(slmi_open_spans *open, uint64_t now_ns)
{
    const slmi_buffer *text = slmi_open_body_text(open->body);
    if (!open->way)
        open->way = slmi_http_new(open->loop, open->names, &open->http);
    if (!open->way) {
        fall_silent(open);
        return;
    }
    open->state = SENDING;
    open->way->ops->begin(open->way, text->data, text->len, slmi_deadline_after(now_ns, REQUEST_MS));
}

static void make(slmi_open_spans *open, uint64_t now_ns)
{
    switch (slmi_open_body_step(open->body)) {
    case SLMI_OPEN_MORE:
        return;
    case SLMI_OPEN_DONE:
        begin_to_send(open, now_ns);
        return;
    case SLMI_OPEN_NONE:
    case SLMI_OPEN_FAILED:
        rest(open, now_ns);
        return;
    }
}

void slmi_open_spans_step(slmi_open_spans *open, uint64_t now_ns)
{
    slmi_answer answer;
    if (open->state == RESTING && now_ns >= open->next_ns) {
        slmi_open_body_begin(open->body);
        open->state = MAKING;
    }
    if (open->state == MAKING)
        make(open, now_ns);
    if (open->state != SENDING || !open->way->ops->step(open->way, now_ns, &answer))
        return;
    rest(open, now_ns);
    if (answer.verdict != SLMI_ACCEPTED)
        fall_silent(open);
}

uint64_t slmi_open_spans_due(const slmi_open_spans *open)
{
    switch (open->state) {
    case SILENT:
        return SLMI_NEVER;
    case RESTING:
        return open->next_ns;
    case MAKING:
        return 0;
    case SENDING:
        return open->way->ops->due(open->way);
    }
    return SLMI_NEVER;
}

void slmi_open_spans_stop(slmi_open_spans *open)
{
    open->stopped = true;
    fall_silent(open);
}
