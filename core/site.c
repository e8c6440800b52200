/* SPDX-License-Identifier: MIT */
#include "core/site.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "core/alloc.h"
#include "core/diagnostics.h"
#include "core/scope.h"
#include "core/thread.h"

enum { BUCKETS = 1024, PIECE_BYTES = 64 * 1024 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static slmi_unit *units;
static _Atomic(slmi_site_record *) buckets[BUCKETS]; /* found without the lock, added to under it */
static _Atomic(slmi_site_record **) chunks[SLMI_SITES_CHUNKS];
static _Atomic(uint32_t) record_count;

/* A signal handler that traces while this thread has the mutex must be turned away, or it would wait for itself. */
static bool lock(void)
{
    bool mine = slmi_self && slmi_busy_begin(slmi_self);
    pthread_mutex_lock(&mutex);
    return mine;
}

static void unlock(bool mine)
{
    pthread_mutex_unlock(&mutex);
    if (mine)
        slmi_busy_end(slmi_self);
}

/* The unit of callsites that were described at run time: it never leaves. */
static slmi_unit dynamic_unit = { .size = sizeof dynamic_unit };

static slm_string base_name(const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *base = slash ? slash + 1 : file;
    const char *dot = strrchr(base, '.');
    return slm_string_of(base, dot && dot != base ? (size_t)(dot - base) : strlen(base));
}

static void read_content(const slmi_site *site, slmi_content *c)
{
    const unsigned char *at = (const unsigned char *)site + site->size;
    const char *function = NULL;
    if (site->kind == SLMI_SITE_FUNCTION) {
        memcpy(&function, at, sizeof function);
        at += sizeof function;
    }
    c->types = at;
    c->count = site->field_count;
    const char *text = (const char *)at + site->field_count + 1;
    c->name = slm_string_from_c(function ? function : text);
    c->keys = text + strlen(text) + 1;
    const char *key = c->keys;
    for (unsigned i = 0; i < site->field_count; i++)
        key += strlen(key) + 1;
    c->keys_len = (size_t)(key - c->keys);
    c->file = slm_string_from_c(site->file);
    c->line = site->line;
    c->level = site->level;
    c->is_span = site->kind == SLMI_SITE_SPAN || site->kind == SLMI_SITE_FUNCTION;
    c->is_hint = site->kind == SLMI_SITE_HINT;
    c->is_dynamic = false;
    c->target = site->unit->target[0] ? slm_string_from_c(site->unit->target) : base_name(site->file);
    c->scope_name = site->unit->scope_name[0] ? slm_string_from_c(site->unit->scope_name) : c->target;
    c->scope_version = slm_string_from_c(site->unit->scope_version);
    c->scope_schema_url = slm_string_from_c(site->unit->scope_schema_url);
    c->scope_attributes = slm_string_from_c(site->unit->scope_attributes);
}

static uint32_t hash_bytes(uint32_t hash, const void *data, size_t len)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    return hash;
}

static uint32_t hash_content(const slmi_content *c)
{
    uint32_t hash = hash_bytes(2166136261u, c->name.data, c->name.len);
    hash = hash_bytes(hash, c->file.data, c->file.len);
    hash = hash_bytes(hash, &c->line, sizeof c->line);
    return hash_bytes(hash, c->keys, c->keys_len);
}

static bool same(const slmi_site_record *r, const slmi_content *c)
{
    const slm_metadata *m = &r->meta;
    return m->line == c->line && m->level == c->level && m->is_span == c->is_span && r->is_hint == c->is_hint &&
           r->is_dynamic == c->is_dynamic && m->field_count == c->count && slm_string_equal(m->name, c->name) &&
           slm_string_equal(m->file, c->file) && slm_string_equal(m->target, c->target) &&
           memcmp(m->types, c->types, c->count) == 0 && slmi_scope_is(r->scope, c) &&
           (c->count == 0 || memcmp(m->keys[0].data, c->keys, c->keys_len) == 0);
}

/* Not from malloc(), which a signal handler that meets a new callsite may have interrupted. A fork may fall between any
 * two lines. */
void *slmi_site_keep(size_t size)
{
    static unsigned char *piece;
    static _Atomic(size_t) used = PIECE_BYTES;
    size = (size + 15) & ~(size_t)15;
    if (size > PIECE_BYTES)
        return slmi_reserve(size, size);
    size_t at = atomic_load_explicit(&used, memory_order_relaxed);
    if (at + size > PIECE_BYTES) {
        unsigned char *next = slmi_reserve(PIECE_BYTES, PIECE_BYTES);
        if (!next)
            return NULL;
        __atomic_store_n(&piece, next, __ATOMIC_RELEASE);
        at = 0;
    }
    atomic_store_explicit(&used, at + size, memory_order_release);
    return piece + at;
}

static slmi_site_record *make(const slmi_content *c, uint32_t id)
{
    const slm_scope_data *scope = slmi_scope_intern(c);
    size_t size = sizeof(slmi_site_record) + c->count * (sizeof(slm_string) + 1u) + c->name.len + c->target.len +
                  c->file.len + c->keys_len + 4;
    slmi_site_record *r = scope ? slmi_site_keep(size) : NULL;
    if (!r)
        return NULL;
    slm_string *keys = (slm_string *)(r + 1);
    uint8_t *types = (uint8_t *)(keys + c->count);
    char *text = (char *)(types + c->count);
    memcpy(types, c->types, c->count);
    r->meta.name = slm_string_of(slmi_scope_put(&text, c->name.data, c->name.len), c->name.len);
    r->meta.target = slm_string_of(slmi_scope_put(&text, c->target.data, c->target.len), c->target.len);
    r->meta.file = slm_string_of(slmi_scope_put(&text, c->file.data, c->file.len), c->file.len);
    memcpy(text, c->keys, c->keys_len);
    for (unsigned i = 0; i < c->count; i++) {
        keys[i] = slm_string_from_c(text);
        text += keys[i].len + 1;
        r->has_values |= types[i] == SLM_TYPE_VALUE;
    }
    r->meta.keys = keys;
    r->meta.types = types;
    r->meta.field_count = c->count;
    r->meta.line = c->line;
    r->meta.level = c->level;
    r->meta.is_span = c->is_span;
    r->meta.scope = *scope;
    r->meta.id = id;
    r->scope = scope;
    r->plain = c->is_dynamic || !memchr(r->meta.name.data, '%', r->meta.name.len);
    r->is_dynamic = c->is_dynamic;
    r->own = (slmi_site){ .interest = SLMI_UNREGISTERED, .record = &r->meta, .unit = &dynamic_unit };
    r->is_hint = c->is_hint;
    atomic_store_explicit(&r->interest, SLMI_UNREGISTERED, memory_order_relaxed);
    return r;
}

static slmi_site_record *find(const slmi_content *c, uint32_t hash)
{
    slmi_site_record *r = atomic_load_explicit(&buckets[hash % BUCKETS], memory_order_acquire);
    while (r && !(r->hash == hash && same(r, c)))
        r = r->next;
    return r;
}

/* A unit leaves: its code is about to be unmapped, or the process ends. A callsite of it that is hit after this keeps
 * its record and is not linked again. */
static void detach(slmi_unit *unit)
{
    bool mine = lock();
    for (slmi_unit **at = &units; *at; at = &(*at)->next)
        if (*at == unit) {
            *at = unit->next;
            break;
        }
    unit->sites = NULL;
    unit->detach = NULL;
    unit->size = 0;
    unlock(mine);
}

static void link_site(slmi_site *site)
{
    slmi_unit *unit = site->unit;
    if (unit->size == 0)
        return;
    if (!unit->detach) {
        unit->next = units;
        __atomic_store_n(&units, unit, __ATOMIC_RELEASE);
        __atomic_store_n(&unit->detach, detach, __ATOMIC_RELEASE);
    }
    site->next = unit->sites;
    __atomic_store_n(&unit->sites, site, __ATOMIC_RELEASE);
}

/* Every list is changed by one last store, and what it shows is complete by then: a fork may fall between any two. */
static slmi_site_record *intern(const slmi_content *c)
{
    uint32_t hash = hash_content(c);
    slmi_site_record *found = find(c, hash);
    if (found)
        return found;
    uint32_t id = atomic_load_explicit(&record_count, memory_order_relaxed);
    if (id == SLMI_SITES_MAX)
        return NULL;
    slmi_site_record **chunk = atomic_load_explicit(&chunks[id / SLMI_SITES_CHUNK], memory_order_relaxed);
    if (!chunk) {
        /* NOLINTNEXTLINE(bugprone-sizeof-expression): a chunk is an array of pointers */
        chunk = slmi_site_keep(SLMI_SITES_CHUNK * sizeof *chunk);
        if (!chunk)
            return NULL;
        atomic_store_explicit(&chunks[id / SLMI_SITES_CHUNK], chunk, memory_order_release);
    }
    slmi_site_record *r = make(c, id);
    if (!r)
        return NULL;
    r->hash = hash;
    r->next = atomic_load_explicit(&buckets[hash % BUCKETS], memory_order_relaxed);
    chunk[id % SLMI_SITES_CHUNK] = r;
    if (c->is_dynamic)
        link_site(&r->own);
    /* Pairs with the acquire in slmi_site_count(): the record and its place. */
    atomic_store_explicit(&record_count, id + 1, memory_order_release);
    atomic_store_explicit(&buckets[hash % BUCKETS], r, memory_order_release); /* last: then it is found */
    return r;
}

static void no_room(const char *file, unsigned line)
{
    slmi_diagnose(SLM_DIAG_SITES, "no room for callsite %s:%u: %u are in use; it is not traced", file, line,
                  slmi_site_count());
}

slmi_site_record *slmi_site_register(slmi_thread *self, slmi_site *site)
{
    if (!slmi_busy_begin(self)) {
        slmi_diagnose(SLM_DIAG_REENTRANT, "traced from a signal handler that interrupted the library; not recorded");
        return NULL;
    }
    int saved = errno;
    slmi_content c;
    read_content(site, &c);
    pthread_mutex_lock(&mutex);
    slmi_site_record *record = (slmi_site_record *)(uintptr_t)__atomic_load_n(&site->record, __ATOMIC_RELAXED);
    bool is_new = !record;
    if (is_new) {
        record = intern(&c);
        if (record) {
            link_site(site);
            __atomic_store_n(&site->record, &record->meta, __ATOMIC_RELEASE);
        }
    }
    pthread_mutex_unlock(&mutex);
    slmi_busy_end(self);
    if (!record) {
        slmi_site_publish(site, UINT64_MAX >> 2, SLMI_NEVER);
        no_room(site->file, site->line);
    }
    errno = saved;
    return record;
}

slmi_site *slmi_site_describe(slmi_thread *self, const slmi_content *content)
{
    slmi_site_record *record = find(content, hash_content(content));
    if (record)
        return &record->own;
    if (!slmi_busy_begin(self))
        return NULL;
    int saved = errno;
    pthread_mutex_lock(&mutex);
    record = intern(content);
    pthread_mutex_unlock(&mutex);
    slmi_busy_end(self);
    if (!record)
        no_room("(dynamic)", 0);
    errno = saved;
    return record ? &record->own : NULL;
}

uint32_t slmi_site_count(void)
{
    return atomic_load_explicit(&record_count, memory_order_acquire);
}

slmi_site_record *slmi_site_at(uint32_t id)
{
    return atomic_load_explicit(&chunks[id / SLMI_SITES_CHUNK], memory_order_acquire)[id % SLMI_SITES_CHUNK];
}

void slmi_site_publish(slmi_site *site, uint64_t epoch, unsigned interest)
{
    uint64_t old = __atomic_load_n(&site->interest, __ATOMIC_RELAXED);
    uint64_t wanted = epoch << 2 | interest;
    do {
        if ((old & 3) != SLMI_UNREGISTERED && old >> 2 > epoch)
            return;
    } while (!__atomic_compare_exchange_n(&site->interest, &old, wanted, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

void slmi_sites_publish_all(void)
{
    bool mine = lock();
    for (slmi_unit *unit = units; unit; unit = unit->next)
        for (slmi_site *site = unit->sites; site; site = site->next) {
            const slmi_site_record *record = slmi_record_of(site->record);
            uint64_t word = atomic_load_explicit(&record->interest, memory_order_relaxed);
            if ((word & 3) != SLMI_UNREGISTERED)
                slmi_site_publish(site, word >> 2, (unsigned)(word & 3));
        }
    unlock(mine);
}

void slmi_sites_fork_child(void)
{
    /* Another thread of the parent may have held it, with the last store of a link still to come: what it was linking
     * is taken out here, and is linked when it is hit. A record that was half made is lost, and made again. */
    static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
    memcpy(&mutex, &fresh, sizeof mutex);
    if (units && !units->detach)
        units = units->next;
    for (slmi_unit *unit = units; unit; unit = unit->next)
        if (unit->sites && !unit->sites->record)
            unit->sites = unit->sites->next;
}
