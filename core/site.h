/* SPDX-License-Identifier: MIT */
/* Callsites and site records. A callsite is a static object of instrumented code, which may be unloaded; its record is
 * the library's for good, found again by content, and all that spans, queues and encoders refer to.
 *
 * Lock: one mutex guards the lists of units and callsites and the table of records. No user code runs under it.
 * Interest words are written by a compare-and-swap that never lowers the epoch: by the thread that hits the callsite,
 * or, for all callsites at once, under the mutex, so that nothing writes to a unit that has left. */
#ifndef SPANLOOM_CORE_SITE_H
#define SPANLOOM_CORE_SITE_H

#include <stdatomic.h>

#include <spanloom/detail/callsite.h>
#include <spanloom/metadata.h>

enum { SLMI_SITES_MAX = 16384, SLMI_SITES_CHUNK = 64, SLMI_SITES_CHUNKS = SLMI_SITES_MAX / SLMI_SITES_CHUNK };

struct slmi_thread;

typedef struct slmi_site_record {
    slm_metadata meta;
    const slm_scope_data *scope; /* equal scopes are one */
    _Atomic(uint64_t) interest;  /* epoch << 2 | interest, of the last rebuild */
    bool has_values;             /* some type is SLM_TYPE_VALUE: only a hit tells it */
    bool plain;                  /* an event's format has no '%': it is the text */
    bool is_hint;                /* SLM_ENABLED's */
    bool is_dynamic;             /* described at run time; its callsite is `own` */
    slmi_site own;
    uint32_t hash;
    struct slmi_site_record *next; /* of its hash bucket */
} slmi_site_record;

static inline const slmi_site_record *slmi_record_of(const slm_metadata *meta)
{
    return (const slmi_site_record *)(const void *)meta; /* its first member */
}

/* The callsite's record, made or found; NULL if there are too many, or a signal handler came here while this thread was
 * here already. */
slmi_site_record *slmi_site_register(struct slmi_thread *self, slmi_site *site);

/* What a callsite says, before it is interned. */
typedef struct slmi_content {
    slm_string name, target, file, scope_name, scope_version, scope_schema_url;
    slm_string scope_attributes; /* "key=value,key=value" */
    const char *keys;            /* `count` terminated strings */
    size_t keys_len;
    const uint8_t *types;
    uint32_t line;
    uint16_t count;
    uint8_t level;
    bool is_span, is_hint, is_dynamic;
} slmi_content;

/* The library's own callsite for content that is known only at run time; NULL as slmi_site_register(). */
slmi_site *slmi_site_describe(struct slmi_thread *self, const slmi_content *content);

/* How many records there are, and one by its id. */
uint32_t slmi_site_count(void);
slmi_site_record *slmi_site_at(uint32_t id);

/* Writes the callsite's interest unless a later epoch is there. */
void slmi_site_publish(slmi_site *site, uint64_t epoch, unsigned interest);
/* Gives every linked callsite its record's interest. */
void slmi_sites_publish_all(void);

/* In a forked child. Async-signal-safe. */
void slmi_sites_fork_child(void);

#endif
