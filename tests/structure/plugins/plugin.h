/* SPDX-License-Identifier: MIT */
/* What a plugin exports. */
#ifndef SPANLOOM_TESTS_STRUCTURE_PLUGINS_PLUGIN_H
#define SPANLOOM_TESTS_STRUCTURE_PLUGINS_PLUGIN_H

#include <spanloom/span.h>

#include "tests/structure/plugins/yarn.h"

/* What one call of plugin_work() traces, the library inside included. */
enum { PLUGIN_EVENTS = 3 + YARN_EVENTS, PLUGIN_SPANS = 3 + YARN_SPANS };

typedef int plugin_work_function(int n);
typedef slm_span plugin_open_function(int n);

/* Traces in every way: scopes, events, fields whose printer is the plugin's, a span of its own. */
SLM_API plugin_work_function plugin_work;
/* A span that outlives the plugin. */
SLM_API plugin_open_function plugin_open;

#endif
