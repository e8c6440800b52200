/* SPDX-License-Identifier: MIT */
/* AnyValue and KeyValue of OTLP/JSON. */
#include "viewer/otlp_value.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { MAX_NESTED_BYTES = 65536 }; /* An array or map as JSON; a longer one is kept as cut text. */

static bool fail(const char **wrong, const char *what)
{
    *wrong = what;
    return false;
}

static const char *const NON_FINITE[] = { "NaN", "Infinity", "-Infinity" };

/* A double as a number, or as the strings that proto3's JSON mapping has for what JSON cannot say. */
static bool write_double(slmi_view_text *text, const cJSON *value, bool nested)
{
    double number = value->valuedouble;
    if (cJSON_IsString(value)) {
        for (size_t i = 0; i < sizeof NON_FINITE / sizeof *NON_FINITE; i++) {
            if (strcmp(value->valuestring, NON_FINITE[i]) == 0) {
                slmi_view_text_addf(text, nested ? "\"%s\"" : "%s", NON_FINITE[i]);
                return true;
            }
        }
        char *end;
        number = strtod(value->valuestring, &end);
        if (end == value->valuestring || *end != '\0')
            return false;
    } else if (!cJSON_IsNumber(value)) {
        return false;
    }
    if (isfinite(number))
        slmi_view_json_double(text, number);
    else
        slmi_view_text_addf(text, nested ? "\"%s\"" : "%s", NON_FINITE[isnan(number) ? 0 : number > 0 ? 1 : 2]);
    return true;
}

static bool write_any(slmi_view_text *text, const cJSON *value, size_t *inexact, const char **wrong);

static bool write_array(slmi_view_text *text, const cJSON *array, size_t *inexact, const char **wrong)
{
    const cJSON *values = slmi_view_json_member(array, "values");
    if (values && !cJSON_IsArray(values))
        return fail(wrong, "arrayValue.values must be a list");
    slmi_view_text_puts(text, "[");
    for (const cJSON *item = values ? values->child : NULL; item; item = item->next) {
        if (!write_any(text, item, inexact, wrong))
            return false;
        if (item->next)
            slmi_view_text_puts(text, ",");
    }
    slmi_view_text_puts(text, "]");
    return true;
}

static bool write_map(slmi_view_text *text, const cJSON *map, size_t *inexact, const char **wrong)
{
    const cJSON *values = slmi_view_json_member(map, "values");
    if (values && !cJSON_IsArray(values))
        return fail(wrong, "kvlistValue.values must be a list");
    slmi_view_text_puts(text, "{");
    for (const cJSON *item = values ? values->child : NULL; item; item = item->next) {
        const cJSON *key = slmi_view_json_member(item, "key");
        if (key && !cJSON_IsString(key))
            return fail(wrong, "an attribute's key must be a string");
        slmi_view_text_json(text, key ? key->valuestring : "");
        slmi_view_text_puts(text, ":");
        if (!write_any(text, slmi_view_json_member(item, "value"), inexact, wrong))
            return false;
        if (item->next)
            slmi_view_text_puts(text, ",");
    }
    slmi_view_text_puts(text, "}");
    return true;
}

/* Adds the value to `text`: bare for a lone one, as JSON inside an array or map. Recursion ends because the parser
 * bounds how deep a body nests. */
static bool write_value(slmi_view_text *text, const cJSON *value, bool nested, slmi_view_type *type, size_t *inexact,
                        const char **wrong)
{
    *type = SLMI_VIEW_EMPTY;
    if (value && !cJSON_IsObject(value))
        return fail(wrong, "an attribute's value must be an object such as {\"stringValue\":\"x\"}");
    const cJSON *item;
    if ((item = slmi_view_json_member(value, "stringValue")) || (item = slmi_view_json_member(value, "bytesValue"))) {
        *type = item->string[0] == 's' ? SLMI_VIEW_STRING : SLMI_VIEW_BYTES;
        if (!cJSON_IsString(item))
            return fail(wrong, "stringValue and bytesValue must be strings");
        (nested ? slmi_view_text_json : slmi_view_text_puts)(text, item->valuestring);
    } else if ((item = slmi_view_json_member(value, "intValue"))) {
        int64_t number;
        *type = SLMI_VIEW_INT;
        if (!slmi_view_json_i64(item, &number, inexact))
            return fail(wrong, "intValue must be a 64-bit integer");
        slmi_view_text_addf(text, "%" PRId64, number);
    } else if ((item = slmi_view_json_member(value, "doubleValue"))) {
        *type = SLMI_VIEW_DOUBLE;
        if (!write_double(text, item, nested))
            return fail(wrong, "doubleValue must be a number");
    } else if ((item = slmi_view_json_member(value, "boolValue"))) {
        *type = SLMI_VIEW_BOOL;
        if (!cJSON_IsBool(item))
            return fail(wrong, "boolValue must be true or false");
        slmi_view_text_puts(text, cJSON_IsTrue(item) ? "true" : "false");
    } else if ((item = slmi_view_json_member(value, "arrayValue"))) {
        *type = SLMI_VIEW_JSON;
        return write_array(text, item, inexact, wrong);
    } else if ((item = slmi_view_json_member(value, "kvlistValue"))) {
        *type = SLMI_VIEW_JSON;
        return write_map(text, item, inexact, wrong);
    } else if (nested) {
        slmi_view_text_puts(text, "null");
    }
    return true;
}

static bool write_any(slmi_view_text *text, const cJSON *value, size_t *inexact, const char **wrong)
{
    slmi_view_type type;
    return write_value(text, value, true, &type, inexact, wrong);
}

static bool read_attribute(slmi_view_arena *arena, const cJSON *item, slmi_view_text *scratch,
                           slmi_view_attribute *attribute, size_t *inexact, const char **wrong)
{
    const cJSON *key = slmi_view_json_member(item, "key");
    if (!cJSON_IsObject(item) || (key && !cJSON_IsString(key)))
        return fail(wrong, "an attribute must be an object with a string `key` and a `value`");

    const cJSON *value = slmi_view_json_member(item, "value");
    const cJSON *string = slmi_view_json_member(value, "stringValue");
    size_t inexact_before = *inexact;
    slmi_view_text_clear(scratch);
    scratch->max = string && cJSON_IsString(string) ? SIZE_MAX / 4 : MAX_NESTED_BYTES;
    if (!write_value(scratch, value, false, &attribute->type, inexact, wrong))
        return false;
    if (scratch->truncated)
        attribute->type = SLMI_VIEW_STRING;
    attribute->inexact = *inexact > inexact_before;
    const char *name = key ? key->valuestring : "";
    attribute->key = slmi_view_arena_text(arena, name, strlen(name));
    attribute->text = slmi_view_arena_text(arena, scratch->data ? scratch->data : "", scratch->len);
    return attribute->key && attribute->text;
}

bool slmi_view_otlp_attributes(slmi_view_arena *arena, const cJSON *list, slmi_view_attributes *out, size_t *inexact,
                               const char **wrong)
{
    if (!list)
        return true;
    if (!cJSON_IsArray(list))
        return fail(wrong, "attributes must be a list");
    if (!slmi_view_attributes_reserve(arena, out, (size_t)cJSON_GetArraySize(list)))
        return false;

    bool good = true;
    slmi_view_text scratch = slmi_view_text_up_to(MAX_NESTED_BYTES);
    for (const cJSON *item = list->child; good && item; item = item->next) {
        slmi_view_attribute *attribute = slmi_view_attribute_add(out);
        if (attribute)
            good = read_attribute(arena, item, &scratch, attribute, inexact, wrong);
    }
    slmi_view_text_free(&scratch);
    return good;
}
