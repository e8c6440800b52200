/* SPDX-License-Identifier: MIT */
/* OpenTelemetry's instrumentation scopes: equal ones are one object, the library's for good. Under site.c's mutex. */
#ifndef SPANLOOM_CORE_SCOPE_H
#define SPANLOOM_CORE_SCOPE_H

#include "core/site.h"

enum { SLMI_SCOPE_ATTRIBUTES_MAX = 32 };

/* The scope that the content names, made or found; NULL without room. */
const slm_scope_data *slmi_scope_intern(const slmi_content *content);
bool slmi_scope_is(const slm_scope_data *scope, const slmi_content *content);

/* Copies a text, terminated, and moves on behind it. */
char *slmi_scope_put(char **at, const char *from, size_t len);

/* Room for what is kept for good, zeroed. */
void *slmi_site_keep(size_t size);

#endif
