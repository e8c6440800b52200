/* SPDX-License-Identifier: MIT */
/* {"resource":{...},"time_unix_nano":"...","spans":[...],"tasks":[...],"totals":{...},"truncated":N} */
#include "viewer/open.h"

#include "viewer/otlp_value.h"

#include <stdio.h>

typedef struct reader {
    slmi_view_open *out;
    slmi_view_refusal *refusal;
    const char *list; /* What is being read, and which of it; NULL: the body's own members. */
    size_t at;
} reader;

static bool refuse(const reader *r, const char *member, const char *what)
{
    if (!r->list)
        return slmi_view_refuse(r->refusal, 400, "%s must be %s", member, what);
    return slmi_view_refuse(r->refusal, 400, "%s %zu: %s must be %s", r->list, r->at, member, what);
}

/* The member's text, "" if it is absent; NULL, refused, if it is something else. */
static const char *text_of(const reader *r, const cJSON *object, const char *member)
{
    const cJSON *item = slmi_view_json_member(object, member);
    if (!item)
        return "";
    if (cJSON_IsString(item))
        return item->valuestring;
    (void)refuse(r, member, "a string");
    return NULL;
}

static bool read_short(const reader *r, const cJSON *object, const char *member, char *out, size_t room)
{
    const char *text = text_of(r, object, member);
    if (text)
        (void)snprintf(out, room, "%s", text);
    return text != NULL;
}

static bool read_u64(const reader *r, const cJSON *object, const char *member, uint64_t *out)
{
    const cJSON *item = slmi_view_json_member(object, member);
    size_t inexact = 0;
    return !item || slmi_view_json_u64(item, out, &inexact) || refuse(r, member, "a whole number");
}

static bool read_id(const reader *r, const cJSON *object, const char *member, uint8_t *out, size_t count)
{
    const cJSON *item = slmi_view_json_member(object, member);
    bool good = cJSON_IsString(item) && slmi_view_hex(item->valuestring, out, count);
    return good || refuse(r, member, count == 16 ? "32 hexadecimal digits" : "16 hexadecimal digits");
}

/* Of a span that is shown. */
static bool read_attributes(const reader *r, const cJSON *object, slmi_view_span *span)
{
    size_t inexact = 0;
    const char *wrong = NULL;
    if (slmi_view_otlp_attributes(&span->arena, slmi_view_json_member(object, "attributes"), &span->attributes,
                                  &inexact, &wrong))
        return true;
    if (!wrong)
        return slmi_view_refuse(r->refusal, 503, "out of memory");
    return slmi_view_refuse(r->refusal, 400, "%s %zu: %s", r->list, r->at, wrong);
}

static bool read_span(const reader *r, const cJSON *object)
{
    slmi_view_span *span = slmi_view_span_new(SLMI_VIEW_OTLP);
    if (!span)
        return slmi_view_refuse(r->refusal, 503, "out of memory");
    bool shown = r->at < SLMI_VIEW_OPEN_KEPT;
    const char *name = text_of(r, object, "name");
    bool good = name && read_id(r, object, "trace_id", span->trace_id.bytes, sizeof span->trace_id.bytes) &&
                read_id(r, object, "span_id", span->span_id.bytes, sizeof span->span_id.bytes) &&
                read_u64(r, object, "start_unix_nano", &span->start_ns);
    if (good && slmi_view_json_member(object, "parent_span_id"))
        good = read_id(r, object, "parent_span_id", span->parent_id.bytes, sizeof span->parent_id.bytes);
    if (good && shown)
        good = read_attributes(r, object, span);
    if (good && shown && !(span->name = slmi_view_arena_text(&span->arena, name, strlen(name))))
        good = slmi_view_refuse(r->refusal, 503, "out of memory");
    if (good && shown)
        slmi_view_batch_add(&r->out->spans, span);
    else
        slmi_view_span_free(span);
    return good;
}

/* The first task is the one that waits longest. */
static bool read_task(const reader *r, const cJSON *object)
{
    slmi_view_open task = { .pid = 0 };
    uint8_t id[16];
    char state[16] = "";
    bool good = read_id(r, object, "trace_id", id, 16) && read_id(r, object, "span_id", id, 8) &&
                read_short(r, object, "name", task.task, sizeof task.task) &&
                read_short(r, object, "state", state, sizeof state) && read_u64(r, object, "polls", &task.polls) &&
                read_u64(r, object, "state_ns", &task.state_ns);
    bool runs = strcmp(state, "running") == 0;
    if (good && !runs && strcmp(state, "waiting") != 0)
        good = refuse(r, "state", "waiting or running");
    if (!good || r->at > 0)
        return good;
    memcpy(r->out->task, task.task, sizeof task.task);
    r->out->polls = task.polls;
    r->out->state_ns = task.state_ns;
    r->out->task_runs = runs;
    r->out->has_task = true;
    return true;
}

/* `item` is "span" or "task", whose list is a member of that name and an s. */
static bool read_list(reader *r, const cJSON *body, const char *list, const char *item,
                      bool (*read_one)(const reader *r, const cJSON *object))
{
    const cJSON *items = slmi_view_json_member(body, list);
    if (items && !cJSON_IsArray(items))
        return refuse(r, list, "a list");
    r->list = item;
    r->at = 0;
    for (const cJSON *one = items ? items->child : NULL; one; one = one->next, r->at++) {
        if (!cJSON_IsObject(one))
            return slmi_view_refuse(r->refusal, 400, "%s %zu must be an object", item, r->at);
        if (!read_one(r, one))
            return false;
    }
    r->list = NULL;
    return true;
}

static bool read_body(reader *r, const cJSON *body)
{
    slmi_view_open *out = r->out;
    const cJSON *resource = slmi_view_json_member(body, "resource"), *totals = slmi_view_json_member(body, "totals");
    uint64_t truncated = 0;
    if (!cJSON_IsObject(body))
        return slmi_view_refuse(r->refusal, 400, "the body must be an object");
    if (!cJSON_IsObject(resource))
        return refuse(r, "resource", "an object");
    if (totals && !cJSON_IsObject(totals))
        return refuse(r, "totals", "an object");
    bool good = read_short(r, resource, "service_name", out->service, sizeof out->service) &&
                read_short(r, resource, "service_instance", out->instance, sizeof out->instance) &&
                read_u64(r, resource, "pid", &out->pid) && read_u64(r, body, "time_unix_nano", &out->time_ns) &&
                read_u64(r, totals, "waiting", &out->waiting) && read_u64(r, totals, "running", &out->running) &&
                read_u64(r, body, "truncated", &truncated) && read_list(r, body, "spans", "span", read_span);
    out->span_count = r->at + (truncated < UINT32_MAX ? (size_t)truncated : UINT32_MAX);
    return good && read_list(r, body, "tasks", "task", read_task);
}

bool slmi_view_open_read(char *body, size_t len, slmi_view_open *out, slmi_view_refusal *refusal)
{
    *out = (slmi_view_open){ .pid = 0 };
    cJSON *json = slmi_view_json_parse(body, len, refusal);
    if (!json)
        return false;
    reader r = { .out = out, .refusal = refusal };
    bool good = read_body(&r, json);
    cJSON_Delete(json);
    if (!good)
        slmi_view_open_free(out);
    return good;
}

void slmi_view_open_free(slmi_view_open *open)
{
    slmi_view_batch_free(&open->spans);
    *open = (slmi_view_open){ .pid = 0 };
}
