/* SPDX-License-Identifier: MIT */
/* What the process can find out about itself and where it runs. OpenTelemetry Resource SDK, Detecting resource
 * information from the environment. Everything is read once, at slm_init(). */
#ifndef SPANLOOM_EXPORTERS_DETECTORS_H
#define SPANLOOM_EXPORTERS_DETECTORS_H

#include "exporters/resource.h"

/* The semantic conventions that all detectors follow. */
#define SLMI_DETECTORS_SCHEMA_URL "https://opentelemetry.io/schemas/1.44.0"

/* Runs the detectors that `names` lists: container, host, os, process, service, all or none. Whether any ran. */
bool slmi_detectors_run(slmi_resource *out, const char *name, const char *names, slmi_complaints *complaints);

/* In a forked child: its own process id, time of creation and instance id, where the parent's stand. */
void slmi_detectors_forked(slmi_resource *resource);

/* The id of a container that a line of /proc/self/cgroup or /proc/self/mountinfo names: 64 hexadecimal digits. */
enum { SLMI_CONTAINER_ID_BYTES = 64 };
bool slmi_container_id(slm_string text, char out[SLMI_CONTAINER_ID_BYTES + 1]);

#endif
