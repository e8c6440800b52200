/* SPDX-License-Identifier: MIT */
/* What spans and log records have of their own in the settings: the names of their variables, their path at a receiver,
 * their pace. */
#ifndef SPANLOOM_EXPORTERS_CONFIG_SIGNAL_H
#define SPANLOOM_EXPORTERS_CONFIG_SIGNAL_H

#include "exporters/config.h"

enum { SLMI_VARIABLE_BYTES = 64 };

typedef struct slmi_signal {
    const char *name;           /* in OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "TRACES" */
    const char *path;           /* below a base endpoint: "v1/traces" */
    const char *endpoint;       /* what the code calls it: "config.endpoint" */
    const char *batching;       /* the prefix of its batches' variables: "OTEL_BSP_" */
    uint32_t schedule_delay_ms; /* by default */
} slmi_signal;

extern const slmi_signal slmi_signal_traces, slmi_signal_logs;

/* The signal's own variable of OTLP that ends in `what`, if `own`, or else the one for all signals; its name goes to
 * `name`. NULL if it is unset. */
const char *slmi_signal_env_of(const slmi_signal *signal, bool own, const char *what, char name[SLMI_VARIABLE_BYTES]);
/* The first of the two that is set. */
const char *slmi_signal_env(const slmi_signal *signal, const char *what, char name[SLMI_VARIABLE_BYTES]);

/* Queue, batches and schedule. */
void slmi_signal_read_batching(const slmi_signal *signal, slmi_settings *settings, const slm_config *config,
                               slmi_complaints *complaints);

#endif
