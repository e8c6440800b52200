/* SPDX-License-Identifier: MIT */
#include "exporters/reply.h"

#include "core/alloc.h"
#include "exporters/http_answer.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An int64 as OTLP/JSON writes it, a decimal string; receivers also send numbers. What is neither, or below zero, is
 * none. */
static uint64_t read_count(const cJSON *item)
{
    if (cJSON_IsNumber(item))
        return item->valuedouble >= 1 && item->valuedouble < 9007199254740992.0 ? (uint64_t)item->valuedouble : 0;
    if (!cJSON_IsString(item) || item->valuestring[0] < '0' || item->valuestring[0] > '9')
        return 0;
    char *end;
    int before = errno;
    errno = 0;
    unsigned long long value = strtoull(item->valuestring, &end, 10);
    bool good = errno == 0 && *end == '\0';
    errno = before;
    return good ? value : 0;
}

/* 4 MiB of small values, which is what an answer may have, would keep a step busy for 200 ms; this is at most 4. */
enum { JSON_MAX = 64 * 1024 };

/* NULL if it is too long to be worth it, too. A copy with a NUL after it: cJSON before 1.7.18 reads one byte past a
 * text that ends in a comma (CVE-2023-53154). */
static cJSON *parse(const char *body, size_t len)
{
    char *copy = len > 0 && len <= JSON_MAX ? slmi_alloc(len + 1) : NULL;
    if (!copy)
        return NULL;
    memcpy(copy, body, len);
    copy[len] = '\0';
    cJSON *json = cJSON_ParseWithLength(copy, len + 1);
    slmi_free(copy);
    return json;
}

void slmi_reply_read_otlp(const char *body, size_t len, slmi_answer *answer)
{
    cJSON *reply = parse(body, len);
    const cJSON *partial = cJSON_GetObjectItemCaseSensitive(reply, "partialSuccess");
    const cJSON *message = cJSON_GetObjectItemCaseSensitive(partial, "errorMessage");
    const char *text = cJSON_IsString(message) ? message->valuestring : "";
    const cJSON *spans = cJSON_GetObjectItemCaseSensitive(partial, "rejectedSpans");
    const cJSON *logs = cJSON_GetObjectItemCaseSensitive(partial, "rejectedLogRecords");
    answer->rejected = read_count(spans ? spans : logs);
    if (answer->rejected > 0 || *text) {
        answer->verdict = SLMI_PARTIAL;
        slmi_answer_say(answer, "%s", text);
    }
    cJSON_Delete(reply);
}

void slmi_reply_message(const char *body, size_t len, char *out, size_t room)
{
    out[0] = '\0';
    if (len == 0)
        return;
    cJSON *reply = parse(body, len);
    const cJSON *message = cJSON_GetObjectItemCaseSensitive(reply, "message");
    if (cJSON_IsString(message)) {
        snprintf(out, room, "%s", message->valuestring);
    } else if (!reply && body[0] != '<') {
        size_t line = 0;
        while (line < len && line < room - 1 && body[line] >= ' ' && body[line] < 0x7f)
            line++;
        /* Bytes that are no text say nothing. */
        if (line == len || body[line] == '\n' || body[line] == '\r' || line == room - 1) {
            memcpy(out, body, line);
            out[line] = '\0';
        }
    }
    cJSON_Delete(reply);
}
