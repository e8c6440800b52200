/* SPDX-License-Identifier: MIT */
/* A subscriber for tests of what instruments: every span that ends is a line of text. */
#ifndef SPANLOOM_TESTS_RECORDING_H
#define SPANLOOM_TESTS_RECORDING_H

#include <spanloom/layer.h>

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
    pthread_mutex_t lock;
    char text[16384]; /* NAME kind=K status=S KEY=VALUE ...; an event is `  event NAME` before its span's line */
    size_t len;
    unsigned spans;
    uint64_t event_ns[64];
    unsigned events;
    uint64_t start_ns, end_ns; /* of the span that ended last */
    slm_span_context identity; /* as well */
} recording = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void recording_add(const char *format, ...) SLM_PRINTF(1, 2);
static void recording_add(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(recording.text + recording.len, sizeof recording.text - recording.len, format, arguments);
    va_end(arguments);
    if (n < 0 || (size_t)n >= sizeof recording.text - recording.len)
        abort();
    recording.len += (size_t)n;
}

static bool recording_field(void *user, const slm_field *field)
{
    (void)user;
    const slm_value *v = &field->value;
    recording_add(" %.*s=", (int)field->key.len, field->key.data);
    switch (v->type) {
    case SLM_TYPE_BOOL:
    case SLM_TYPE_U64:
        recording_add("%" PRIu64, v->as.u);
        break;
    case SLM_TYPE_I64:
        recording_add("%" PRId64, v->as.i);
        break;
    case SLM_TYPE_STRING:
        recording_add("%.*s", (int)v->len, v->as.s);
        break;
    default:
        recording_add("(type %u)", (unsigned)v->type);
        break;
    }
    return true;
}

static void recording_on_event(void *self, slm_hit *hit)
{
    (void)self;
    slm_string name = slm_hit_metadata(hit)->name;
    pthread_mutex_lock(&recording.lock);
    recording_add("  event %.*s\n", (int)name.len, name.data);
    if (recording.events < 64)
        recording.event_ns[recording.events++] = slm_hit_time_ns(hit);
    pthread_mutex_unlock(&recording.lock);
}

static void recording_on_end(void *self, const slm_view *span)
{
    (void)self;
    slm_string name = slm_view_name(span);
    pthread_mutex_lock(&recording.lock);
    recording_add("%.*s kind=%d status=%d", (int)name.len, name.data, (int)slm_view_kind(span),
                  (int)slm_view_status(span));
    slm_view_fields(span, recording_field, NULL);
    recording_add("\n");
    recording.spans++;
    recording.start_ns = slm_view_start_ns(span);
    recording.end_ns = slm_view_end_ns(span);
    slm_view_identity(span, &recording.identity);
    pthread_mutex_unlock(&recording.lock);
}

/* From now on the whole process is recorded. */
static inline slm_subscriber *recording_begin(void)
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_event = recording_on_event, .on_end = recording_on_end };
    const slm_layer layer = { .size = sizeof layer, .ops = &ops };
    slm_subscriber *subscriber = NULL;
    if (slm_subscriber_of_layers(&layer, 1, &subscriber) != SLM_OK)
        abort();
    slm_set_global_subscriber(subscriber);
    return subscriber;
}

/* What was recorded since the last call; static. */
static inline const char *recording_take(void)
{
    static char text[sizeof recording.text];
    pthread_mutex_lock(&recording.lock);
    memcpy(text, recording.text, recording.len + 1);
    recording.len = 0;
    recording.text[0] = '\0';
    recording.events = 0;
    recording.spans = 0;
    pthread_mutex_unlock(&recording.lock);
    return text;
}

static inline void recording_end(slm_subscriber *subscriber)
{
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
}

#endif
