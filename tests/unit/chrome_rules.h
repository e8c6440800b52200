/* SPDX-License-Identifier: MIT */
/* Reads a trace file with cJSON, and holds it to the rules of Chrome's trace event format:
 * https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU */
#ifndef SPANLOOM_TESTS_CHROME_RULES_H
#define SPANLOOM_TESTS_CHROME_RULES_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

struct chrome_file {
    cJSON *root;
    const cJSON *events;
    const char *wrong; /* NULL: it keeps the rules */
    const cJSON *at;   /* where not */
};

static inline double chrome_number(const cJSON *event, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(event, key);
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static inline const char *chrome_string(const cJSON *event, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(event, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

static inline char chrome_phase(const cJSON *event)
{
    const char *phase = chrome_string(event, "ph");
    return strlen(phase) == 1 ? phase[0] : '\0';
}

static inline const cJSON *chrome_args(const cJSON *event)
{
    return cJSON_GetObjectItemCaseSensitive(event, "args");
}

static inline const char *chrome_arg(const cJSON *event, const char *key)
{
    return chrome_string(chrome_args(event), key);
}

static inline bool chrome_unique_keys(const cJSON *object)
{
    for (const cJSON *a = object->child; a; a = a->next)
        for (const cJSON *b = a->next; b; b = b->next)
            if (strcmp(a->string, b->string) == 0)
                return false;
    return true;
}

static inline bool chrome_natural(double value)
{
    return value >= 0 && floor(value) == value;
}

static inline bool chrome_same_thread(const cJSON *a, const cJSON *b)
{
    return chrome_number(a, "tid") == chrome_number(b, "tid") && chrome_number(a, "pid") == chrome_number(b, "pid");
}

/* Slices of one thread lie within each other or apart. */
static inline bool chrome_overlap(const cJSON *a, const cJSON *b)
{
    double a0 = chrome_number(a, "ts"), a1 = a0 + chrome_number(a, "dur");
    double b0 = chrome_number(b, "ts"), b1 = b0 + chrome_number(b, "dur");
    const double fuzz = 0.0005; /* half a nanosecond: the sums are rounded */
    bool apart = a1 <= b0 + fuzz || b1 <= a0 + fuzz;
    bool inside = (a0 <= b0 + fuzz && b1 <= a1 + fuzz) || (b0 <= a0 + fuzz && a1 <= b1 + fuzz);
    return !apart && !inside;
}

static inline bool chrome_is_pair(const cJSON *b, const cJSON *e)
{
    return chrome_phase(e) == 'e' && strcmp(chrome_string(b, "id"), chrome_string(e, "id")) == 0 &&
           strcmp(chrome_string(b, "cat"), chrome_string(e, "cat")) == 0 &&
           strcmp(chrome_string(b, "name"), chrome_string(e, "name")) == 0 &&
           chrome_number(b, "ts") <= chrome_number(e, "ts");
}

static inline const char *chrome_event_rules(const cJSON *event)
{
    char phase = chrome_phase(event);
    if (!cJSON_IsObject(event) || !chrome_unique_keys(event))
        return "an event that is no object with unique keys";
    if (!phase || !strchr("XbeiM", phase))
        return "ph";
    if (!chrome_natural(chrome_number(event, "pid")) || !chrome_natural(chrome_number(event, "tid")))
        return "pid or tid";
    if (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(event, "name")))
        return "name";
    const cJSON *args = chrome_args(event);
    if (args && (!cJSON_IsObject(args) || !chrome_unique_keys(args)))
        return "args";
    if (phase == 'M')
        return *chrome_arg(event, "name") ? NULL : "a metadata event without args.name";
    if (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(event, "cat")))
        return "cat";
    if (isnan(chrome_number(event, "ts")))
        return "ts";
    if (phase == 'X' && !(chrome_number(event, "dur") >= 0))
        return "dur";
    if (phase == 'i' && strcmp(chrome_string(event, "s"), "t") != 0)
        return "an instant's scope";
    return strchr("be", phase) && !*chrome_string(event, "id") ? "an asynchronous event without id" : NULL;
}

/* Pairs and nesting, each against what follows it in the file. */
static inline const char *chrome_rules_after(const cJSON *event)
{
    char phase = chrome_phase(event);
    unsigned pairs = 0;
    for (const cJSON *later = event->next; later; later = later->next) {
        if (phase == 'X' && chrome_phase(later) == 'X' && chrome_same_thread(event, later) &&
            chrome_overlap(event, later))
            return "slices of a thread overlap";
        pairs += phase == 'b' && chrome_is_pair(event, later);
    }
    return phase == 'b' && pairs != 1 ? "an asynchronous event without its end" : NULL;
}

/* Instants and the ends of slices come in the order of time on each thread. */
static inline const char *chrome_order_rule(const cJSON *event)
{
    if (!strchr("Xi", chrome_phase(event)))
        return NULL;
    double at = chrome_number(event, "ts") + (chrome_phase(event) == 'X' ? chrome_number(event, "dur") : 0);
    for (const cJSON *later = event->next; later; later = later->next) {
        if (!strchr("Xi", chrome_phase(later)) || !chrome_same_thread(event, later))
            continue;
        double then = chrome_number(later, "ts") + (chrome_phase(later) == 'X' ? chrome_number(later, "dur") : 0);
        return then + 0.0005 < at ? "a thread's events are not in the order of time" : NULL;
    }
    return NULL;
}

/* The caller frees it with chrome_free(), whatever the answer. */
static inline bool chrome_read(struct chrome_file *file, const char *path)
{
    *file = (struct chrome_file){ .wrong = "no such file" };
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return false;
    (void)fseek(stream, 0, SEEK_END);
    long size = ftell(stream);
    rewind(stream);
    char *text = malloc((size_t)size + 1);
    size_t len = text ? fread(text, 1, (size_t)size, stream) : 0;
    (void)fclose(stream);
    if (!text)
        return false;
    text[len] = '\0';
    const char *end = NULL;
    file->root = cJSON_ParseWithLengthOpts(text, len + 1, &end, true);
    free(text);
    file->wrong = file->root ? NULL : "not JSON";
    file->events = cJSON_GetObjectItemCaseSensitive(file->root, "traceEvents");
    if (file->root && !cJSON_IsArray(file->events))
        file->wrong = "no traceEvents";
    for (const cJSON *event = file->wrong ? NULL : file->events->child; event && !file->wrong; event = event->next) {
        const char *why = chrome_event_rules(event);
        why = why ? why : chrome_rules_after(event);
        file->wrong = why ? why : chrome_order_rule(event);
        file->at = event;
    }
    return !file->wrong;
}

static inline void chrome_free(struct chrome_file *file)
{
    cJSON_Delete(file->root);
    file->root = NULL;
}

/* The `nth` event of this phase and name, from 0; NULL if there is none. A NULL name fits all. */
static inline const cJSON *chrome_find(const struct chrome_file *file, char phase, const char *name, unsigned nth)
{
    for (const cJSON *event = file->events->child; event; event = event->next)
        if (chrome_phase(event) == phase && (!name || strcmp(chrome_string(event, "name"), name) == 0) && nth-- == 0)
            return event;
    return NULL;
}

static inline unsigned chrome_count(const struct chrome_file *file, char phase, const char *name)
{
    unsigned count = 0;
    while (chrome_find(file, phase, name, count))
        count++;
    return count;
}

#endif
