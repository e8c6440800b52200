/* SPDX-License-Identifier: MIT */
#include "exporters/grpc_status.h"

#include "exporters/protobuf_reader.h"
#include "exporters/retry.h"

#include <string.h>

enum { DETAILS_MAX = 8192 }; /* bytes of base64 that are read; longer ones are no pushback */

typedef enum rule { NEVER, AGAIN, WHEN_TOLD } rule;

static const struct {
    const char *name;
    rule again;
} codes[SLMI_GRPC_CODES] = {
    [0] = { "OK", NEVER },
    [1] = { "CANCELLED", AGAIN },
    [2] = { "UNKNOWN", NEVER },
    [3] = { "INVALID_ARGUMENT", NEVER },
    [4] = { "DEADLINE_EXCEEDED", AGAIN },
    [5] = { "NOT_FOUND", NEVER },
    [6] = { "ALREADY_EXISTS", NEVER },
    [7] = { "PERMISSION_DENIED", NEVER },
    [8] = { "RESOURCE_EXHAUSTED", WHEN_TOLD },
    [9] = { "FAILED_PRECONDITION", NEVER },
    [10] = { "ABORTED", AGAIN },
    [11] = { "OUT_OF_RANGE", AGAIN },
    [12] = { "UNIMPLEMENTED", NEVER },
    [13] = { "INTERNAL", NEVER },
    [14] = { "UNAVAILABLE", AGAIN },
    [15] = { "DATA_LOSS", AGAIN },
    [16] = { "UNAUTHENTICATED", NEVER },
};

const char *slmi_grpc_status_name(unsigned status)
{
    return status < SLMI_GRPC_CODES ? codes[status].name : "";
}

slmi_verdict slmi_grpc_verdict(unsigned status, bool pushback)
{
    if (status == SLMI_GRPC_OK)
        return SLMI_ACCEPTED;
    if (status >= SLMI_GRPC_CODES)
        return SLMI_FATAL;
    bool again = codes[status].again == AGAIN || (codes[status].again == WHEN_TOLD && pushback);
    return again ? SLMI_RETRYABLE : SLMI_FATAL;
}

unsigned slmi_grpc_status_of_http(long http_status)
{
    switch (http_status) {
    case 400:
        return SLMI_GRPC_INTERNAL;
    case 401:
        return SLMI_GRPC_UNAUTHENTICATED;
    case 403:
        return SLMI_GRPC_PERMISSION_DENIED;
    case 404:
        return SLMI_GRPC_UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
        return SLMI_GRPC_UNAVAILABLE;
    default:
        return SLMI_GRPC_UNKNOWN;
    }
}

unsigned slmi_grpc_status_of_reset(uint32_t error_code)
{
    /* RFC 9113 7 */
    enum { REFUSED_STREAM = 7, CANCEL = 8, ENHANCE_YOUR_CALM = 11, INADEQUATE_SECURITY = 12, HTTP_1_1_REQUIRED = 13 };
    switch (error_code) {
    case REFUSED_STREAM:
        return SLMI_GRPC_UNAVAILABLE;
    case CANCEL:
        return SLMI_GRPC_CANCELLED;
    case ENHANCE_YOUR_CALM:
        return SLMI_GRPC_RESOURCE_EXHAUSTED;
    case INADEQUATE_SECURITY:
        return SLMI_GRPC_PERMISSION_DENIED;
    case HTTP_1_1_REQUIRED:
        return SLMI_GRPC_UNKNOWN;
    default:
        return SLMI_GRPC_INTERNAL;
    }
}

unsigned slmi_grpc_status_parse(const char *text, size_t len)
{
    unsigned value = 0;
    if (len == 0 || len > 4)
        return SLMI_GRPC_UNKNOWN;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return SLMI_GRPC_UNKNOWN;
        value = 10 * value + (unsigned)(text[i] - '0');
    }
    return value;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

size_t slmi_grpc_message_decode(char *message, size_t len)
{
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        int high = message[i] == '%' && i + 2 < len ? hex_digit(message[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(message[i + 2]) : -1;
        if (low < 0) {
            message[used++] = message[i];
            continue;
        }
        message[used++] = (char)(16 * high + low);
        i += 2;
    }
    return used;
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

/* How many bytes `text` says, up to its end or the first that is none: a list of several values has commas. */
static size_t base64_decode(const char *text, size_t len, unsigned char *out)
{
    size_t used = 0;
    unsigned bits = 0, held = 0;
    for (size_t i = 0; i < len && base64_digit(text[i]) >= 0; i++) {
        bits = (bits << 6 | (unsigned)base64_digit(text[i])) & 0xffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[used++] = (unsigned char)(bits >> held & 0xff);
        }
    }
    return used;
}

static bool says(slmi_wire text, const char *wanted)
{
    size_t len = strlen(wanted);
    return (size_t)(text.end - text.at) == len && memcmp(text.at, wanted, len) == 0;
}

/* google.protobuf.Duration { seconds = 1, nanos = 2 } */
static uint32_t read_duration(slmi_wire duration)
{
    slmi_wire_field part;
    int64_t seconds = 0, nanos = 0;
    while (slmi_wire_next(&duration, &part)) {
        if (part.number == 1 && !part.sized)
            seconds = (int64_t)part.value;
        if (part.number == 2 && !part.sized)
            nanos = (int64_t)part.value;
    }
    if (seconds < 0 || nanos < 0)
        return 0;
    if (seconds >= SLMI_RETRY_AFTER_MAX_MS / 1000)
        return SLMI_RETRY_AFTER_MAX_MS;
    uint64_t part_ms = nanos < 1000000000 ? ((uint64_t)nanos + 999999) / 1000000 : 1000;
    return (uint32_t)(1000 * (uint64_t)seconds + part_ms);
}

/* google.protobuf.Any { type_url = 1, value = 2 } of a google.rpc.RetryInfo { retry_delay = 1 }. */
static bool read_any(slmi_wire any, uint32_t *delay_ms)
{
    slmi_wire_field part;
    slmi_wire value = { NULL, NULL };
    bool is_retry_info = false;
    while (slmi_wire_next(&any, &part)) {
        if (part.number == 1 && part.sized)
            is_retry_info = says(part.content, "type.googleapis.com/google.rpc.RetryInfo");
        if (part.number == 2 && part.sized)
            value = part.content;
    }
    if (!is_retry_info)
        return false;
    *delay_ms = 0;
    while (value.at && slmi_wire_next(&value, &part)) {
        if (part.number == 1 && part.sized)
            *delay_ms = read_duration(part.content);
    }
    return true;
}

bool slmi_grpc_retry_info(const char *details, size_t len, uint32_t *delay_ms)
{
    unsigned char bytes[DETAILS_MAX / 4 * 3];
    slmi_wire_field part;
    if (len > DETAILS_MAX)
        return false;
    slmi_wire status = slmi_wire_over(bytes, base64_decode(details, len, bytes));
    while (slmi_wire_next(&status, &part)) {
        if (part.number == 3 && part.sized && read_any(part.content, delay_ms))
            return true;
    }
    return false;
}
