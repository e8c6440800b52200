/* SPDX-License-Identifier: MIT */
/* Zipkin v2 JSON: a list of spans; what OpenTelemetry put into tags and annotations comes back out of them. */
#include "viewer/zipkin_reader.h"

typedef struct reader {
    slmi_view_batch *batch;
    slmi_view_refusal *refusal;
} reader;

/* Every reason names the span by its place in the list, counted from 0. */
static bool refuse(const reader *r, const char *member, const char *what)
{
    return slmi_view_refuse(r->refusal, 400, "span %zu: %s %s", r->batch->count, member, what);
}

static bool out_of_memory(const reader *r)
{
    return slmi_view_refuse(r->refusal, 503, "out of memory");
}

static bool copy_text(const reader *r, slmi_view_arena *arena, const char *text, const char **out)
{
    const char *copy = slmi_view_arena_text(arena, text, strlen(text));
    if (!copy)
        return out_of_memory(r);
    *out = copy;
    return true;
}

static bool read_text(const reader *r, slmi_view_arena *arena, const cJSON *object, const char *member,
                      const char **out)
{
    const cJSON *item = slmi_view_json_member(object, member);
    if (!item)
        return true;
    if (!cJSON_IsString(item))
        return refuse(r, member, "must be a string");
    return copy_text(r, arena, item->valuestring, out);
}

/* An id of up to 2 * `count` lower-case digits; a short one is padded on the left, as Zipkin does. */
static bool read_id(const reader *r, const cJSON *object, const char *member, uint8_t *out, size_t count, bool optional)
{
    const cJSON *item = slmi_view_json_member(object, member);
    if (optional && !item)
        return true;
    size_t len = cJSON_IsString(item) ? strlen(item->valuestring) : 0;
    if (len == 0 || len > 2 * count || strspn(item->valuestring, "0123456789abcdef") != len)
        return refuse(r, member,
                      count == 16 ? "must be 1 to 32 lower-case hexadecimal digits"
                                  : "must be 1 to 16 lower-case hexadecimal digits");
    char padded[33];
    memset(padded, '0', 2 * count);
    memcpy(padded + 2 * count - len, item->valuestring, len + 1);
    (void)slmi_view_hex(padded, out, count);
    if (!optional && strspn(padded, "0") == 2 * count)
        return refuse(r, member, "must not be all zero");
    return true;
}

/* Microseconds to nanoseconds; absent reads as 0, what has no place in 64 bits as the last moment. */
static bool read_us(const reader *r, const cJSON *object, const char *member, uint64_t *out_ns, bool *inexact)
{
    const cJSON *item = slmi_view_json_member(object, member);
    uint64_t us = 0;
    size_t before = r->batch->inexact;
    if (item && !slmi_view_json_u64(item, &us, &r->batch->inexact))
        return refuse(r, member, "must be a whole number of microseconds");
    if (__builtin_mul_overflow(us, 1000u, out_ns))
        *out_ns = UINT64_MAX;
    *inexact |= r->batch->inexact > before;
    return true;
}

static bool read_times(const reader *r, const cJSON *item, slmi_view_span *span)
{
    uint64_t duration_ns = 0;
    if (!read_us(r, item, "timestamp", &span->start_ns, &span->inexact_times) ||
        !read_us(r, item, "duration", &duration_ns, &span->inexact_times))
        return false;
    if (duration_ns > 0 && __builtin_add_overflow(span->start_ns, duration_ns, &span->end_ns))
        span->end_ns = UINT64_MAX;
    return true;
}

static bool read_kind(const reader *r, const cJSON *object, slmi_view_span *span)
{
    static const struct {
        const char *name;
        slm_kind kind;
    } kinds[] = { { "CLIENT", SLM_KIND_CLIENT },
                  { "SERVER", SLM_KIND_SERVER },
                  { "PRODUCER", SLM_KIND_PRODUCER },
                  { "CONSUMER", SLM_KIND_CONSUMER } };
    const cJSON *item = slmi_view_json_member(object, "kind");
    if (!item)
        return true;
    for (size_t i = 0; cJSON_IsString(item) && i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(item->valuestring, kinds[i].name) == 0) {
            span->kind = kinds[i].kind;
            return true;
        }
    }
    return refuse(r, "kind", "must be CLIENT, SERVER, PRODUCER or CONSUMER");
}

/* OpenTelemetry's Zipkin exporters say the status in two tags; other tracers know `error` alone. */
static void learn_status(slmi_view_span *span)
{
    const char *code = slmi_view_attribute_find(&span->attributes, "otel.status_code");
    const char *text = slmi_view_attribute_find(&span->attributes, "otel.status_description");
    const char *error = slmi_view_attribute_find(&span->attributes, "error");
    if (code && strcmp(code, "OK") == 0)
        span->status = SLM_SPAN_OK;
    if ((code && strcmp(code, "ERROR") == 0) || error) {
        span->status = SLM_SPAN_ERROR;
        const char *why = error && *error ? error : text;
        span->status_text = why && strcmp(why, "true") != 0 ? why : "";
    }
}

static bool read_tags(const reader *r, const cJSON *object, slmi_view_span *span)
{
    const cJSON *tags = slmi_view_json_member(object, "tags");
    if (!tags)
        return true;
    if (!cJSON_IsObject(tags))
        return refuse(r, "tags", "must be an object");
    if (!slmi_view_attributes_reserve(&span->arena, &span->attributes, (size_t)cJSON_GetArraySize(tags) + 1))
        return out_of_memory(r);
    slmi_view_text number = slmi_view_text_up_to(64);
    bool good = true;
    for (const cJSON *tag = tags->child; good && tag; tag = tag->next) {
        if (!cJSON_IsString(tag) && !cJSON_IsNumber(tag)) {
            good = refuse(r, "tags", "must have strings as values");
            break;
        }
        slmi_view_text_clear(&number);
        if (cJSON_IsNumber(tag))
            slmi_view_json_write(&number, tag);
        const char *text = cJSON_IsString(tag) ? tag->valuestring : number.data ? number.data : "";
        slmi_view_attribute *attribute = slmi_view_attribute_add(&span->attributes);
        if (attribute) {
            attribute->key = attribute->text = "";
            good = copy_text(r, &span->arena, tag->string, &attribute->key) &&
                   copy_text(r, &span->arena, text, &attribute->text);
        }
    }
    slmi_view_text_free(&number);
    return good;
}

static bool read_service(const reader *r, const cJSON *object, slmi_view_span *span)
{
    const cJSON *local = slmi_view_json_member(object, "localEndpoint");
    if (local && !cJSON_IsObject(local))
        return refuse(r, "localEndpoint", "must be an object");
    return read_text(r, &span->arena, local, "serviceName", &span->service);
}

/* The peer becomes the attribute it was made from, unless a tag says it already. */
static bool read_remote(const reader *r, const cJSON *object, slmi_view_span *span)
{
    const cJSON *remote = slmi_view_json_member(object, "remoteEndpoint");
    const char *peer = NULL;
    if (remote && !cJSON_IsObject(remote))
        return refuse(r, "remoteEndpoint", "must be an object");
    if (!read_text(r, &span->arena, remote, "serviceName", &peer))
        return false;
    if (!peer || !*peer || slmi_view_attribute_find(&span->attributes, "peer.service"))
        return true;
    if (!slmi_view_attributes_reserve(&span->arena, &span->attributes, 1))
        return out_of_memory(r);
    slmi_view_attribute *attribute = slmi_view_attribute_add(&span->attributes);
    if (attribute)
        *attribute = (slmi_view_attribute){ "peer.service", peer, SLMI_VIEW_STRING, false };
    return true;
}

static slmi_view_type type_of(const cJSON *item)
{
    return cJSON_IsString(item)   ? SLMI_VIEW_STRING
           : cJSON_IsNumber(item) ? SLMI_VIEW_DOUBLE
           : cJSON_IsBool(item)   ? SLMI_VIEW_BOOL
           : cJSON_IsNull(item)   ? SLMI_VIEW_EMPTY
                                  : SLMI_VIEW_JSON;
}

static bool take_fields(const reader *r, const cJSON *fields, slmi_view_span *span, slmi_view_event *event)
{
    if (!slmi_view_attributes_reserve(&span->arena, &event->attributes, (size_t)cJSON_GetArraySize(fields)))
        return out_of_memory(r);
    slmi_view_text scratch = slmi_view_text_up_to(65536);
    bool good = true;
    for (const cJSON *field = fields->child; good && field; field = field->next) {
        slmi_view_attribute *attribute = slmi_view_attribute_add(&event->attributes);
        if (!attribute)
            continue;
        slmi_view_text_clear(&scratch);
        if (!cJSON_IsString(field) && !cJSON_IsNull(field))
            slmi_view_json_write(&scratch, field);
        *attribute = (slmi_view_attribute){ "", "", scratch.truncated ? SLMI_VIEW_STRING : type_of(field), false };
        const char *text = cJSON_IsString(field) ? field->valuestring : scratch.data ? scratch.data : "";
        good = copy_text(r, &span->arena, field->string, &attribute->key) &&
               copy_text(r, &span->arena, text, &attribute->text);
    }
    slmi_view_text_free(&scratch);
    return good;
}

/* OpenTelemetry writes an event that has attributes as `"name": {"key":"value"}` (SDK, Zipkin, Events): with braces
 * around it that is a JSON object of one member. Anything else is the name as it stands. */
static bool read_annotation_text(const reader *r, const char *value, slmi_view_span *span, slmi_view_event *event)
{
    if (value[0] != '"')
        return copy_text(r, &span->arena, value, &event->name);

    slmi_view_text wrapped = slmi_view_text_up_to(strlen(value) + 2);
    slmi_view_text_addf(&wrapped, "{");
    slmi_view_text_puts(&wrapped, value);
    slmi_view_text_puts(&wrapped, "}");
    if (wrapped.truncated) {
        slmi_view_text_free(&wrapped);
        return out_of_memory(r);
    }
    slmi_view_refusal ignored;
    cJSON *object = slmi_view_json_parse(wrapped.data, wrapped.len, &ignored);
    const cJSON *member = object ? object->child : NULL;
    bool is_event = member && cJSON_IsObject(member) && !member->next;
    bool good = is_event
                    ? copy_text(r, &span->arena, member->string, &event->name) && take_fields(r, member, span, event)
                    : copy_text(r, &span->arena, value, &event->name);
    cJSON_Delete(object);
    slmi_view_text_free(&wrapped);
    return good;
}

static bool read_annotations(const reader *r, const cJSON *object, slmi_view_span *span)
{
    const cJSON *list = slmi_view_json_member(object, "annotations");
    if (!list)
        return true;
    if (!cJSON_IsArray(list))
        return refuse(r, "annotations", "must be a list");
    if (!slmi_view_events_reserve(span, (size_t)cJSON_GetArraySize(list)))
        return out_of_memory(r);
    for (const cJSON *item = list->child; item; item = item->next) {
        const cJSON *value = slmi_view_json_member(item, "value");
        if (!cJSON_IsString(value))
            return refuse(r, "annotations", "must have a string `value` each");
        slmi_view_event *event = slmi_view_event_add(span);
        if (!event)
            continue;
        event->name = "";
        if (!read_us(r, item, "timestamp", &event->time_ns, &span->inexact_times) ||
            !read_annotation_text(r, value->valuestring, span, event))
            return false;
    }
    return true;
}

static bool read_span_parts(const reader *r, const cJSON *item, slmi_view_span *span)
{
    if (!read_id(r, item, "traceId", span->trace_id.bytes, sizeof span->trace_id.bytes, false) ||
        !read_id(r, item, "id", span->span_id.bytes, sizeof span->span_id.bytes, false) ||
        !read_id(r, item, "parentId", span->parent_id.bytes, sizeof span->parent_id.bytes, true) ||
        !read_text(r, &span->arena, item, "name", &span->name) || !read_times(r, item, span) ||
        !read_kind(r, item, span) || !read_service(r, item, span) || !read_tags(r, item, span) ||
        !read_remote(r, item, span) || !read_annotations(r, item, span))
        return false;
    if (memcmp(&span->parent_id, &span->span_id, sizeof span->span_id) == 0)
        span->parent_id = (slm_span_id){ { 0 } };
    span->shared = cJSON_IsTrue(slmi_view_json_member(item, "shared"));
    learn_status(span);
    return true;
}

static bool read_span(const reader *r, const cJSON *item)
{
    if (!cJSON_IsObject(item))
        return slmi_view_refuse(r->refusal, 400, "span %zu: must be an object", r->batch->count);
    slmi_view_span *span = slmi_view_span_new(SLMI_VIEW_ZIPKIN);
    if (!span)
        return out_of_memory(r);
    if (!read_span_parts(r, item, span)) {
        slmi_view_span_free(span);
        return false;
    }
    slmi_view_batch_add(r->batch, span);
    return true;
}

bool slmi_view_read_zipkin(char *body, size_t len, slmi_view_batch *batch, slmi_view_refusal *refusal)
{
    *batch = (slmi_view_batch){ 0 };
    reader r = { batch, refusal };
    cJSON *root = slmi_view_json_parse(body, len, refusal);
    if (!root)
        return false;
    bool good = cJSON_IsArray(root) || slmi_view_refuse(refusal, 400, "the body must be a list of spans");
    for (const cJSON *item = root->child; good && item; item = item->next)
        good = read_span(&r, item);
    cJSON_Delete(root);
    if (!good)
        slmi_view_batch_free(batch);
    return good;
}
