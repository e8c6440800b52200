/* SPDX-License-Identifier: MIT */
/* OTLP's log records: JSON to the byte, and protobuf, read back by a reader of its own, as JSON has it. */
#include "tests/unit/protobuf_reader.h"

#include <spanloom/level.h>

static const slm_resource no_resource = { 0 };

static slm_log_data plain_log(void)
{
    return (slm_log_data){ .size = sizeof(slm_log_data),
                           .level = SLM_LEVEL_INFO,
                           .time_ns = 1700000000000000001u,
                           .observed_ns = 1700000000000000002u,
                           .body = { "shaved", 6 },
                           .scope = &test_scope };
}

static slm_log_data full_log(void)
{
    slm_span_data span = plain_span();
    slm_log_data log = plain_log();
    log.level = SLM_LEVEL_ERROR;
    log.flags = SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM;
    log.trace_id = span.trace_id;
    log.span_id = span.span_id;
    log.fields = inner;
    log.field_count = 2;
    log.dropped_fields = 3;
    return log;
}

static slmi_buffer encode(const slmi_encoder *encoder, const slm_resource *resource, const slm_log_data *logs,
                          size_t count)
{
    slmi_buffer body;
    slmi_encoding state;
    slmi_buffer_init(&body, (size_t)1 << 26);
    encoder->begin(&body, &state, resource);
    for (size_t i = 0; i < count; i++)
        cr_assert(slmi_encode_log(encoder, &body, &state, &logs[i]));
    encoder->end(&body, &state);
    cr_assert(not(body.failed));
    return body;
}

static void expect_json(const slm_resource *resource, const slm_log_data *logs, size_t count, const char *wanted)
{
    slmi_buffer body = encode(&slmi_encoder_otlp_json_logs, resource, logs, count);
    char *text = calloc(1, body.len + 1);
    cr_assert(text != NULL);
    memcpy(text, body.data, body.len);
    cr_expect(eq(str, text, (char *)wanted));
    free(text);
    slmi_buffer_free(&body);
}

static void expect_same(const slm_resource *resource, const slm_log_data *logs, size_t count, const char *why)
{
    slmi_buffer text = encode(&slmi_encoder_otlp_json_logs, resource, logs, count);
    slmi_buffer body = encode(&slmi_encoder_otlp_protobuf_logs, resource, logs, count);
    cr_assert(json_is_strict(text.data, text.len), "%s: no JSON: %.*s", why, (int)text.len, text.data);
    cJSON *expected = cJSON_ParseWithLength(text.data, text.len);
    cJSON *got = pb_read_logs(body.data, body.len);
    cr_assert(got != NULL, "%s: not well formed", why);
    bool same = cJSON_Compare(got, expected, true);
    char *printed = same ? NULL : cJSON_PrintUnformatted(got);
    cr_assert(same, "%s:\n%s\nis not\n%.*s", why, printed, (int)text.len, text.data);
    cJSON_Delete(expected);
    cJSON_Delete(got);
    slmi_buffer_free(&text);
    slmi_buffer_free(&body);
}

#define HEAD(resource) "{\"resourceLogs\":[{\"resource\":{" resource "},\"scopeLogs\":["
#define SCOPE          "{\"scope\":{\"name\":\"scope\",\"version\":\"1.2\"},\"logRecords\":["
#define TIMES          "\"timeUnixNano\":\"1700000000000000001\",\"observedTimeUnixNano\":\"1700000000000000002\""
#define FULL                                                                                                           \
    "{" TIMES ",\"severityNumber\":17,\"severityText\":\"ERROR\",\"body\":{\"stringValue\":\"shaved\"},"               \
    "\"attributes\":[{\"key\":\"in\",\"value\":{\"intValue\":\"-5\"}},"                                                \
    "{\"key\":\"out\",\"value\":{\"boolValue\":true}}],\"droppedAttributesCount\":3,\"flags\":3,"                      \
    "\"traceId\":\"0123456789abcdef00010203fcfdfeff\",\"spanId\":\"deadbeef00000001\"}"
#define PLAIN "{" TIMES ",\"severityNumber\":9,\"severityText\":\"INFO\",\"body\":{\"stringValue\":\"shaved\"}}"

Test(otlp_logs, a_body_is_this_json)
{
    slm_field service = field_of("service.name", text_of("shop"));
    slm_resource resource = { .fields = &service, .field_count = 1 };
    slm_log_data logs[] = { full_log(), plain_log() };
    expect_json(&no_resource, NULL, 0, HEAD("") "]}]}");
    expect_json(&resource, logs, 2,
                HEAD("\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"shop\"}}]") SCOPE FULL
                "," PLAIN "]}]}]}");
}

Test(otlp_logs, a_plain_record_is_these_bytes)
{
    static const char expected[] = "\x0a\xbc\x80\x80\x00"                      /* resource_logs */
                                   "\x0a\x00"                                  /* resource */
                                   "\x12\xb5\x80\x80\x00"                      /* scope_logs */
                                   "\x0a\x0c\x0a\x05scope\x12\x03\x31\x2e\x32" /* scope: name, version */
                                   "\x12\xa4\x00"                              /* log_record */
                                   "\x09\x01\x00\x2a\x36\xfe\x9c\x97\x17"      /* time_unix_nano */
                                   "\x59\x02\x00\x2a\x36\xfe\x9c\x97\x17"      /* observed_time_unix_nano */
                                   "\x10\x09"                                  /* severity_number */
                                   "\x1a\x04INFO"                              /* severity_text */
                                   "\x2a\x08\x0a\x06shaved";                   /* body: string_value */
    slm_log_data log = plain_log();
    slmi_buffer body = encode(&slmi_encoder_otlp_protobuf_logs, &no_resource, &log, 1);
    for (size_t i = 0; i < body.len && i < sizeof expected - 1; i++)
        cr_expect(eq(u8, (uint8_t)body.data[i], (uint8_t)expected[i]), "byte %zu", i);
    cr_assert(eq(sz, body.len, sizeof expected - 1));
    slmi_buffer_free(&body);
}

Test(otlp_logs, levels_are_severities)
{
    static const struct {
        uint8_t level;
        const char *severity;
    } rows[] = {
        { SLM_LEVEL_ERROR, ",\"severityNumber\":17,\"severityText\":\"ERROR\"" },
        { SLM_LEVEL_WARN, ",\"severityNumber\":13,\"severityText\":\"WARN\"" },
        { SLM_LEVEL_INFO, ",\"severityNumber\":9,\"severityText\":\"INFO\"" },
        { SLM_LEVEL_DEBUG, ",\"severityNumber\":5,\"severityText\":\"DEBUG\"" },
        { SLM_LEVEL_TRACE, ",\"severityNumber\":1,\"severityText\":\"TRACE\"" },
        { SLM_LEVEL_OFF, "" },
        { 200, "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char wanted[512];
        slm_log_data log = plain_log();
        log.level = rows[i].level;
        log.body = (slm_string){ NULL, 0 };
        snprintf(wanted, sizeof wanted, "%s{%s%s}]}]}]}", HEAD("") SCOPE, TIMES, rows[i].severity);
        expect_json(&no_resource, &log, 1, wanted);
        expect_same(&no_resource, &log, 1, "level");
    }
}

Test(otlp_logs, ids_stand_where_they_are_valid_and_a_span_id_never_alone)
{
    slm_log_data logs[] = { full_log(), full_log(), full_log() };
    static const char *const ids[] = { "", ",\"flags\":3,\"traceId\":\"0123456789abcdef00010203fcfdfeff\"",
                                       (",\"traceId\":\"0123456789abcdef00010203fcfdfeff\","
                                        "\"spanId\":\"deadbeef00000001\"") };
    logs[0].trace_id = (slm_trace_id){ { 0 } };
    logs[1].span_id = (slm_span_id){ { 0 } };
    logs[2].flags = 0;
    for (size_t i = 0; i < 3; i++) {
        char wanted[512];
        logs[i].level = SLM_LEVEL_OFF;
        logs[i].body = (slm_string){ NULL, 0 };
        logs[i].field_count = logs[i].dropped_fields = 0;
        snprintf(wanted, sizeof wanted, "%s{%s%s}]}]}]}", HEAD("") SCOPE, TIMES, ids[i]);
        expect_json(&no_resource, &logs[i], 1, wanted);
        expect_same(&no_resource, &logs[i], 1, "ids");
    }
}

Test(otlp_logs, a_new_scope_opens_a_new_group)
{
    static const slm_scope_data nameless = { 0 }, attributed = {
        .name = { "b", 1 }, .schema_url = { "https://x/1", 11 }, .attributes = inner, .attribute_count = 2
    };
    slm_resource resource = { .schema_url = { "https://y/2", 11 } };
    slm_log_data logs[] = { full_log(), plain_log(), plain_log(), full_log() };
    logs[1].scope = logs[2].scope = &nameless;
    logs[3].scope = &attributed;
    slmi_buffer body = encode(&slmi_encoder_otlp_json_logs, &no_resource, logs, 4);
    cJSON *request = cJSON_ParseWithLength(body.data, body.len);
    const cJSON *groups = member(element(member(request, "resourceLogs"), 0), "scopeLogs");
    cr_assert(eq(int, cJSON_GetArraySize(groups), 3));
    for (int i = 0; i < 3; i++)
        cr_expect(eq(int, cJSON_GetArraySize(member(element(groups, i), "logRecords")), i == 1 ? 2 : 1));
    cJSON_Delete(request);
    slmi_buffer_free(&body);
    expect_same(&resource, logs, 4, "scopes");
}

Test(otlp_logs, a_line_is_the_same_with_its_end)
{
    slm_log_data log = full_log();
    slmi_buffer line = encode(&slmi_encoder_otlp_lines_logs, &no_resource, &log, 1);
    slmi_buffer body = encode(&slmi_encoder_otlp_json_logs, &no_resource, &log, 1);
    cr_assert(eq(sz, line.len, body.len + 1));
    cr_expect(memcmp(line.data, body.data, body.len) == 0 && line.data[body.len] == '\n');
    slmi_buffer_free(&line);
    slmi_buffer_free(&body);
}

Test(otlp_logs, any_records_read_back_as_json_has_them)
{
    enum { TEXTS = 6, ROOM = 300, LOGS = 4, FIELDS = 4 };
    uint64_t seed = 17;
    for (int round = 0; round < 1500; round++) {
        static char bytes[TEXTS][ROOM];
        slm_string texts[TEXTS];
        slm_field fields[FIELDS];
        for (size_t i = 0; i < TEXTS; i++)
            texts[i] = slm_string_of(bytes[i], random_text(&seed, bytes[i], round % 4 ? 30 : ROOM));
        for (size_t i = 0; i < FIELDS; i++) {
            slm_string text = texts[next_random(&seed) % TEXTS];
            fields[i] = (slm_field){ texts[next_random(&seed) % TEXTS], slm_value_string(text.data, text.len) };
        }
        slm_scope_data scopes[2] = { { .name = texts[0], .version = texts[1] }, { .name = texts[2] } };
        slm_log_data logs[LOGS];
        for (size_t i = 0; i < LOGS; i++) {
            logs[i] = next_random(&seed) % 2 ? full_log() : plain_log();
            logs[i].level = (uint8_t)(next_random(&seed) % 7);
            logs[i].flags = (uint8_t)next_random(&seed);
            logs[i].time_ns = next_random(&seed);
            logs[i].observed_ns = next_random(&seed);
            logs[i].body = texts[next_random(&seed) % TEXTS];
            logs[i].scope = &scopes[next_random(&seed) % 2];
            logs[i].fields = fields;
            logs[i].field_count = (uint32_t)(next_random(&seed) % (FIELDS + 1));
            logs[i].dropped_fields = (uint32_t)(next_random(&seed) % 2 * UINT32_MAX);
        }
        slm_resource resource = { .fields = fields, .field_count = FIELDS };
        expect_same(&resource, logs, next_random(&seed) % (LOGS + 1), "random");
    }
}

/* Where a length takes one byte more than was left for it, and where the room ends. */
Test(otlp_logs, a_record_of_any_length_is_whole_or_cut_between_records)
{
    static const slmi_encoder *const encoders[] = { &slmi_encoder_otlp_json_logs, &slmi_encoder_otlp_protobuf_logs };
    static char text[20000];
    memset(text, '\xff', sizeof text);
    for (size_t len = 0; len < sizeof text; len += len < 300 ? 1 : 331) {
        slm_log_data logs[] = { plain_log(), full_log(), full_log() };
        logs[1].body = slm_string_of(text, len);
        expect_same(&no_resource, logs, 3, "length");
    }
    for (size_t e = 0; e < 2; e++) {
        slm_log_data logs[] = { full_log(), plain_log(), full_log() };
        slmi_buffer whole = encode(encoders[e], &no_resource, logs, 3);
        for (size_t max = 0; max < whole.len + (size_t)2 * SLMI_ENCODER_END_BYTES; max++) {
            slmi_buffer body;
            slmi_encoding state;
            size_t written = 0;
            slmi_buffer_init(&body, max);
            encoders[e]->begin(&body, &state, &no_resource);
            while (written < 3 && slmi_encode_log(encoders[e], &body, &state, &logs[written]))
                written++;
            bool begun = !body.failed;
            encoders[e]->end(&body, &state);
            cr_assert(begun || written == 0);
            cr_assert(body.len <= max);
            cr_assert(written == 0 || !body.failed);
            cr_assert(written < 3 || max >= whole.len);
            cJSON *read = body.failed ? NULL
                          : e == 0    ? cJSON_ParseWithLength(body.data, body.len)
                                      : pb_read_logs(body.data, body.len);
            cr_assert(body.failed || read != NULL, "max %zu", max);
            cJSON_Delete(read);
            slmi_buffer_free(&body);
        }
        slmi_buffer_free(&whole);
    }
}
