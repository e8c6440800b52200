/* SPDX-License-Identifier: MIT */
/* The host's own exporter as a transport. Its body is not bytes but a list of pointers to spans, each in a block of its
 * own, which the encoder that goes with it makes and forgets. */
#ifndef SPANLOOM_EXPORTERS_CUSTOM_H
#define SPANLOOM_EXPORTERS_CUSTOM_H

#include "exporters/encoder.h"
#include "exporters/transport.h"
#include <spanloom/exporter.h>

/* A body of `const slm_span_data *`. */
extern const slmi_encoder slmi_encoder_collect;

typedef struct slmi_custom_options {
    slm_exporter_ops ops;
    void *self;
    const char *name;             /* borrowed for the transport's life */
    const slm_resource *resource; /* the same */
} slmi_custom_options;

/* Calls the host's functions inside its steps, with the thread muted. NULL without memory. */
slmi_transport *slmi_custom_new(const slmi_custom_options *options);

/* What the host's library knew of the struct. False if `ops->size` is none. */
bool slmi_exporter_adopt(const slm_exporter_ops *ops, slm_exporter_ops *known);

#endif
