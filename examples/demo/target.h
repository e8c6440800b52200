/* SPDX-License-Identifier: MIT */
/* Where the services send their spans: a few variables of their environment. */
#ifndef DEMO_TARGET_H
#define DEMO_TARGET_H

/* To a Zipkin if the URL ends in /api/v2/spans, else by OTLP to a Jaeger or a Collector, with or without /v1/traces. */
void target_set(const char *url);

#endif
