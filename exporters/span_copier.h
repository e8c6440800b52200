/* SPDX-License-Identifier: MIT */
/* Text and values copied into one piece of memory, in two walks over the same steps: without memory they count, with it
 * they copy. */
#ifndef SPANLOOM_EXPORTERS_SPAN_COPIER_H
#define SPANLOOM_EXPORTERS_SPAN_COPIER_H

#include <spanloom/value.h>

typedef struct slmi_copier {
    char *memory; /* NULL: count only */
    size_t used, room;
    bool repaired; /* something made no sense */
} slmi_copier;

/* Whether something did not fit; nothing does from then on. The second walk may find more than the first: a printer
 * need not say the same twice. */
static inline bool slmi_copier_is_full(const slmi_copier *c)
{
    return c->used > c->room;
}

/* Room, aligned to 8; NULL if there is none, and while counting. */
void *slmi_copier_take(slmi_copier *c, size_t size);
/* Well-formed UTF-8. Absent text stays absent. */
slm_string slmi_copier_text(slmi_copier *c, slm_string text);
/* At most `most` fields, keys unique and not empty, each with a value. Those that are left out are added to `*dropped`.
 */
const slm_field *slmi_copier_fields(slmi_copier *c, const slm_field *fields, uint32_t most, uint32_t *count,
                                    uint32_t *dropped);

#endif
