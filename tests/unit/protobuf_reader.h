/* SPDX-License-Identifier: MIT */
/* A reader of ExportTraceServiceRequest and ExportLogsServiceRequest, from protobuf's wire format and a table of
 * opentelemetry-proto's fields, which shares nothing with the encoder. It turns a body into the JSON that proto3's
 * mapping and OTLP's exceptions make of it, to be compared with what OTLP/JSON says, and it is strict: a field that the
 * table does not have, another wire type, a singular field that comes twice, a length that passes its message's end, or
 * ill-formed UTF-8 are refused. */
#ifndef SPANLOOM_TESTS_PROTOBUF_READER_H
#define SPANLOOM_TESTS_PROTOBUF_READER_H

#include "tests/unit/encoding.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

typedef enum pb_kind {
    PB_MESSAGE,
    PB_STRING,
    PB_HEX,     /* bytes, as OTLP writes ids */
    PB_BASE64,  /* bytes */
    PB_INT64,   /* varint, as a decimal string */
    PB_FIXED64, /* the same of eight bytes without a sign */
    PB_UINT32,  /* varint */
    PB_FIXED32,
    PB_BOOL,
    PB_DOUBLE,
} pb_kind;

typedef enum pb_presence {
    PB_OPTIONAL,
    PB_REPEATED,
    PB_STATED,      /* the JSON has it even if it is the default, which a body leaves out */
    PB_STATED_LIST, /* the same of a list */
} pb_presence;

typedef struct pb_field {
    uint32_t number;
    const char *name;
    pb_kind kind;
    pb_presence presence;
    const struct pb_field *message;
} pb_field;

static const pb_field pb_any_value[8];
static const pb_field pb_key_value[3];
static const pb_field pb_array[] = { { 1, "values", PB_MESSAGE, PB_STATED_LIST, pb_any_value }, { 0 } };
static const pb_field pb_kvlist[] = { { 1, "values", PB_MESSAGE, PB_STATED_LIST, pb_key_value }, { 0 } };
static const pb_field pb_any_value[8] = {
    { 1, "stringValue", PB_STRING, PB_OPTIONAL, NULL },     { 2, "boolValue", PB_BOOL, PB_OPTIONAL, NULL },
    { 3, "intValue", PB_INT64, PB_OPTIONAL, NULL },         { 4, "doubleValue", PB_DOUBLE, PB_OPTIONAL, NULL },
    { 5, "arrayValue", PB_MESSAGE, PB_OPTIONAL, pb_array }, { 6, "kvlistValue", PB_MESSAGE, PB_OPTIONAL, pb_kvlist },
    { 7, "bytesValue", PB_BASE64, PB_OPTIONAL, NULL },      { 0 },
};
static const pb_field pb_key_value[3] = {
    { 1, "key", PB_STRING, PB_STATED, NULL },
    { 2, "value", PB_MESSAGE, PB_STATED, pb_any_value },
    { 0 },
};
static const pb_field pb_event[] = {
    { 1, "timeUnixNano", PB_FIXED64, PB_OPTIONAL, NULL },
    { 2, "name", PB_STRING, PB_STATED, NULL },
    { 3, "attributes", PB_MESSAGE, PB_REPEATED, pb_key_value },
    { 4, "droppedAttributesCount", PB_UINT32, PB_OPTIONAL, NULL },
    { 0 },
};
static const pb_field pb_link[] = {
    { 1, "traceId", PB_HEX, PB_OPTIONAL, NULL },
    { 2, "spanId", PB_HEX, PB_OPTIONAL, NULL },
    { 3, "traceState", PB_STRING, PB_OPTIONAL, NULL },
    { 4, "attributes", PB_MESSAGE, PB_REPEATED, pb_key_value },
    { 5, "droppedAttributesCount", PB_UINT32, PB_OPTIONAL, NULL },
    { 6, "flags", PB_FIXED32, PB_OPTIONAL, NULL },
    { 0 },
};
static const pb_field pb_status[] = {
    { 2, "message", PB_STRING, PB_OPTIONAL, NULL },
    { 3, "code", PB_UINT32, PB_OPTIONAL, NULL },
    { 0 },
};
static const pb_field pb_span[] = {
    { 1, "traceId", PB_HEX, PB_OPTIONAL, NULL },
    { 2, "spanId", PB_HEX, PB_OPTIONAL, NULL },
    { 3, "traceState", PB_STRING, PB_OPTIONAL, NULL },
    { 4, "parentSpanId", PB_HEX, PB_OPTIONAL, NULL },
    { 5, "name", PB_STRING, PB_STATED, NULL },
    { 6, "kind", PB_UINT32, PB_OPTIONAL, NULL },
    { 7, "startTimeUnixNano", PB_FIXED64, PB_OPTIONAL, NULL },
    { 8, "endTimeUnixNano", PB_FIXED64, PB_OPTIONAL, NULL },
    { 9, "attributes", PB_MESSAGE, PB_REPEATED, pb_key_value },
    { 10, "droppedAttributesCount", PB_UINT32, PB_OPTIONAL, NULL },
    { 11, "events", PB_MESSAGE, PB_REPEATED, pb_event },
    { 12, "droppedEventsCount", PB_UINT32, PB_OPTIONAL, NULL },
    { 13, "links", PB_MESSAGE, PB_REPEATED, pb_link },
    { 14, "droppedLinksCount", PB_UINT32, PB_OPTIONAL, NULL },
    { 15, "status", PB_MESSAGE, PB_OPTIONAL, pb_status },
    { 16, "flags", PB_FIXED32, PB_OPTIONAL, NULL },
    { 0 },
};
static const pb_field pb_scope[] = {
    { 1, "name", PB_STRING, PB_OPTIONAL, NULL },
    { 2, "version", PB_STRING, PB_OPTIONAL, NULL },
    { 3, "attributes", PB_MESSAGE, PB_REPEATED, pb_key_value },
    { 0 },
};
static const pb_field pb_scope_spans[] = {
    { 1, "scope", PB_MESSAGE, PB_STATED, pb_scope },
    { 2, "spans", PB_MESSAGE, PB_STATED_LIST, pb_span },
    { 3, "schemaUrl", PB_STRING, PB_OPTIONAL, NULL },
    { 0 },
};
static const pb_field pb_resource[] = { { 1, "attributes", PB_MESSAGE, PB_REPEATED, pb_key_value }, { 0 } };
static const pb_field pb_resource_spans[] = {
    { 1, "resource", PB_MESSAGE, PB_STATED, pb_resource },
    { 2, "scopeSpans", PB_MESSAGE, PB_STATED_LIST, pb_scope_spans },
    { 3, "schemaUrl", PB_STRING, PB_OPTIONAL, NULL },
    { 0 },
};
static const pb_field pb_log[] = {
    { 1, "timeUnixNano", PB_FIXED64, PB_OPTIONAL, NULL },
    { 2, "severityNumber", PB_UINT32, PB_OPTIONAL, NULL },
    { 3, "severityText", PB_STRING, PB_OPTIONAL, NULL },
    { 5, "body", PB_MESSAGE, PB_OPTIONAL, pb_any_value },
    { 6, "attributes", PB_MESSAGE, PB_REPEATED, pb_key_value },
    { 7, "droppedAttributesCount", PB_UINT32, PB_OPTIONAL, NULL },
    { 8, "flags", PB_FIXED32, PB_OPTIONAL, NULL },
    { 9, "traceId", PB_HEX, PB_OPTIONAL, NULL },
    { 10, "spanId", PB_HEX, PB_OPTIONAL, NULL },
    { 11, "observedTimeUnixNano", PB_FIXED64, PB_OPTIONAL, NULL },
    { 0 },
};
static const pb_field pb_scope_logs[] = {
    { 1, "scope", PB_MESSAGE, PB_STATED, pb_scope },
    { 2, "logRecords", PB_MESSAGE, PB_STATED_LIST, pb_log },
    { 3, "schemaUrl", PB_STRING, PB_OPTIONAL, NULL },
    { 0 },
};
static const pb_field pb_resource_logs[] = {
    { 1, "resource", PB_MESSAGE, PB_STATED, pb_resource },
    { 2, "scopeLogs", PB_MESSAGE, PB_STATED_LIST, pb_scope_logs },
    { 3, "schemaUrl", PB_STRING, PB_OPTIONAL, NULL },
    { 0 },
};
static const pb_field pb_logs_request[] = { { 1, "resourceLogs", PB_MESSAGE, PB_STATED_LIST, pb_resource_logs },
                                            { 0 } };
static const pb_field pb_request[] = { { 1, "resourceSpans", PB_MESSAGE, PB_STATED_LIST, pb_resource_spans }, { 0 } };

typedef struct pb_input {
    const unsigned char *at, *end;
    bool bad;
} pb_input;

static inline uint64_t pb_little_endian(pb_input *in, size_t bytes)
{
    uint64_t value = 0;
    if ((size_t)(in->end - in->at) < bytes) {
        in->bad = true;
        return 0;
    }
    for (size_t i = bytes; i-- > 0;)
        value = value << 8 | in->at[i];
    in->at += bytes;
    return value;
}

static inline uint64_t pb_varint(pb_input *in)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70 && in->at < in->end; shift += 7) {
        uint64_t bits = *in->at & 0x7fu;
        value |= bits << shift;
        if (*in->at++ < 0x80)
            return value;
    }
    in->bad = true;
    return 0;
}

static inline pb_input pb_sized(pb_input *in)
{
    uint64_t len = pb_varint(in);
    pb_input part = { in->at, in->at, false };
    if (in->bad || len > (uint64_t)(in->end - in->at)) {
        in->bad = true;
        return part;
    }
    in->at += len;
    part.end = in->at;
    return part;
}

static inline cJSON *pb_text(pb_input *in, pb_kind kind)
{
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    pb_input part = pb_sized(in);
    size_t len = (size_t)(part.end - part.at);
    char *text = calloc(1, 2 * len + 8), *to = text;
    cr_assert(text != NULL);
    if (kind == PB_STRING) {
        memcpy(text, part.at, len);
        in->bad = in->bad || !utf8_is_valid(text, len);
    } else if (kind == PB_HEX) {
        for (size_t i = 0; i < len; i++)
            to += snprintf(to, 3, "%02x", part.at[i]);
    } else {
        for (size_t i = 0; i < len; i += 3) {
            unsigned second = i + 1 < len ? part.at[i + 1] : 0, third = i + 2 < len ? part.at[i + 2] : 0;
            unsigned bits = (unsigned)part.at[i] << 16 | second << 8 | third;
            to += snprintf(to, 5, "%c%c%c%c", base64[bits >> 18], base64[bits >> 12 & 63],
                           i + 1 < len ? base64[bits >> 6 & 63] : '=', i + 2 < len ? base64[bits & 63] : '=');
        }
    }
    cJSON *item = cJSON_CreateString(text);
    free(text);
    return item;
}

static inline cJSON *pb_double(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    if (isnan(value))
        return cJSON_CreateString("NaN");
    if (isinf(value))
        return cJSON_CreateString(value > 0 ? "Infinity" : "-Infinity");
    return cJSON_CreateNumber(value);
}

static cJSON *pb_message(pb_input *in, const pb_field *fields);

static inline cJSON *pb_value(pb_input *in, const pb_field *field, unsigned wire_type)
{
    static const unsigned types[] = { 2, 2, 2, 2, 0, 1, 0, 5, 0, 1 };
    char digits[32];
    if (wire_type != types[field->kind]) {
        in->bad = true;
        return NULL;
    }
    switch (field->kind) {
    case PB_MESSAGE: {
        pb_input part = pb_sized(in);
        cJSON *item = pb_message(&part, field->message);
        in->bad = in->bad || part.bad;
        return item;
    }
    case PB_STRING:
    case PB_HEX:
    case PB_BASE64:
        return pb_text(in, field->kind);
    case PB_INT64:
        snprintf(digits, sizeof digits, "%" PRId64, (int64_t)pb_varint(in));
        return cJSON_CreateString(digits);
    case PB_FIXED64:
        snprintf(digits, sizeof digits, "%" PRIu64, pb_little_endian(in, 8));
        return cJSON_CreateString(digits);
    case PB_UINT32:
        return cJSON_CreateNumber((double)pb_varint(in));
    case PB_FIXED32:
        return cJSON_CreateNumber((double)pb_little_endian(in, 4));
    case PB_BOOL:
        return cJSON_CreateBool(pb_varint(in) != 0);
    case PB_DOUBLE:
        return pb_double(pb_little_endian(in, 8));
    }
    return NULL;
}

static inline void pb_state(cJSON *object, const pb_field *fields)
{
    for (const pb_field *field = fields; field->number; field++) {
        if (has(object, field->name))
            continue;
        if (field->presence == PB_STATED_LIST)
            cJSON_AddArrayToObject(object, field->name);
        else if (field->presence == PB_STATED && field->kind == PB_STRING)
            cJSON_AddStringToObject(object, field->name, "");
        else if (field->presence == PB_STATED)
            cJSON_AddObjectToObject(object, field->name);
    }
}

static cJSON *pb_message(pb_input *in, const pb_field *fields)
{
    cJSON *object = cJSON_CreateObject();
    while (in->at < in->end && !in->bad) {
        uint64_t tag = pb_varint(in);
        const pb_field *field = fields;
        while (field->number && field->number != tag >> 3)
            field++;
        bool list = field->presence == PB_REPEATED || field->presence == PB_STATED_LIST;
        if (in->bad || !field->number || (!list && has(object, field->name))) {
            in->bad = true;
            break;
        }
        cJSON *item = pb_value(in, field, (unsigned)(tag & 7));
        if (!list)
            cJSON_AddItemToObject(object, field->name, item);
        else if (has(object, field->name))
            cJSON_AddItemToArray(cJSON_GetObjectItem(object, field->name), item);
        else
            cJSON_AddItemToArray(cJSON_AddArrayToObject(object, field->name), item);
    }
    pb_state(object, fields);
    return object;
}

/* The body as OTLP/JSON would have it, to be deleted; NULL if it is not well formed. */
static inline cJSON *pb_read_as(const pb_field *message, const char *body, size_t len)
{
    pb_input in = { (const unsigned char *)body, (const unsigned char *)body + len, false };
    cJSON *request = pb_message(&in, message);
    if (!in.bad)
        return request;
    cJSON_Delete(request);
    return NULL;
}

static inline cJSON *pb_read(const char *body, size_t len)
{
    return pb_read_as(pb_request, body, len);
}

static inline cJSON *pb_read_logs(const char *body, size_t len)
{
    return pb_read_as(pb_logs_request, body, len);
}

/* A body of either kind is whole, and nothing but that. */
static inline bool body_is_strict(const slmi_encoder *encoder, const char *body, size_t len)
{
    if (encoder != &slmi_encoder_otlp_protobuf)
        return json_is_strict(body, len);
    cJSON *read = pb_read(body, len);
    cJSON_Delete(read);
    return read != NULL;
}

#endif
