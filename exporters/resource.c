/* SPDX-License-Identifier: MIT */
#include "exporters/resource.h"

#include "exporters/detectors.h"

#include <spanloom/version.h>

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { PROGRAM_NAME_BYTES = 256 };

/* Room for `len` bytes, aligned for any element; NULL if there is none. */
static char *take(slmi_resource *out, size_t len)
{
    size_t aligned = (out->used + 7) & ~(size_t)7;
    if (aligned > sizeof out->bytes || len > sizeof out->bytes - aligned)
        return NULL;
    out->used = aligned + len;
    return out->bytes + aligned;
}

static bool copy_value(slmi_resource *out, const slm_value *value, slm_value *copy, unsigned depth);

static bool copy_text(slmi_resource *out, slm_string text, slm_string *copy)
{
    char *bytes = take(out, text.len);
    if (!bytes)
        return false;
    if (text.len > 0)
        memcpy(bytes, text.data, text.len);
    *copy = slm_string_of(bytes, text.len);
    return true;
}

/* Element `i` of an integer array as the caller has it, in 64 bits. */
static uint64_t widen(const slm_value *array, size_t i)
{
    const char *at = (const char *)array->as.p + i * array->element_bytes;
    bool is_signed = (array->type & ~(uint32_t)SLM_TYPE_ARRAY) == SLM_TYPE_I64;
    uint64_t word = 0;
    switch (array->element_bytes) {
    case 1:
        return is_signed ? (uint64_t) * (const int8_t *)(const void *)at : *(const uint8_t *)(const void *)at;
    case 2: {
        uint16_t half;
        memcpy(&half, at, sizeof half);
        return is_signed ? (uint64_t)(int16_t)half : half;
    }
    case 4: {
        uint32_t full;
        memcpy(&full, at, sizeof full);
        return is_signed ? (uint64_t)(int32_t)full : full;
    }
    default:
        memcpy(&word, at, sizeof word);
        return word;
    }
}

static bool copy_numbers(slmi_resource *out, const slm_value *array, slm_value *copy)
{
    bool is_float = (array->type & ~(uint32_t)SLM_TYPE_ARRAY) == SLM_TYPE_F64;
    slm_word *words = (slm_word *)(void *)take(out, array->len * sizeof *words);
    if (!words)
        return false;
    for (size_t i = 0; i < array->len; i++) {
        if (is_float && array->element_bytes == sizeof(float)) {
            float narrow;
            memcpy(&narrow, (const char *)array->as.p + i * sizeof narrow, sizeof narrow);
            words[i].d = (double)narrow;
        } else {
            words[i].u = widen(array, i);
        }
    }
    copy->as.p = words;
    return true;
}

static bool copy_strings(slmi_resource *out, const slm_value *array, slm_value *copy)
{
    slm_string *strings = (slm_string *)(void *)take(out, array->len * sizeof *strings);
    const char *const *from = (const char *const *)array->as.p;
    for (size_t i = 0; strings && i < array->len; i++) {
        if (!copy_text(out, slm_string_from_c(from[i]), &strings[i]))
            return false;
        if (!from[i])
            strings[i] = slm_string_from_c(NULL);
    }
    copy->as.p = strings;
    return strings != NULL;
}

static bool copy_array(slmi_resource *out, const slm_value *array, slm_value *copy)
{
    if (array->len > SLMI_RESOURCE_BYTES)
        return false;
    switch (array->type & ~(uint32_t)SLM_TYPE_ARRAY) {
    case SLM_TYPE_BOOL: {
        slm_string bytes = { 0 };
        bool good = copy_text(out, slm_string_of((const char *)array->as.p, array->len), &bytes);
        copy->as.p = bytes.data;
        return good;
    }
    case SLM_TYPE_STRING:
        return copy_strings(out, array, copy);
    default:
        return copy_numbers(out, array, copy);
    }
}

static bool copy_map(slmi_resource *out, const slm_value *map, slm_value *copy, unsigned depth)
{
    const slm_field *from = map->as.p;
    slm_field *fields =
        map->len > SLMI_RESOURCE_BYTES ? NULL : (slm_field *)(void *)take(out, map->len * sizeof *fields);
    for (size_t i = 0; fields && i < map->len; i++) {
        if (!copy_text(out, from[i].key, &fields[i].key) || !copy_value(out, &from[i].value, &fields[i].value, depth))
            return false;
    }
    copy->as.p = fields;
    return fields != NULL;
}

static bool copy_list(slmi_resource *out, const slm_value *list, slm_value *copy, unsigned depth)
{
    const slm_value *from = list->as.p;
    slm_value *values =
        list->len > SLMI_RESOURCE_BYTES ? NULL : (slm_value *)(void *)take(out, list->len * sizeof *values);
    for (size_t i = 0; values && i < list->len; i++) {
        if (!copy_value(out, &from[i], &values[i], depth))
            return false;
    }
    copy->as.p = values;
    return values != NULL;
}

/* `value` as it is read back, all it points to copied. */
static bool copy_value(slmi_resource *out, const slm_value *value, slm_value *copy, unsigned depth)
{
    slm_string text = { 0 };
    *copy = *value;
    if (value->type & SLM_TYPE_ARRAY)
        return copy_array(out, value, copy);
    if (value->type == SLM_TYPE_MAP || value->type == SLM_TYPE_LIST) {
        if (depth == SLM_VALUE_DEPTH_MAX)
            return false;
        return value->type == SLM_TYPE_MAP ? copy_map(out, value, copy, depth + 1)
                                           : copy_list(out, value, copy, depth + 1);
    }
    if (value->type == SLM_TYPE_VALUE)
        return copy_value(out, (const slm_value *)value->as.p, copy, depth);
    if (value->type == SLM_TYPE_DEBUG) {
        char printed[512];
        size_t wanted = value->print ? value->print(value->as.p, printed, sizeof printed) : 0;
        size_t len = wanted < sizeof printed ? wanted : sizeof printed - 1;
        bool good = copy_text(out, slm_string_of(printed, len), &text);
        *copy = slm_value_string(text.data, text.len);
        return good;
    }
    if (value->type == SLM_TYPE_STRING || value->type == SLM_TYPE_BYTES) {
        if (!copy_text(out, slm_string_of(value->as.s, value->len), &text))
            return false;
        copy->as.s = text.data;
    }
    return true;
}

void slmi_resource_set(slmi_resource *out, slm_string key, slm_value value, slmi_complaints *complaints)
{
    uint32_t at = 0;
    slm_value copy;
    while (at < out->resource.field_count && !slm_string_equal(out->fields[at].key, key))
        at++;
    bool is_new = at == out->resource.field_count;
    if (key.len == 0 || at == SLMI_RESOURCE_FIELDS || (is_new && !copy_text(out, key, &out->fields[at].key)) ||
        !copy_value(out, &value, &copy, 0)) {
        slmi_complain(complaints, "resource attribute \"%.*s\" left out: %s", (int)(key.len < 40 ? key.len : 40),
                      key.len > 0 ? key.data : "", key.len == 0 ? "it has no key" : "no room");
        return;
    }
    out->fields[at].value = copy;
    out->resource.field_count += is_new;
}

static void set_text(slmi_resource *out, const char *key, const char *text, slmi_complaints *complaints)
{
    slmi_resource_set(out, slm_string_from_c(key), slm_value_string(text, strlen(text)), complaints);
}

/* One member of OTEL_RESOURCE_ATTRIBUTES into `rows`: key and value decoded behind each other at `bytes`. */
static bool decode_pair(slm_string member, char *bytes, size_t *used, slm_field *row)
{
    slm_string key, value;
    size_t key_len, value_len;
    if (!slmi_pair_split(member, &key, &value) || key.len == 0)
        return false;
    char *value_at = bytes + key.len + 1;
    if (!slmi_percent_decode(key, bytes, &key_len) || !slmi_percent_decode(value, value_at, &value_len))
        return false;
    *row = (slm_field){ .key = slm_string_of(bytes, key_len), .value = slm_value_string(value_at, value_len) };
    *used += key.len + value.len + 2;
    return true;
}

/* Any error drops the whole variable: Resource SDK, Specifying resource information via an environment variable. */
static void set_from_environment(slmi_resource *out, slmi_complaints *complaints)
{
    static const char name[] = "OTEL_RESOURCE_ATTRIBUTES";
    const char *text = slmi_env(name);
    char bytes[SLMI_RESOURCE_BYTES];
    slm_field rows[SLMI_RESOURCE_FIELDS];
    size_t used = 0, count = 0;
    slm_string member;
    /* A member of n bytes takes at most n + 1 here, with its comma, so what fits in also fits decoded. */
    if (text && strlen(text) + 2 > sizeof bytes) {
        slmi_complain(complaints, "%s is longer than %d bytes and is ignored", name, SLMI_RESOURCE_BYTES - 2);
        return;
    }
    while (slmi_list_next(&text, &member)) {
        if (member.len == 0)
            continue;
        if (count == SLMI_RESOURCE_FIELDS || !decode_pair(member, bytes + used, &used, &rows[count])) {
            slmi_complain(complaints, "%s is ignored: \"%.*s\" is no key=value, or one too many", name,
                          (int)(member.len < 60 ? member.len : 60), member.data);
            return;
        }
        count++;
    }
    for (size_t i = 0; i < count; i++)
        slmi_resource_set(out, rows[i].key, rows[i].value, complaints);
}

/* Detectors all follow one schema; an empty URL joins any other, and two that differ are a conflict. Resource SDK,
 * Merge. */
static void detect(slmi_resource *out, const slm_config *config, slmi_complaints *complaints)
{
    static const char variable[] = "SPANLOOM_RESOURCE_DETECTORS";
    const char *names = config->resource_detectors;
    const char *given = config->resource_schema_url;
    bool in_code = names && *names;
    slm_string url = slm_string_from_c("");
    if (slmi_detectors_run(out, in_code ? "config.resource_detectors" : variable, in_code ? names : slmi_env(variable),
                           complaints))
        url = slm_string_from_c(SLMI_DETECTORS_SCHEMA_URL);
    if (given && *given) {
        bool differ = url.len > 0 && !slm_string_equal(url, slm_string_from_c(given));
        if (differ)
            slmi_complain(complaints, "config.resource_schema_url is not the detectors' %s: the resource has none",
                          SLMI_DETECTORS_SCHEMA_URL);
        url = slm_string_from_c(differ ? "" : given);
    }
    if (!copy_text(out, url, &out->resource.schema_url))
        slmi_complain(complaints, "config.resource_schema_url left out: no room");
}

void slmi_resource_build(slmi_resource *out, const slm_config *config, slmi_complaints *complaints)
{
    char unknown[PROGRAM_NAME_BYTES];
    const char *program = program_invocation_short_name;
    bool named = program && *program;
    snprintf(unknown, sizeof unknown, "unknown_service%s%s", named ? ":" : "", named ? program : "");

    out->resource = (slm_resource){ .fields = out->fields };
    out->used = 0;
    out->pid = getpid();
    out->made_instance_id = false;
    set_text(out, "service.name", unknown, complaints);
    set_text(out, "telemetry.sdk.name", "spanloom", complaints);
    set_text(out, "telemetry.sdk.language", "c", complaints);
    set_text(out, "telemetry.sdk.version", SLM_VERSION_STRING, complaints);
    detect(out, config, complaints);
    set_from_environment(out, complaints);
    const char *service = slmi_env("OTEL_SERVICE_NAME");
    if (service)
        set_text(out, "service.name", service, complaints);
    for (uint32_t i = 0; i < config->resource_count; i++)
        slmi_resource_set(out, config->resource[i].key, config->resource[i].value, complaints);
    if (config->service_name)
        set_text(out, "service.name", config->service_name, complaints);
}
