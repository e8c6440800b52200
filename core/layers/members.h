/* SPDX-License-Identifier: MIT */
/* The members of one object of a JSON line, each key once. */
#ifndef SPANLOOM_CORE_LAYERS_MEMBERS_H
#define SPANLOOM_CORE_LAYERS_MEMBERS_H

#include "core/layers/text.h"

/* Keys that the object has besides the fields. */
typedef struct slmi_reserved {
    const slm_string *keys;
    unsigned count;
} slmi_reserved;

enum { SLMI_SEEN_MAX = 256 };

/* The keys that an object has by now, as hashes. */
typedef struct slmi_seen {
    unsigned count;
    uint64_t hashes[SLMI_SEEN_MAX];
} slmi_seen;

/* Notes the key, with that many "_" after it; false if it is there already, or if there is no room to note it. */
bool slmi_seen_new(slmi_seen *seen, slm_string key, unsigned underscores);

/* Writes the fields; of a key that was given twice the last value, in the place of the first; a key that is reserved
 * with "_" after it, as many as make it unique. The list is changed. `seen` (NULL: nobody asks) then has all of them
 * and what is reserved. */
void slmi_members(slmi_text *text, slm_field *list, unsigned count, slmi_reserved reserved, slmi_seen *seen);

#endif
