/* SPDX-License-Identifier: MIT */
/* Endpoints as people write them, and the proxies on the way to them. */
#ifndef SPANLOOM_EXPORTERS_ENDPOINT_H
#define SPANLOOM_EXPORTERS_ENDPOINT_H

#include "exporters/environment.h"
#include "exporters/url.h"

/* Tries `text`, if there is one, and complains of it under `name`. `path` is put below a base's; `socket_path` is what
 * a Unix socket is asked for. */
bool slmi_endpoint_try(const char *name, const char *text, const char *path, const char *socket_path, slmi_url *out,
                       slmi_complaints *complaints);
/* One of ours, well formed. */
void slmi_endpoint_default(const char *base, const char *path, slmi_url *out);
/* What the proxy variables say of it. */
void slmi_endpoint_proxy(const slmi_url *url, slmi_proxy *out, slmi_complaints *complaints);

#endif
