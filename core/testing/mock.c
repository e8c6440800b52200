/* SPDX-License-Identifier: MIT */
/* A mock's life, and what it keeps. */
#include "core/testing/mock.h"

#include <stdio.h>
#include <string.h>

#include "core/alloc.h"

enum { CALLS_DEFAULT = 65536, CHUNK_BYTES = 16384 };

struct slmi_mock_chunk {
    struct slmi_mock_chunk *next;
    size_t room, used;
    _Alignas(16) char bytes[];
};

void *slmi_mock_keep_room(slm_mock *mock, size_t size)
{
    struct slmi_mock_chunk *chunk = mock->chunks;
    size = (size + 15) & ~(size_t)15;
    if (!chunk || chunk->room - chunk->used < size) {
        size_t room = size > CHUNK_BYTES ? size : CHUNK_BYTES;
        chunk = slmi_alloc(sizeof *chunk + room);
        if (!chunk)
            return NULL;
        chunk->next = mock->chunks;
        chunk->room = room;
        chunk->used = 0;
        mock->chunks = chunk;
    }
    void *at = chunk->bytes + chunk->used;
    chunk->used += size;
    return at;
}

slm_string slmi_mock_keep(slm_mock *mock, slm_string text)
{
    char *copy = text.len ? slmi_mock_keep_room(mock, text.len) : NULL;
    if (!copy)
        return slm_string_of("", 0);
    memcpy(copy, text.data, text.len);
    return slm_string_of(copy, text.len);
}

void slmi_mock_forget(slm_mock *mock)
{
    while (mock->chunks) {
        struct slmi_mock_chunk *next = mock->chunks->next;
        slmi_free(mock->chunks);
        mock->chunks = next;
    }
    mock->since += mock->node_count ? mock->node_count - 1 : 0;
    mock->node_count = mock->call_count = 0;
    mock->lost = 0;
}

void slmi_mock_unreference(slm_mock *mock)
{
    if (atomic_fetch_sub_explicit(&mock->references, 1, memory_order_acq_rel) != 1)
        return;
    slmi_mock_forget(mock);
    slm_filter_free(mock->options.filter);
    slmi_free(mock->nodes);
    slmi_free(mock->calls);
    slmi_free(mock->expected);
    slmi_out_free(&mock->printed);
    pthread_mutex_destroy(&mock->mutex);
    slmi_free(mock);
}

static void report_on_stderr(void *user, const char *text)
{
    (void)user;
    (void)fputs(text, stderr);
}

slm_mock *slm_mock_new(const slm_mock_options *options)
{
    slm_mock *mock = slmi_alloc_zeroed(sizeof *mock);
    slm_mock_options given = { .size = sizeof given };
    if (options && options->size >= sizeof given)
        given = *options;
    if (mock)
        mock->expected = slmi_alloc_zeroed(SLMI_EXPECTATIONS_MAX * sizeof *mock->expected);
    if (!mock || !mock->expected) {
        slm_filter_free(given.filter);
        slmi_free(mock);
        return NULL;
    }
    if (given.max_calls == 0)
        given.max_calls = CALLS_DEFAULT;
    if (!given.report)
        given.report = report_on_stderr;
    mock->options = given;
    atomic_store_explicit(&mock->references, 1, memory_order_relaxed);
    pthread_mutex_init(&mock->mutex, NULL);
    return mock;
}

slm_layer slm_mock_layer(slm_mock *mock)
{
    slm_layer layer = { .size = sizeof layer,
                        .flags = SLM_LAYER_SCOPES,
                        .ops = &slmi_mock_ops,
                        .self = mock,
                        .filter = mock->options.filter,
                        .place_bytes = sizeof(uint32_t),
                        .place = &mock->place };
    mock->options.filter = NULL;
    atomic_fetch_add_explicit(&mock->references, 1, memory_order_relaxed);
    return layer;
}

slm_mock *slm_mock_begin(const slm_mock_options *options)
{
    slm_mock *mock = slm_mock_new(options);
    if (!mock)
        return NULL;
    slm_layer layer = slm_mock_layer(mock);
    if (slm_subscriber_of_layers(&layer, 1, &mock->subscriber) != SLM_OK) {
        slm_filter_free(layer.filter);
        slmi_mock_unreference(mock); /* the layer's */
        slmi_mock_unreference(mock);
        return NULL;
    }
    if (mock->options.process_wide)
        slm_set_global_subscriber(mock->subscriber);
    else
        mock->scope = slm_thread_subscriber_push(mock->subscriber);
    return mock;
}

void slm_mock_end(slm_mock *mock)
{
    if (!mock)
        return;
    slm_subscriber *subscriber = mock->subscriber;
    mock->subscriber = NULL;
    if (subscriber && mock->options.process_wide)
        slm_set_global_subscriber(NULL);
    else if (subscriber)
        slm_thread_subscriber_pop(mock->scope);
    slm_subscriber_release(subscriber);
    slmi_mock_unreference(mock);
}

void slm_mock_clear(slm_mock *mock)
{
    pthread_mutex_lock(&mock->mutex);
    slmi_mock_forget(mock);
    pthread_mutex_unlock(&mock->mutex);
}

void slmi_mock_report(slm_mock *mock, const slmi_out *text)
{
    mock->options.report(mock->options.user, slmi_out_text(text));
}

size_t slm_mock_count(slm_mock *mock, slm_mock_call call, const char *name)
{
    size_t count = 0;
    pthread_mutex_lock(&mock->mutex);
    for (uint32_t i = 0; i < mock->call_count; i++) {
        const slmi_mock_told *told = &mock->calls[i];
        count += (call == SLM_MOCK_ANY || told->call == call) &&
                 (!name || slmi_pattern_fits(slm_string_from_c(name), told->name));
    }
    pthread_mutex_unlock(&mock->mutex);
    return count;
}
