/* SPDX-License-Identifier: MIT */
/* OTLP/JSON: resourceSpans[] -> scopeSpans[] -> spans[]. */
#include "viewer/otlp_reader.h"

#include "viewer/otlp_value.h"

/* One service's name is copied into each of its spans, so one body must not make it long. */
enum { MAX_SERVICE_BYTES = 256 };

typedef struct reader {
    slmi_view_batch *batch;
    slmi_view_refusal *refusal;
} reader;

/* Every reason names the span by its place in the body, counted from 0. `what` NULL: there was no memory. */
static bool refuse(const reader *r, const char *what)
{
    if (!what)
        return slmi_view_refuse(r->refusal, 503, "out of memory");
    return slmi_view_refuse(r->refusal, 400, "span %zu: %s", r->batch->count, what);
}

static bool read_text(const reader *r, slmi_view_arena *arena, const cJSON *object, const char *member,
                      const char **out)
{
    const cJSON *item = slmi_view_json_member(object, member);
    if (!item)
        return true;
    if (!cJSON_IsString(item))
        return slmi_view_refuse(r->refusal, 400, "span %zu: %s must be a string", r->batch->count, member);
    const char *copy = slmi_view_arena_text(arena, item->valuestring, strlen(item->valuestring));
    if (!copy)
        return refuse(r, NULL);
    *out = copy;
    return true;
}

static bool read_id(const reader *r, const cJSON *object, const char *member, uint8_t *out, size_t count, bool optional)
{
    const cJSON *item = slmi_view_json_member(object, member);
    if (optional && (!item || (cJSON_IsString(item) && item->valuestring[0] == '\0')))
        return true;
    if (!cJSON_IsString(item) || !slmi_view_hex(item->valuestring, out, count))
        return slmi_view_refuse(r->refusal, 400, "span %zu: %s must be %zu hexadecimal digits", r->batch->count, member,
                                2 * count);
    bool zero = true;
    for (size_t i = 0; i < count; i++)
        zero &= out[i] == 0;
    if (zero && !optional)
        return slmi_view_refuse(r->refusal, 400, "span %zu: %s must not be all zero", r->batch->count, member);
    return true;
}

static bool read_time(const reader *r, const cJSON *object, const char *member, uint64_t *out, bool *inexact)
{
    const cJSON *item = slmi_view_json_member(object, member);
    size_t before = r->batch->inexact;
    if (item && !slmi_view_json_u64(item, out, &r->batch->inexact))
        return slmi_view_refuse(r->refusal, 400, "span %zu: %s must be nanoseconds as a decimal string",
                                r->batch->count, member);
    *inexact |= r->batch->inexact > before;
    return true;
}

/* An enum as its number or, as proto3's JSON mapping allows, its name; what is unknown reads as 0. */
static bool read_enum(const reader *r, const cJSON *object, const char *member, const char *const *names,
                      unsigned count, unsigned *out)
{
    const cJSON *item = slmi_view_json_member(object, member);
    uint64_t number = 0;
    size_t ignored = 0;
    if (cJSON_IsString(item)) {
        for (unsigned i = 0; i < count; i++)
            if (strcmp(item->valuestring, names[i]) == 0)
                number = i;
    } else if (item && (!cJSON_IsNumber(item) || !slmi_view_json_u64(item, &number, &ignored))) {
        return slmi_view_refuse(r->refusal, 400, "span %zu: %s must be a number", r->batch->count, member);
    }
    *out = number < count ? (unsigned)number : 0;
    return true;
}

static bool read_kind(const reader *r, const cJSON *object, slmi_view_span *span)
{
    static const char *const names[] = { "SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER",
                                         "SPAN_KIND_CLIENT",      "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER" };
    static const slm_kind kinds[] = { SLM_KIND_INTERNAL, SLM_KIND_INTERNAL, SLM_KIND_SERVER,
                                      SLM_KIND_CLIENT,   SLM_KIND_PRODUCER, SLM_KIND_CONSUMER };
    unsigned kind;
    if (!read_enum(r, object, "kind", names, sizeof names / sizeof *names, &kind))
        return false;
    span->kind = kinds[kind];
    return true;
}

static bool read_status(const reader *r, const cJSON *object, slmi_view_span *span)
{
    static const char *const names[] = { "STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR" };
    const cJSON *status = slmi_view_json_member(object, "status");
    unsigned code;
    if (status && !cJSON_IsObject(status))
        return refuse(r, "status must be an object");
    if (!read_enum(r, status, "code", names, sizeof names / sizeof *names, &code))
        return false;
    span->status = (slm_span_status)code;
    return read_text(r, &span->arena, status, "message", &span->status_text);
}

static bool read_event(const reader *r, const cJSON *item, slmi_view_span *span, slmi_view_event *event)
{
    const char *wrong = NULL;
    event->name = "";
    if (!cJSON_IsObject(item))
        return refuse(r, "an event must be an object");
    if (!read_text(r, &span->arena, item, "name", &event->name) ||
        !read_time(r, item, "timeUnixNano", &event->time_ns, &span->inexact_times))
        return false;
    const cJSON *attributes = slmi_view_json_member(item, "attributes");
    return slmi_view_otlp_attributes(&span->arena, attributes, &event->attributes, &r->batch->inexact, &wrong) ||
           refuse(r, wrong);
}

static bool read_events(const reader *r, const cJSON *object, slmi_view_span *span)
{
    const cJSON *list = slmi_view_json_member(object, "events");
    if (!list)
        return true;
    if (!cJSON_IsArray(list))
        return refuse(r, "events must be a list");
    if (!slmi_view_events_reserve(span, (size_t)cJSON_GetArraySize(list)))
        return refuse(r, NULL);
    for (const cJSON *item = list->child; item; item = item->next) {
        slmi_view_event *event = slmi_view_event_add(span);
        if (event && !read_event(r, item, span, event))
            return false;
    }
    return true;
}

static bool read_links(const reader *r, const cJSON *object, slmi_view_span *span)
{
    const cJSON *list = slmi_view_json_member(object, "links");
    if (!list)
        return true;
    if (!cJSON_IsArray(list))
        return refuse(r, "links must be a list");
    size_t count = (size_t)cJSON_GetArraySize(list);
    if (count > SLMI_VIEW_MAX_LINKS) {
        span->dropped_links = (uint32_t)(count - SLMI_VIEW_MAX_LINKS);
        count = SLMI_VIEW_MAX_LINKS;
    }
    span->links = slmi_view_arena_get(&span->arena, count * sizeof *span->links);
    if (!span->links)
        return refuse(r, NULL);
    for (const cJSON *item = list->child; item && span->link_count < count; item = item->next) {
        slmi_view_link *link = &span->links[span->link_count++];
        if (!read_id(r, item, "traceId", link->trace_id.bytes, sizeof link->trace_id.bytes, false) ||
            !read_id(r, item, "spanId", link->span_id.bytes, sizeof link->span_id.bytes, false))
            return false;
    }
    return true;
}

static bool read_dropped(const cJSON *object, const char *member, uint32_t *dropped)
{
    const cJSON *item = slmi_view_json_member(object, member);
    uint64_t count;
    size_t ignored = 0;
    if (item && slmi_view_json_u64(item, &count, &ignored) && count <= UINT32_MAX - *dropped)
        *dropped += (uint32_t)count;
    return true;
}

static bool read_span_parts(const reader *r, const cJSON *item, slmi_view_span *span)
{
    const char *wrong = NULL;
    const cJSON *attributes = slmi_view_json_member(item, "attributes");
    return read_id(r, item, "traceId", span->trace_id.bytes, sizeof span->trace_id.bytes, false) &&
           read_id(r, item, "spanId", span->span_id.bytes, sizeof span->span_id.bytes, false) &&
           read_id(r, item, "parentSpanId", span->parent_id.bytes, sizeof span->parent_id.bytes, true) &&
           read_text(r, &span->arena, item, "name", &span->name) &&
           read_time(r, item, "startTimeUnixNano", &span->start_ns, &span->inexact_times) &&
           read_time(r, item, "endTimeUnixNano", &span->end_ns, &span->inexact_times) && read_kind(r, item, span) &&
           read_status(r, item, span) &&
           (slmi_view_otlp_attributes(&span->arena, attributes, &span->attributes, &r->batch->inexact, &wrong) ||
            refuse(r, wrong)) &&
           read_events(r, item, span) && read_links(r, item, span) &&
           read_dropped(item, "droppedAttributesCount", &span->attributes.dropped) &&
           read_dropped(item, "droppedEventsCount", &span->dropped_events) &&
           read_dropped(item, "droppedLinksCount", &span->dropped_links);
}

static bool read_span(const reader *r, const cJSON *item, const char *service)
{
    if (!cJSON_IsObject(item))
        return refuse(r, "a span must be an object");
    slmi_view_span *span = slmi_view_span_new(SLMI_VIEW_OTLP);
    const char *own_service =
        span ? slmi_view_arena_text(&span->arena, service, strnlen(service, MAX_SERVICE_BYTES)) : NULL;
    if (!own_service) {
        slmi_view_span_free(span);
        return refuse(r, NULL);
    }
    span->service = own_service;
    if (!read_span_parts(r, item, span)) {
        slmi_view_span_free(span);
        return false;
    }
    slmi_view_batch_add(r->batch, span);
    return true;
}

/* The list that is a member of `object`, or NULL if it is absent. */
static bool list_in(const reader *r, const cJSON *object, const char *member, const cJSON **list)
{
    *list = slmi_view_json_member(object, member);
    if (!cJSON_IsObject(object) || (*list && !cJSON_IsArray(*list)))
        return slmi_view_refuse(r->refusal, 400, "%s must be a list, inside an object", member);
    return true;
}

static bool read_service(const reader *r, const cJSON *resource_spans, slmi_view_arena *arena, const char **service)
{
    const char *wrong = NULL;
    slmi_view_attributes attributes = { 0 };
    const cJSON *resource = slmi_view_json_member(resource_spans, "resource");
    const cJSON *list = slmi_view_json_member(resource, "attributes");
    size_t ignored = 0;
    if (!slmi_view_otlp_attributes(arena, list, &attributes, &ignored, &wrong))
        return wrong ? slmi_view_refuse(r->refusal, 400, "resource: %s", wrong) : refuse(r, NULL);
    const char *name = slmi_view_attribute_find(&attributes, "service.name");
    *service = name ? name : "";
    return true;
}

static bool read_resource_spans(const reader *r, const cJSON *item)
{
    slmi_view_arena arena = { 0 };
    const char *service = "";
    const cJSON *scopes;
    bool good = list_in(r, item, "scopeSpans", &scopes) && read_service(r, item, &arena, &service);
    for (const cJSON *scope = good && scopes ? scopes->child : NULL; good && scope; scope = scope->next) {
        const cJSON *spans;
        good = list_in(r, scope, "spans", &spans);
        for (const cJSON *span = good && spans ? spans->child : NULL; good && span; span = span->next)
            good = read_span(r, span, service);
    }
    slmi_view_arena_free(&arena);
    return good;
}

bool slmi_view_read_otlp(char *body, size_t len, slmi_view_batch *batch, slmi_view_refusal *refusal)
{
    *batch = (slmi_view_batch){ 0 };
    reader r = { batch, refusal };
    cJSON *root = slmi_view_json_parse(body, len, refusal);
    if (!root)
        return false;
    const cJSON *resources;
    bool good = list_in(&r, root, "resourceSpans", &resources);
    for (const cJSON *item = good && resources ? resources->child : NULL; good && item; item = item->next)
        good = read_resource_spans(&r, item);
    cJSON_Delete(root);
    if (!good)
        slmi_view_batch_free(batch);
    return good;
}
