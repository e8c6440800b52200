/* SPDX-License-Identifier: MIT */
#ifndef SPANLOOM_VIEWER_INFLATE_H
#define SPANLOOM_VIEWER_INFLATE_H

#include "viewer/json.h"
#include "viewer/text.h"

/* Adds what a gzip member (RFC 1952) holds; refused with 413 when that is more than out->max, and with 400 when it is
 * damaged, cut short or followed by anything. */
bool slmi_view_inflate(const char *data, size_t len, slmi_view_text *out, slmi_view_refusal *refusal);

#endif
