/* SPDX-License-Identifier: MIT */
/* A body made smaller, a piece at a time, so that no step takes long. RFC 1952; level 1. One thread. */
#ifndef SPANLOOM_EXPORTERS_GZIP_H
#define SPANLOOM_EXPORTERS_GZIP_H

#include "exporters/buffer.h"

#include <zlib.h>

typedef enum slmi_gzip_state { SLMI_GZIP_MORE, SLMI_GZIP_DONE, SLMI_GZIP_FAILED } slmi_gzip_state;

/* All zero before the first use. About 270 KiB, and the output. */
typedef struct slmi_gzip {
    z_stream stream;
    bool ready; /* the stream is zlib's */
    slmi_buffer out;
    const char *from;
    size_t left;
} slmi_gzip;

/* Starts with `len` bytes at `from`, which stay as they are until it is done. `max` bounds the output. False without
 * memory. */
bool slmi_gzip_begin(slmi_gzip *gzip, const char *from, size_t len, size_t max);
/* Goes on by a piece, some milliseconds of work at the most. Done: `out` is the whole. Failed: for want of memory, or
 * because of the bound. */
slmi_gzip_state slmi_gzip_step(slmi_gzip *gzip);
/* Gives the output's memory back; the stream's is kept for the next. */
void slmi_gzip_forget(slmi_gzip *gzip);
void slmi_gzip_free(slmi_gzip *gzip);

#endif
