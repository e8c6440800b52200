/* SPDX-License-Identifier: MIT */
/* A callsite: one static object for each use of a macro, and what its gate calls. Not for users; the layout is part of
 * the ABI from tag 0.1.0 on. */
#ifndef SPANLOOM_DETAIL_CALLSITE_H
#define SPANLOOM_DETAIL_CALLSITE_H

#include <spanloom/span.h>

SLM_BEGIN_DECLS

/* The low two bits of a callsite's interest word; the epoch stands above them. */
enum { SLMI_NEVER = 0, SLMI_SOMETIMES = 1, SLMI_ALWAYS = 2, SLMI_UNREGISTERED = 3 };
enum { SLMI_SITE_EVENT = 0, SLMI_SITE_SPAN = 1, SLMI_SITE_FUNCTION = 2, SLMI_SITE_HINT = 3 };

struct slmi_unit;
struct slm_metadata;

typedef struct slmi_site {
    uint64_t interest;
    const struct slm_metadata *record; /* the library's, written once */
    struct slmi_site *next;            /* of the same unit; the library's */
    struct slmi_unit *unit;
    const char *file;
    uint32_t line;
    uint16_t size; /* of this struct; for a FUNCTION a `const char *` follows, then the tags, then the text */
    uint8_t level, kind;
    uint8_t field_count;
    uint8_t reserved[7];
} slmi_site;

/* One for each translation unit; the library fills the last three. */
typedef struct slmi_unit {
    uint32_t size;
    const char *target, *scope_name, *scope_version, *scope_schema_url, *scope_attributes;
    void (*detach)(struct slmi_unit *);
    slmi_site *sites;
    struct slmi_unit *next;
} slmi_unit;

/* The layers that want a hit of this site, with the dispatch they belong to; 0 for none. Registers it first. */
SLM_API SLM_COLD uint64_t slmi_enabled(slmi_site *site);
SLM_API SLM_COLD void slmi_event(slmi_site *site, uint64_t mask, const slm_word *words, const char *format, ...)
    SLM_PRINTF(4, 5);
SLM_API SLM_COLD void slmi_event_silent(slmi_site *site, uint64_t mask, const slm_word *words);
SLM_API SLM_COLD void slmi_event_with(slmi_site *site, uint64_t mask, const slm_word *words,
                                      const slm_event_options *options, const char *format, ...) SLM_PRINTF(5, 6);
SLM_API SLM_COLD void slmi_event_silent_with(slmi_site *site, uint64_t mask, const slm_word *words,
                                             const slm_event_options *options);
SLM_API SLM_COLD slm_span slmi_span(slmi_site *site, uint64_t mask, const slm_word *words);
SLM_API SLM_COLD slm_span slmi_span_with(slmi_site *site, uint64_t mask, const slm_word *words,
                                         const slm_span_options *options);
SLM_API SLM_COLD slm_span slmi_scope(slmi_site *site, uint64_t mask, const slm_word *words);
SLM_API SLM_COLD slm_span slmi_scope_with(slmi_site *site, uint64_t mask, const slm_word *words,
                                          const slm_span_options *options);
SLM_API SLM_COLD void slmi_scope_exit(slm_span span);
SLM_API SLM_COLD void slmi_fail(int64_t code);

#ifndef SLM_TARGET
#define SLM_TARGET "" /* the library takes the base name of the file */
#endif
#ifndef SLM_INSTRUMENTATION_NAME
#define SLM_INSTRUMENTATION_NAME "" /* the target serves */
#endif
#ifndef SLM_INSTRUMENTATION_VERSION
#define SLM_INSTRUMENTATION_VERSION ""
#endif
#ifndef SLM_INSTRUMENTATION_SCHEMA_URL
#define SLM_INSTRUMENTATION_SCHEMA_URL ""
#endif
#ifndef SLM_INSTRUMENTATION_ATTRIBUTES
#define SLM_INSTRUMENTATION_ATTRIBUTES ""
#endif

#if SLM_STATIC_MAX_LEVEL == SLM_LEVEL_OFF
#define SLMI_UNIT NULL
#else
#define SLMI_UNIT &slmi_this_unit
static slmi_unit slmi_this_unit = { sizeof(slmi_unit), SLM_TARGET, SLM_INSTRUMENTATION_NAME,
                                    SLM_INSTRUMENTATION_VERSION, SLM_INSTRUMENTATION_SCHEMA_URL,
                                    SLM_INSTRUMENTATION_ATTRIBUTES, NULL, NULL, NULL };
/* Before the code around them is unmapped, the callsites leave the library's lists: through a pointer that the library
 * fills at the first hit, so that a unit which is never hit refers to nothing. */
static __attribute__((__destructor__, __used__)) void slmi_unit_leave(void)
{
    if (slmi_this_unit.detach)
        slmi_this_unit.detach(&slmi_this_unit);
}
#endif

static inline void slmi_scope_end(const slm_span *span)
{
    (void)span;
    SLMI_IF_ON(if (SLMI_LIVE(*span)) slmi_scope_exit(*span);)
}

static inline void slmi_enter_end(const slm_token *token)
{
    (void)token;
    SLMI_IF_ON(if (SLMI_LIVE(*token)) slmi_exit(*token);)
}

static inline SLM_NODISCARD slm_span slmi_must_be_ended(slm_span span)
{
    return span;
}

SLM_END_DECLS

#endif
