/* SPDX-License-Identifier: MIT */
/* A baggage while it is read. */
#ifndef SPANLOOM_PROPAGATION_BAGGAGE_H
#define SPANLOOM_PROPAGATION_BAGGAGE_H

#include <spanloom/baggage.h>

#include "propagation/scan.h"

typedef struct slmi_baggage_reader {
    slm_baggage *out;
    size_t count; /* Kept. */
    size_t seen;  /* Looked at. */
    bool malformed, full;
    slmi_hashes hashes; /* Of the keys. */
} slmi_baggage_reader;

/* Empties `out`, then fills it line by line. */
void slmi_baggage_start(slmi_baggage_reader *reader, slm_baggage *out);
void slmi_baggage_read(slmi_baggage_reader *reader, slm_string line);
slm_status slmi_baggage_result(const slmi_baggage_reader *reader);

/* The length of the encoded value; written to `out` if that is not NULL. */
size_t slmi_baggage_encode(slm_string value, char *out);

#endif
