/* SPDX-License-Identifier: MIT */
/* The library's propagators. */
#ifndef SPANLOOM_PROPAGATION_PROPAGATOR_H
#define SPANLOOM_PROPAGATION_PROPAGATOR_H

#include <spanloom/propagator.h>

extern const slm_propagator slmi_propagator_tracecontext;
extern const slm_propagator slmi_propagator_baggage;
extern const slm_propagator slmi_propagator_b3;
extern const slm_propagator slmi_propagator_b3multi;
extern const slm_propagator slmi_propagator_jaeger;

#endif
