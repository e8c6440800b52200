/* SPDX-License-Identifier: MIT */
/* What the settings say of OTLP over gRPC alone: where to. OTLP Exporter, Configuration Options. */
#ifndef SPANLOOM_EXPORTERS_CONFIG_GRPC_H
#define SPANLOOM_EXPORTERS_CONFIG_GRPC_H

#include "exporters/config_signal.h"

/* The endpoint of gRPC. False, with a complaint, where it cannot be used: another protocol is, then. */
bool slmi_grpc_configure(const slmi_signal *signal, const slm_config *config, slmi_url *out,
                         slmi_complaints *complaints);

/* A target of gRPC: an http or https URL, whose path is not used; "unix:/path"; or "host:port", also behind "dns:", for
 * which `insecure` says that there is no TLS. Errors as slmi_url_parse(). */
SLM_NODISCARD slm_status slmi_grpc_target_parse(const char *text, bool insecure, slmi_url *out);

#endif
