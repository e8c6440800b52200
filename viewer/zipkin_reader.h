/* SPDX-License-Identifier: MIT */
#ifndef SPANLOOM_VIEWER_ZIPKIN_READER_H
#define SPANLOOM_VIEWER_ZIPKIN_READER_H

#include "viewer/json.h"

/* Reads a list of spans in Zipkin v2 JSON (zipkin-api, zipkin2-api.yaml), as strictly as Zipkin 3 does. All of it or
 * nothing. `body` is written to; body[len] must be 0. On success the batch is for slmi_view_batch_free(); otherwise
 * it is empty. */
bool slmi_view_read_zipkin(char *body, size_t len, slmi_view_batch *batch, slmi_view_refusal *refusal);

#endif
