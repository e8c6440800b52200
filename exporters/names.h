/* SPDX-License-Identifier: MIT */
/* Host names and their addresses. libcurl is never given a name that it would have to ask for: its own resolver makes
 * threads, and an abort waits for them. Who is asked instead:
 * - the host's resolver, if it gave one;
 * - else, where no thread may be made, the system's, once, in slmi_names_expect();
 * - else the system's, on one thread of ours that starts at the first name. It may hang without harm: nobody waits for
 *   it, and when the table is closed it frees what is left once it comes back.
 *
 *              lookup, expect  close  (resolver thread)  slm_resolved()
 *   lookup           X           X           -                 -           X: the caller keeps them apart
 *   close            X           X           -                 -
 *
 * One mutex guards the table; it is held for copies only, never during a question. A second one, taken first, guards
 * which table slm_resolved() means. */
#ifndef SPANLOOM_EXPORTERS_NAMES_H
#define SPANLOOM_EXPORTERS_NAMES_H

#include "exporters/worker.h"
#include <spanloom/drive.h>

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
    SLMI_NAME_FRESH_MS = 60000,   /* older addresses are still given, and asked for again */
    SLMI_NAME_PATIENCE_MS = 10000 /* a host's resolver that did not answer for so long is asked again */
};

typedef struct slmi_names_options {
    int wake_fd;                 /* an eventfd: whoever has an answer writes to it, until slmi_names_close() */
    bool threadless;             /* no thread may be made */
    slm_resolver resolver;       /* the host's; `resolve` NULL: none */
    slmi_worker_options worker;  /* of the thread */
    const slmi_names *inherited; /* in a forked child: the parent's, whose answers of slmi_names_expect() are kept */
} slmi_names_options;

/* An empty table. NULL without memory. */
slmi_names *slmi_names_new(const slmi_names_options *options);
void slmi_names_close(slmi_names *names);

/* `host` will be looked up. Waits for its addresses if this is the only time to ask for them. */
void slmi_names_expect(slmi_names *names, const char *host);

/* What is known of `host`. KNOWN: its addresses, separated by commas, in `text` (SLMI_NAME_TEXT_BYTES). FAILED: the
 * reason in `text`. `refresh`: the known addresses did not work, ask again. Does not wait. */
slmi_name_state slmi_names_lookup(slmi_names *names, const char *host, bool refresh, char *text);

/* In a forked child: no table is meant any more. Async-signal-safe. */
void slmi_names_fork_child(void);

#endif
