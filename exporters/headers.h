/* SPDX-License-Identifier: MIT */
/* Headers that the user adds to each request. OTLP Exporter, Specifying headers via environment variables. */
#ifndef SPANLOOM_EXPORTERS_HEADERS_H
#define SPANLOOM_EXPORTERS_HEADERS_H

#include "exporters/environment.h"

/* Reads "name=value,name=value" (NULL: none) into at most SLMI_HEADERS_MAX lines "name: value", allocated; returns how
 * many. A member that is none, or whose decoded value could end the header, is named by its number, because it may hold
 * a secret, and left out. `source` is who said it. */
size_t slmi_headers_parse(const char *source, const char *list, char **lines, slmi_complaints *complaints);

/* Whether such a line can go as metadata of gRPC: none of the protocol's own names, nor those of a connection, and
 * printable ASCII only. gRPC over HTTP2, Custom-Metadata; RFC 9113 8.2.2. */
bool slmi_headers_is_metadata(const char *line);

#endif
