/* SPDX-License-Identifier: MIT */
/* Who sends the spans. OpenTelemetry Resource SDK. */
#ifndef SPANLOOM_EXPORTERS_RESOURCE_H
#define SPANLOOM_EXPORTERS_RESOURCE_H

#include "exporters/environment.h"
#include <spanloom/sdk.h>
#include <spanloom/span_data.h>

enum { SLMI_RESOURCE_FIELDS = 128, SLMI_RESOURCE_BYTES = 16384 };

/* A resource and everything that it points to. */
typedef struct slmi_resource {
    slm_resource resource; /* its `fields` are those below */
    slm_field fields[SLMI_RESOURCE_FIELDS];
    _Alignas(8) char bytes[SLMI_RESOURCE_BYTES];
    size_t used;
    int64_t pid;           /* of the process that it describes */
    bool made_instance_id; /* service.instance.id is a detector's */
} slmi_resource;

/* Copies the attribute, in place of one with its key. What does not fit is left out and named. */
void slmi_resource_set(slmi_resource *out, slm_string key, slm_value value, slmi_complaints *complaints);

/* Defaults, then what detectors find, then OTEL_RESOURCE_ATTRIBUTES, then OTEL_SERVICE_NAME, then what the code says;
 * the later wins, even if it is empty. What does not fit is left out and named. */
void slmi_resource_build(slmi_resource *out, const slm_config *config, slmi_complaints *complaints);

#endif
