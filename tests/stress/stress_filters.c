/* SPDX-License-Identifier: MIT */
/* Filters with places in spans, rates and samplings, replaced again and again while threads trace: nothing races, no
 * filter sees another's bytes, and a filter that takes everything in the end takes everything. */
#define SLM_TARGET "reload"
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 4, RELOADS = 400, MAGIC = 0x5a5a5a5a };

static atomic_bool stop;
static atomic_uint strangers;

/* A filter whose place holds a number of its own, and a count of the spans around it. */
struct place {
    uint32_t magic, depth;
};

static void start_place(void *self, const slm_view *span, void *place, const void *parent_place)
{
    struct place *p = place;
    const struct place *parent = parent_place;
    uint32_t magic = (uint32_t)(uintptr_t)self;
    (void)span;
    __atomic_store_n(&p->magic, magic, __ATOMIC_RELAXED);
    uint32_t theirs = parent ? __atomic_load_n(&parent->magic, __ATOMIC_RELAXED) : magic;
    if (theirs != magic && theirs != 0)
        strangers++;
}

static slm_filter *with_places(unsigned i)
{
    static const slm_filter_ops ops = { .size = (uint32_t)sizeof ops,
                                        .place_bytes = (uint32_t)sizeof(struct place),
                                        .on_start = start_place };
    return slm_filter_new(&ops, (void *)(uintptr_t)(MAGIC + i));
}

static slm_filter *parse(const char *text)
{
    slm_filter *filter = NULL;
    if (slm_filter_parse(slm_string_from_c(text), &filter, NULL) != SLM_OK)
        abort();
    return filter;
}

static slm_filter *one_of(unsigned i)
{
    switch (i % 5) {
    case 0:
        return parse("info,[outer]=debug,[inner{n=3}]=trace");
    case 1:
        return slm_filter_and(slm_filter_level(SLM_LEVEL_DEBUG), slm_filter_rate(1000, 10));
    case 2:
        return slm_filter_and(slm_filter_level(SLM_LEVEL_INFO), slm_filter_every(3));
    case 3:
        return with_places(i);
    default:
        return parse("off,[outer]=info,!other");
    }
}

static void *trace(void *unused)
{
    (void)unused;
    for (int n = 0; !atomic_load(&stop); n = (n + 1) % 8) {
        SLM_SCOPE("outer");
        SLM_DEBUG("in outer");
        SLM_SCOPE_AS(inner, "inner", ("n", n));
        SLM_SET(inner, "n", n + 1);
        SLM_TRACE("in inner");
        SLM_INFO("in inner");
    }
    return NULL;
}

int main(void)
{
    slm_mock_options options = { .size = sizeof options, .filter = parse("error,[x]=info"), .max_calls = 1000 };
    slm_mock *mock = slm_mock_new(&options);
    slm_layer layer = slm_mock_layer(mock);
    slm_subscriber *subscriber;
    pthread_t threads[THREADS];
    if (slm_subscriber_of_layers(&layer, 1, &subscriber) != SLM_OK)
        abort();
    slm_set_global_subscriber(subscriber);
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, trace, NULL) != 0)
            abort();
    for (unsigned i = 0; i < RELOADS; i++)
        if (slm_subscriber_reload(subscriber, 0, one_of(i)) != SLM_OK)
            abort();
    atomic_store(&stop, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    if (slm_subscriber_reload(subscriber, 0, NULL) != SLM_OK)
        abort();
    slm_mock_clear(mock);
    {
        SLM_SCOPE_AT(SLM_LEVEL_TRACE, "last");
        SLM_TRACE("event");
    }
    bool good = slm_expect_only_tree(mock, "last > 'event'") && strangers == 0;
    if (!good)
        (void)fprintf(stderr, "%u places were another filter's\n", strangers);
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
    slm_mock_end(mock);
    return good ? 0 : 1;
}
