/* SPDX-License-Identifier: MIT */
/* Host names and their addresses. libcurl is never given a name that it would have to ask for: its own resolver makes
 * threads, and an abort waits for them. One thread of ours asks instead, started at the first name, and it may hang
 * without harm: nobody waits for it, and when the table is closed it frees what is left once it comes back.
 *
 *              lookup  close  (resolver thread)
 *   lookup     X       X      -                   X: the caller keeps them apart
 *   close      X       X      -
 *
 * One mutex guards the table; it is held for copies only, never during a question. */
#ifndef SPANLOOM_EXPORTERS_NAMES_H
#define SPANLOOM_EXPORTERS_NAMES_H

#include <spanloom/detail/base.h>

typedef struct slmi_names slmi_names;

typedef enum slmi_name_state {
    SLMI_NAME_KNOWN,
    SLMI_NAME_ASKED, /* no answer yet: look again when the loop wakes */
    SLMI_NAME_FAILED /* asked again at the next lookup */
} slmi_name_state;

enum {
    SLMI_NAMES_MAX = 32,         /* in the table; more fail */
    SLMI_NAME_ADDRESSES_MAX = 8, /* of one name; more are ignored */
    SLMI_NAME_TEXT_BYTES = 512,
    SLMI_NAME_FRESH_MS = 60000 /* older addresses are still given, and asked for again */
};

/* An empty table; whoever has an answer writes to the eventfd `wake_fd`, until slmi_names_close(). NULL without
 * memory. */
slmi_names *slmi_names_new(int wake_fd);
void slmi_names_close(slmi_names *names);

/* What is known of `host`. KNOWN: its addresses, separated by commas, in `text` (SLMI_NAME_TEXT_BYTES). FAILED: the
 * reason in `text`. `refresh`: the known addresses did not work, ask again. Does not wait. */
slmi_name_state slmi_names_lookup(slmi_names *names, const char *host, bool refresh, char *text);

#endif
