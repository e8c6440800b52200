/* SPDX-License-Identifier: MIT */
/* Certificates and keys, read once and kept in memory, so that a later chroot() or loss of privileges does not matter.
 */
#ifndef SPANLOOM_EXPORTERS_PEM_H
#define SPANLOOM_EXPORTERS_PEM_H

#include "exporters/trust.h"

#include <stdbool.h>

enum { SLMI_PEM_MAX = 4 * 1024 * 1024 };

/* A file's content; all zero if there is none. */
typedef struct slmi_pem {
    char *data;
    size_t len;
    slmi_trust *trust; /* made of it, if it holds CAs; NULL if not */
} slmi_pem;

/* Reads the file at `path`. 0, or an error number: EFBIG beyond SLMI_PEM_MAX; `out` is empty then. */
int slmi_pem_read(const char *path, slmi_pem *out);
/* Makes `trust` of what is in it; an earlier one is left as it is. */
void slmi_pem_trust(slmi_pem *pem);
/* Overwrites it, for it may be a key, and frees it. */
void slmi_pem_free(slmi_pem *pem);

#endif
