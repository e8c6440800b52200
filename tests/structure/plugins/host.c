/* SPDX-License-Identifier: MIT */
/* usage: host raw|layers|log CYCLES PLUGIN [PLUGIN]
 *
 * Loads the plugins, lets them trace, and unloads them, over and over; who listens is replaced between the cycles, and
 * while plugins are loaded, which walks every callsite there is. What a callsite said must outlive its code. */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spanloom/layer.h>
#include <spanloom/log.h>
#include <spanloom/stats.h>

#include "tests/structure/plugins/plugin.h"

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

enum { PLUGINS_MAX = 2, KEPT_MAX = 64 };

/* What listeners were told, all of them together. */
static atomic_uint events, started, ended;
static atomic_uint next_id;
static const slm_metadata *_Atomic kept[KEPT_MAX]; /* by id */

static void keep(const slm_metadata *metadata)
{
    CHECK(metadata->id < KEPT_MAX); /* the same callsites, again and again, are no new ones */
    atomic_store(&kept[metadata->id], metadata);
}

static void read_hit(slm_hit *hit)
{
    slm_field field;
    keep(slm_hit_metadata(hit));
    for (size_t i = 0; slm_hit_field(hit, i, &field); i++) {
        CHECK(slm_string_equal(field.key, slm_hit_metadata(hit)->keys[i]));
        if (slm_string_equal(field.key, slm_string_from_c("text")))
            CHECK(
                slm_string_equal(slm_string_of(field.value.as.s, field.value.len), slm_string_from_c("of the plugin")));
    }
}

/* -- a raw subscriber ---------------------------------------------------------------------------------------------- */
static uint64_t raw_new_span(void *self, slm_hit *hit)
{
    (void)self;
    read_hit(hit);
    atomic_fetch_add(&started, 1);
    return 1 + atomic_fetch_add(&next_id, 1);
}

static void raw_event(void *self, slm_hit *hit)
{
    (void)self;
    read_hit(hit);
    (void)slm_hit_message(hit);
    atomic_fetch_add(&events, 1);
}

static void raw_end(void *self, uint64_t span)
{
    (void)self;
    (void)span;
    atomic_fetch_add(&ended, 1);
}

static const slm_subscriber_ops raw = {
    .size = (uint32_t)sizeof raw, .new_span = raw_new_span, .event = raw_event, .end = raw_end
};

/* -- a layer ------------------------------------------------------------------------------------------------------- */
static bool read_field(void *user, const slm_field *field)
{
    size_t *bytes = user;
    *bytes += strnlen(field->key.data, field->key.len);
    return true;
}

static void read_view(const slm_view *span)
{
    size_t bytes = 0;
    keep(slm_view_metadata(span));
    slm_view_fields(span, read_field, &bytes);
    CHECK(slm_view_name(span).len > 0);
}

static void layer_start(void *self, const slm_view *span)
{
    (void)self;
    read_view(span);
    atomic_fetch_add(&started, 1);
}

static void layer_event(void *self, slm_hit *hit)
{
    raw_event(self, hit);
}

static void layer_end(void *self, const slm_view *span)
{
    (void)self;
    read_view(span);
    atomic_fetch_add(&ended, 1);
}

static const slm_layer_ops layer = {
    .size = (uint32_t)sizeof layer, .on_start = layer_start, .on_event = layer_event, .on_end = layer_end
};

/* -- who listens --------------------------------------------------------------------------------------------------- */
enum mode { RAW, LAYERS, LOG };

/* References of ours to who listened in this cycle: a raw subscriber that nobody holds takes its spans with it. */
enum { LISTENERS_MAX = 8 };
static slm_subscriber *listeners[LISTENERS_MAX];
static size_t listener_count;

static void listen_anew(enum mode mode)
{
    slm_subscriber *subscriber = NULL;
    slm_layer layers[] = { { .size = (uint32_t)sizeof(slm_layer), .flags = SLM_LAYER_SCOPES, .ops = &layer } };
    if (mode == LAYERS)
        CHECK(slm_subscriber_of_layers(layers, 1, &subscriber) == SLM_OK);
    else
        CHECK(slm_subscriber_new(&raw, NULL, &subscriber) == SLM_OK);
    if (mode == LOG) /* the log stays; a subscriber that comes and goes has the interest of every callsite renewed */
        slm_thread_subscriber_pop(slm_thread_subscriber_push(subscriber));
    else
        slm_set_global_subscriber(subscriber);
    CHECK(listener_count < LISTENERS_MAX);
    listeners[listener_count++] = subscriber;
}

static void release_listeners(size_t but)
{
    for (size_t i = 0; i + but < listener_count; i++)
        slm_subscriber_release(listeners[i]);
    if (but && listener_count)
        listeners[0] = listeners[listener_count - 1];
    listener_count = listener_count < but ? listener_count : but;
}

/* -- plugins ------------------------------------------------------------------------------------------------------- */
struct plugin {
    const char *path;
    void *handle;
    plugin_work_function *work;
    plugin_open_function *open;
};

static void load(struct plugin *p)
{
    p->handle = dlopen(p->path, RTLD_NOW | RTLD_LOCAL);
    if (!p->handle)
        fprintf(stderr, "%s\n", dlerror());
    CHECK(p->handle);
    /* POSIX lets a function's address come as an object's. */
    void *work = dlsym(p->handle, "plugin_work"), *open = dlsym(p->handle, "plugin_open");
    CHECK(work && open);
    memcpy(&p->work, &work, sizeof p->work);
    memcpy(&p->open, &open, sizeof p->open);
}

static bool is_mapped(const char *path)
{
    char line[4096];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "r");
    CHECK(maps);
    while (fgets(line, (int)sizeof line, maps))
        found |= strstr(line, path) != NULL;
    fclose(maps);
    return found;
}

static void unload(struct plugin *p)
{
    CHECK(is_mapped(p->path));
    CHECK(dlclose(p->handle) == 0);
    CHECK(dlopen(p->path, RTLD_NOW | RTLD_NOLOAD) == NULL);
    CHECK(!is_mapped(p->path));
    p->handle = NULL;
}

static void *work_elsewhere(void *plugin)
{
    struct plugin *p = plugin;
    CHECK(p->work(1) == 2);
    return NULL;
}

/* Here and on a thread of its own. */
static void work(struct plugin *p, enum mode mode)
{
    unsigned events_before = events, started_before = started, ended_before = ended;
    pthread_t thread;
    CHECK(p->work(2) == 3);
    CHECK(pthread_create(&thread, NULL, work_elsewhere, p) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    if (mode == LOG)
        return;
    CHECK(events == events_before + 2 * PLUGIN_EVENTS);
    CHECK(started == started_before + 2 * PLUGIN_SPANS);
    CHECK(ended == ended_before + 2 * PLUGIN_SPANS);
}

static void read_what_is_kept(void)
{
    for (size_t i = 0; i < KEPT_MAX; i++) {
        const slm_metadata *m = atomic_load(&kept[i]);
        if (!m)
            continue;
        CHECK(strlen(m->file.data) == m->file.len && m->line > 0 && m->target.len > 0 && m->scope.name.len > 0);
        CHECK(strlen(m->name.data) == m->name.len);
        for (size_t k = 0; k < m->field_count; k++)
            CHECK(m->keys[k].len > 0 && strlen(m->keys[k].data) == m->keys[k].len);
    }
}

static void cycle(struct plugin *plugins, size_t count, enum mode mode, unsigned turn)
{
    slm_span open[PLUGINS_MAX];
    for (size_t i = 0; i < count; i++)
        load(&plugins[i]);
    for (size_t i = 0; i < count; i++) {
        if (turn % 3 != 0)
            work(&plugins[i], mode);
        if (turn % 2)
            listen_anew(mode);
        work(&plugins[i], mode);
        open[i] = plugins[i].open((int)turn);
        CHECK(slm_span_is_enabled(open[i]));
    }
    /* In either order; the one that stays goes on tracing what both hold. */
    for (size_t i = 0; i < count; i++) {
        size_t leaving = turn % 2 ? count - 1 - i : i;
        unload(&plugins[leaving]);
        listen_anew(mode);
        for (size_t k = 0; k < count; k++)
            if (plugins[k].handle)
                work(&plugins[k], mode);
        read_what_is_kept();
    }
    for (size_t i = 0; i < count; i++)
        slm_span_end(open[i]);
    release_listeners(1);
}

int main(int argc, char **argv)
{
    struct plugin plugins[PLUGINS_MAX] = { { 0 } };
    enum mode mode;
    slm_stats stats = { .size = (uint32_t)sizeof stats };
    slm_log_config config = { .size = (uint32_t)sizeof config, .directives = "trace" };
    size_t count = argc > 3 ? (size_t)argc - 3 : 0;
    if (count < 1 || count > PLUGINS_MAX)
        return 2;
    mode = strcmp(argv[1], "log") == 0 ? LOG : (strcmp(argv[1], "layers") == 0 ? LAYERS : RAW);
    for (size_t i = 0; i < count; i++)
        plugins[i].path = argv[3 + i];
    if (mode == LOG) {
        config.fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
        CHECK(slm_init_log(&config) == SLM_OK);
    } else {
        listen_anew(mode);
    }
    unsigned long cycles = strtoul(argv[2], NULL, 10);
    for (unsigned turn = 0; turn < cycles; turn++)
        cycle(plugins, count, mode, turn);
    if (mode == LOG)
        CHECK(slm_log_shutdown(0) == SLM_OK);
    slm_set_global_subscriber(NULL);
    release_listeners(0);
    slm_stats_read(&stats);
    CHECK(stats.started == stats.ended);
    CHECK(mode == RAW || stats.started >= cycles * count * (2 * PLUGIN_SPANS + 1));
    CHECK(mode == LOG || (started == ended && events > 0));
    printf("%lu cycles of %zu plugins: all unmapped, %u events\n", cycles, count, (unsigned)events);
    return 0;
}
