/* SPDX-License-Identifier: MIT */
#include "exporters/open_body.h"

#include "core/alloc.h"
#include "core/open_export.h"
#include "exporters/otlp_json_value.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    PLACES_AT_ONCE = 2048, /* looked at */
    WRITES_AT_ONCE = 16,
    END_BYTES = 1024,                               /* of what follows the lists */
    SPANS_BYTES = SLMI_OPEN_BYTES_MAX - (384 << 10) /* the rest is for tasks */
};

/* The smallest keys that were seen, in a heap whose top is the largest of them. */
typedef struct pick {
    uint64_t key;
    uint32_t place; /* of the payload */
} pick;

typedef struct picks {
    pick *heap;
    uint32_t count, max;
    uint64_t seen;
} picks;

typedef enum phase { FIND_SPANS, FIND_TASKS, WRITE_SPANS, WRITE_TASKS, OVER } phase;

struct slmi_open_body {
    unsigned pipeline;
    const slm_resource *resource;
    phase phase;
    uint32_t at;           /* in the walk, or list */
    uint32_t spans, tasks; /* written */
    uint64_t ended;        /* between being found and being written */
    slmi_buffer text;
    picks found_spans, found_tasks;
    pick span_heap[SLMI_OPEN_SPANS_MAX], task_heap[SLMI_OPEN_TASKS_MAX];
    slm_span handles[SLMI_OPEN_SPANS_MAX];
    slm_task_info infos[SLMI_OPEN_TASKS_MAX];
};

slmi_open_body *slmi_open_body_new(unsigned pipeline, const slm_resource *resource)
{
    slmi_open_body *body = slmi_alloc_zeroed(sizeof *body);
    if (!body)
        return NULL;
    body->pipeline = pipeline;
    body->resource = resource;
    body->found_spans = (picks){ .heap = body->span_heap, .max = SLMI_OPEN_SPANS_MAX };
    body->found_tasks = (picks){ .heap = body->task_heap, .max = SLMI_OPEN_TASKS_MAX };
    slmi_buffer_init(&body->text, SLMI_OPEN_BYTES_MAX);
    return body;
}

void slmi_open_body_free(slmi_open_body *body)
{
    if (!body)
        return;
    slmi_buffer_free(&body->text);
    slmi_free(body);
}

/* Moves the pick at `at` down until both below it are smaller. */
static void sink(picks *p, uint32_t at)
{
    pick moved = p->heap[at];
    for (;;) {
        uint32_t below = 2 * at + 1;
        if (below + 1 < p->count && p->heap[below + 1].key > p->heap[below].key)
            below++;
        if (below >= p->count || p->heap[below].key <= moved.key)
            break;
        p->heap[at] = p->heap[below];
        at = below;
    }
    p->heap[at] = moved;
}

/* The place for the payload of this key; `max` if there are enough smaller ones. */
static uint32_t place_for(picks *p, uint64_t key)
{
    p->seen++;
    if (p->count == p->max) {
        if (key >= p->heap[0].key)
            return p->max;
        p->heap[0].key = key;
        uint32_t place = p->heap[0].place;
        sink(p, 0);
        return place;
    }
    uint32_t at = p->count++, place = at;
    while (at > 0 && p->heap[(at - 1) / 2].key < key) {
        p->heap[at] = p->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    p->heap[at] = (pick){ key, place };
    return place;
}

static int by_key(const void *left, const void *right)
{
    const pick *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static void found_span(void *user, const slmi_open_span *span)
{
    slmi_open_body *body = user;
    uint32_t place = place_for(&body->found_spans, slm_view_start_ns(span->view));
    if (place < body->found_spans.max)
        body->handles[place] = slm_view_span(span->view);
}

/* Waiting before running, the longest first. */
static void found_task(void *user, const slm_task_info *info)
{
    slmi_open_body *body = user;
    const uint64_t top = UINT64_C(1) << 63;
    uint64_t shortness = top - 1 - (info->state_ns < top ? info->state_ns : top - 1);
    uint32_t place = place_for(&body->found_tasks, shortness | (info->state == SLM_TASK_RUNNING ? top : 0));
    if (place < body->found_tasks.max)
        body->infos[place] = *info;
}

/* Text of a resource's attribute, `""` if it has none. */
static char *put_attribute(slmi_open_body *body, char *at, const char *key)
{
    slm_string text = { NULL, 0 };
    for (uint32_t i = 0; i < body->resource->field_count; i++) {
        const slm_field *field = &body->resource->fields[i];
        if (field->value.type == SLM_TYPE_STRING && slm_string_equal(field->key, slm_string_from_c(key)))
            text = slm_string_of(field->value.as.s, field->value.len);
    }
    return SLMI_QUOTED(&body->text, at, "", text);
}

static char *put_u64(char *at, uint64_t number)
{
    at = slmi_json_u64(SLMI_PUT(at, "\""), number);
    return SLMI_PUT(at, "\"");
}

static void write_head(slmi_open_body *body)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    char *at = slmi_json_start(&body->text);
    if (at)
        at = put_attribute(body, SLMI_PUT(at, "{\"resource\":{\"service_name\":"), "service.name");
    if (at)
        at = put_attribute(body, SLMI_PUT(at, ",\"service_instance\":"), "service.instance.id");
    if (at)
        at = slmi_json_u64(SLMI_PUT(at, ",\"pid\":"), (uint64_t)getpid());
    if (at)
        at = put_u64(SLMI_PUT(at, "},\"time_unix_nano\":"), (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
    if (at)
        at = SLMI_PUT(at, ",\"spans\":[");
    slmi_buffer_commit(&body->text, at);
}

static char *put_ids(char *at, const slm_trace_id *trace_id, const slm_span_id *span_id)
{
    at = slmi_json_hex(SLMI_PUT(at, "{\"trace_id\":\""), trace_id->bytes, sizeof trace_id->bytes);
    at = slmi_json_hex(SLMI_PUT(at, "\",\"span_id\":\""), span_id->bytes, sizeof span_id->bytes);
    return SLMI_PUT(at, "\"");
}

/* The fields are left out of a span for which they would be too much. */
static bool put_span(slmi_open_body *body, const slmi_open_span *span, bool with_fields)
{
    size_t before = body->text.len;
    slm_span_context identity;
    slm_view_identity(span->view, &identity);
    char *at = slmi_json_start(&body->text);
    if (at && body->spans > 0)
        *at++ = ',';
    if (at) {
        at = put_ids(at, &identity.trace_id, &identity.span_id);
        if (slm_span_id_is_valid(span->parent)) {
            at = slmi_json_hex(SLMI_PUT(at, ",\"parent_span_id\":\""), span->parent.bytes, sizeof span->parent.bytes);
            at = SLMI_PUT(at, "\"");
        }
        at = SLMI_QUOTED(&body->text, at, ",\"name\":", slm_view_name(span->view));
    }
    at = slmi_json_room(&body->text, at, 0);
    if (at)
        at = put_u64(SLMI_PUT(at, ",\"start_unix_nano\":"), slm_view_start_ns(span->view));
    if (at && with_fields && span->field_count > 0)
        at = slmi_otlp_json_fields(&body->text, SLMI_PUT(at, ",\"attributes\":"), span->fields, span->field_count, 0);
    at = slmi_json_room(&body->text, at, 0);
    slmi_buffer_commit(&body->text, at ? SLMI_PUT(at, "}") : NULL);
    if (!body->text.failed)
        return true;
    slmi_buffer_rewind(&body->text, before);
    return false;
}

static void write_span(void *user, const slmi_open_span *span)
{
    slmi_open_body *body = user;
    body->spans += put_span(body, span, true) || put_span(body, span, false);
}

static void write_task(slmi_open_body *body, const slm_task_info *info)
{
    size_t before = body->text.len;
    char *at = slmi_json_start(&body->text);
    if (at && body->tasks > 0)
        *at++ = ',';
    if (at)
        at = SLMI_QUOTED(&body->text, put_ids(at, &info->trace_id, &info->span_id), ",\"name\":", info->name);
    at = slmi_json_room(&body->text, at, 0);
    if (at) {
        at = info->state == SLM_TASK_RUNNING ? SLMI_PUT(at, ",\"state\":\"running\"")
                                             : SLMI_PUT(at, ",\"state\":\"waiting\"");
        at = put_u64(SLMI_PUT(at, ",\"polls\":"), info->polls);
        at = put_u64(SLMI_PUT(at, ",\"busy_ns\":"), info->busy_ns);
        at = put_u64(SLMI_PUT(at, ",\"idle_ns\":"), info->idle_ns);
        at = put_u64(SLMI_PUT(at, ",\"state_ns\":"), info->state_ns);
        at = SLMI_PUT(at, "}");
    }
    slmi_buffer_commit(&body->text, at);
    body->tasks += !body->text.failed;
    if (body->text.failed)
        slmi_buffer_rewind(&body->text, before);
}

static void write_between(slmi_open_body *body)
{
    static const char text[] = "],\"tasks\":[";
    body->text.max = SLMI_OPEN_BYTES_MAX - END_BYTES;
    slmi_buffer_add(&body->text, text, sizeof text - 1);
}

static void write_end(slmi_open_body *body)
{
    slm_task_totals totals = { .size = (uint32_t)sizeof totals };
    slm_task_totals_read(&totals);
    body->text.max = SLMI_OPEN_BYTES_MAX;
    char *at = slmi_json_start(&body->text);
    if (at) {
        at = slmi_json_u64(SLMI_PUT(at, "],\"totals\":{\"waiting\":"), totals.waiting);
        at = slmi_json_u64(SLMI_PUT(at, ",\"running\":"), totals.running);
        at = put_u64(SLMI_PUT(at, ",\"finished\":"), totals.finished);
        at = put_u64(SLMI_PUT(at, ",\"untracked\":"), totals.untracked);
    }
    slmi_buffer_commit(&body->text, at);
    at = slmi_json_start(&body->text);
    if (at) {
        at = put_u64(SLMI_PUT(at, ",\"polls\":"), totals.polls);
        at = put_u64(SLMI_PUT(at, ",\"busy_ns\":"), totals.busy_ns);
        at = put_u64(SLMI_PUT(at, ",\"idle_ns\":"), totals.idle_ns);
    }
    slmi_buffer_commit(&body->text, at);
    at = slmi_json_start(&body->text);
    if (at) {
        at = slmi_json_u64(SLMI_PUT(at, "},\"truncated\":"), body->found_spans.seen - body->ended - body->spans);
        at = slmi_json_u64(SLMI_PUT(at, ",\"tasks_truncated\":"), body->found_tasks.seen - body->tasks);
        at = SLMI_PUT(at, "}");
    }
    slmi_buffer_commit(&body->text, at);
}

void slmi_open_body_begin(slmi_open_body *body)
{
    body->phase = FIND_SPANS;
    body->at = body->spans = body->tasks = 0;
    body->ended = 0;
    body->found_spans.count = body->found_tasks.count = 0;
    body->found_spans.seen = body->found_tasks.seen = 0;
    body->text.max = SPANS_BYTES;
    slmi_buffer_rewind(&body->text, 0);
}

static void next(slmi_open_body *body, phase to)
{
    body->phase = to;
    body->at = 0;
}

static void write_spans(slmi_open_body *body)
{
    const picks *found = &body->found_spans;
    for (unsigned left = WRITES_AT_ONCE; left > 0 && body->at < found->count; left--, body->at++) {
        slm_span handle = body->handles[found->heap[body->at].place];
        body->ended += !slmi_open_look(body->pipeline, handle, write_span, body);
    }
    if (body->at < found->count)
        return;
    write_between(body);
    next(body, WRITE_TASKS);
}

static void write_tasks(slmi_open_body *body)
{
    const picks *found = &body->found_tasks;
    for (unsigned left = WRITES_AT_ONCE; left > 0 && body->at < found->count; left--, body->at++)
        write_task(body, &body->infos[found->heap[body->at].place]);
    if (body->at < found->count)
        return;
    write_end(body);
    next(body, OVER);
}

static void find_tasks(slmi_open_body *body)
{
    body->at = slmi_tasks_walk(body->pipeline, body->at, PLACES_AT_ONCE, found_task, body);
    if (body->at != 0)
        return;
    qsort(body->span_heap, body->found_spans.count, sizeof(pick), by_key);
    qsort(body->task_heap, body->found_tasks.count, sizeof(pick), by_key);
    write_head(body);
    next(body, WRITE_SPANS);
}

/* A piece that is far shorter than a step may be. */
static void work(slmi_open_body *body)
{
    switch (body->phase) {
    case FIND_SPANS:
        body->at = slmi_open_walk(body->pipeline, body->at, PLACES_AT_ONCE, found_span, body);
        if (body->at == 0)
            next(body, body->found_spans.count > 0 ? FIND_TASKS : OVER);
        return;
    case FIND_TASKS:
        find_tasks(body);
        return;
    case WRITE_SPANS:
        write_spans(body);
        return;
    case WRITE_TASKS:
        write_tasks(body);
        return;
    case OVER:
        return;
    }
}

slmi_open_verdict slmi_open_body_step(slmi_open_body *body)
{
    uint64_t until = slm_now_ns() + SLMI_OPEN_STEP_US * UINT64_C(1000);
    do {
        work(body);
    } while (body->phase != OVER && slm_now_ns() < until);
    if (body->phase != OVER)
        return SLMI_OPEN_MORE;
    if (body->found_spans.count == 0 || body->spans == 0)
        return SLMI_OPEN_NONE;
    return body->text.failed ? SLMI_OPEN_FAILED : SLMI_OPEN_DONE;
}

const slmi_buffer *slmi_open_body_text(const slmi_open_body *body)
{
    return &body->text;
}
