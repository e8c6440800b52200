/* SPDX-License-Identifier: MIT */
#ifndef SPANLOOM_VIEWER_OTLP_VALUE_H
#define SPANLOOM_VIEWER_OTLP_VALUE_H

#include "viewer/json.h"

/* Reads a list of KeyValue of OTLP's common.proto; `list` NULL is an empty one. False with `*wrong` saying what is
 * wrong, or when there is no memory. */
bool slmi_view_otlp_attributes(slmi_view_arena *arena, const cJSON *list, slmi_view_attributes *out, size_t *inexact,
                               const char **wrong);

#endif
