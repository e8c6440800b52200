/* SPDX-License-Identifier: MIT */
/* An entry of systemd's journal under way, as the parts of one datagram. Short things are copied into the entry's own
 * text; long ones stay where they lie. */
#ifndef SPANLOOM_CORE_LAYERS_ENTRY_H
#define SPANLOOM_CORE_LAYERS_ENTRY_H

#include <sys/uio.h>

#include "core/layers/text.h"

enum { SLMI_ENTRY_PARTS_MAX = 384, SLMI_ENTRY_TEXT_BYTES = 32768, SLMI_ENTRY_NAME_MAX = 64 };

typedef struct slmi_entry {
    unsigned count;
    bool apart; /* the next part does not continue the last one */
    bool cut;   /* something was left out */
    size_t total;
    slmi_text text;
    struct iovec parts[SLMI_ENTRY_PARTS_MAX];
    char bytes[SLMI_ENTRY_TEXT_BYTES];
} slmi_entry;

void slmi_entry_begin(slmi_entry *entry);
/* Bytes that are fields already, and stay. */
void slmi_entry_refer(slmi_entry *entry, slm_string fields);
/* A field; `stays`: its value does until the entry is sent. Cut, or left out, if there is no room. */
void slmi_entry_field(slmi_entry *entry, slm_string name, slm_string value, bool stays);
void slmi_entry_number(slmi_entry *entry, slm_string name, uint64_t value);
/* A field of an event or a span; its name is `prefix`, if there is one, and the key, as the journal takes names. */
void slmi_entry_value(slmi_entry *entry, slm_string prefix, const slm_field *field, bool stays);

/* Writes the name that the journal takes for a key: A to Z, 0 to 9 and `_`, a letter first. Returns its length; 0 if
 * nothing is left. */
size_t slmi_entry_name(char out[SLMI_ENTRY_NAME_MAX], slm_string prefix, slm_string key);

#endif
