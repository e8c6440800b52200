/* SPDX-License-Identifier: MIT */
/* What a gRPC call came to, as a verdict and in words. OTLP/gRPC, Failures; gRPC over HTTP2. Pure. */
#ifndef SPANLOOM_EXPORTERS_GRPC_STATUS_H
#define SPANLOOM_EXPORTERS_GRPC_STATUS_H

#include "exporters/transport.h"

enum {
    SLMI_GRPC_OK = 0,
    SLMI_GRPC_CANCELLED = 1,
    SLMI_GRPC_UNKNOWN = 2,
    SLMI_GRPC_DEADLINE_EXCEEDED = 4,
    SLMI_GRPC_PERMISSION_DENIED = 7,
    SLMI_GRPC_RESOURCE_EXHAUSTED = 8,
    SLMI_GRPC_UNIMPLEMENTED = 12,
    SLMI_GRPC_INTERNAL = 13,
    SLMI_GRPC_UNAVAILABLE = 14,
    SLMI_GRPC_UNAUTHENTICATED = 16,
    SLMI_GRPC_CODES = 17
};

/* Such as "UNAVAILABLE"; "" for what is no code. */
const char *slmi_grpc_status_name(unsigned status);

/* `pushback`: the receiver said when to try again (a google.rpc.RetryInfo). Codes that are none are SLMI_FATAL. */
slmi_verdict slmi_grpc_verdict(unsigned status, bool pushback);

/* The code that stands for an HTTP status, or for an RST_STREAM's error code, where no grpc-status came. */
unsigned slmi_grpc_status_of_http(long http_status);
unsigned slmi_grpc_status_of_reset(uint32_t error_code);

/* The RetryInfo in the value of grpc-status-details-bin: base64, with or without padding, of a google.rpc.Status. True
 * if there is one; its delay, cut at SLMI_RETRY_AFTER_MAX_MS and rounded up, in `*delay_ms`. */
bool slmi_grpc_retry_info(const char *details, size_t len, uint32_t *delay_ms);

/* Percent-decodes a grpc-message in place; what is no escape stays. Returns its length. */
size_t slmi_grpc_message_decode(char *message, size_t len);

/* Decimal digits, as grpc-status is written; SLMI_GRPC_UNKNOWN for anything else. */
unsigned slmi_grpc_status_parse(const char *text, size_t len);

#endif
