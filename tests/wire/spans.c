/* SPDX-License-Identifier: MIT */
#include "tests/wire/spans.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : "";
}

static uint64_t nanoseconds(const cJSON *object, const char *key)
{
    return strtoull(text_of(object, key), NULL, 10);
}

static bool add(struct spans *spans, const char *line)
{
    cJSON *json = cJSON_Parse(line);
    if (!json || spans->count == SPANS_MAX) {
        cJSON_Delete(json);
        return false;
    }
    const cJSON *status = cJSON_GetObjectItemCaseSensitive(json, "status");
    spans->at[spans->count++] = (struct span){
        .json = json,
        .trace_id = text_of(json, "traceId"),
        .id = text_of(json, "spanId"),
        .parent_id = text_of(json, "parentSpanId"),
        .name = text_of(json, "name"),
        .service = text_of(json, "service"),
        .kind = text_of(json, "kind"),
        .via = text_of(json, "via"),
        .start_ns = nanoseconds(json, "startTimeUnixNano"),
        .end_ns = nanoseconds(json, "endTimeUnixNano"),
        .status = (int)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(status, "code")),
        .message = text_of(status, "message"),
    };
    return true;
}

bool spans_read(struct spans *spans, const char *path)
{
    char *line = NULL;
    size_t room = 0;
    bool good = true;
    spans->count = 0;
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    while (good && getline(&line, &room, file) >= 0)
        good = add(spans, line);
    free(line);
    (void)fclose(file);
    return good;
}

void spans_free(struct spans *spans)
{
    for (size_t i = 0; i < spans->count; i++)
        cJSON_Delete(spans->at[i].json);
    spans->count = 0;
}

const struct span *spans_by_id(const struct spans *spans, const char *id)
{
    for (size_t i = 0; i < spans->count; i++)
        if (strcmp(spans->at[i].id, id) == 0)
            return &spans->at[i];
    return NULL;
}

const struct span *spans_child(const struct spans *spans, const struct span *parent, const char *name, size_t n)
{
    const char *parent_id = parent ? parent->id : "";
    for (size_t i = 0; i < spans->count; i++)
        if (strcmp(spans->at[i].parent_id, parent_id) == 0 && strcmp(spans->at[i].name, name) == 0 && n-- == 0)
            return &spans->at[i];
    return NULL;
}

size_t spans_children(const struct spans *spans, const struct span *parent)
{
    size_t count = 0;
    for (size_t i = 0; i < spans->count; i++)
        count += strcmp(spans->at[i].parent_id, parent ? parent->id : "") == 0;
    return count;
}

const char *span_attribute(const struct span *span, const char *key)
{
    static char texts[4][256];
    static unsigned next;
    const cJSON *all = cJSON_GetObjectItemCaseSensitive(span->json, "attributes");
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(all, key);
    char *text = texts[next++ % 4];
    if (cJSON_IsNumber(value))
        snprintf(text, sizeof texts[0], "%g", cJSON_GetNumberValue(value));
    else
        snprintf(text, sizeof texts[0], "%s", cJSON_IsString(value) ? cJSON_GetStringValue(value) : "");
    return text;
}

static const cJSON *event(const struct span *span, size_t n)
{
    return cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(span->json, "events"), (int)n);
}

size_t span_events(const struct span *span)
{
    return (size_t)cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(span->json, "events"));
}

const char *span_event_name(const struct span *span, size_t n)
{
    return text_of(event(span, n), "name");
}

uint64_t span_event_ns(const struct span *span, size_t n)
{
    return nanoseconds(event(span, n), "timeUnixNano");
}
