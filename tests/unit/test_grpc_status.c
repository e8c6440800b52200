/* SPDX-License-Identifier: MIT */
/* The verdict tables of OTLP/gRPC, and what is read out of a receiver's untrusted words. */
#include "exporters/grpc_status.h"
#include "exporters/retry.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

/* OTLP specification, OTLP/gRPC Failures: each code, and whether it is tried again with and without a RetryInfo. */
Test(grpc_status, each_of_the_17_codes_has_its_verdict)
{
    static const struct {
        unsigned status;
        const char *name;
        slmi_verdict untold, told;
    } cases[] = {
        { 0, "OK", SLMI_ACCEPTED, SLMI_ACCEPTED },
        { 1, "CANCELLED", SLMI_RETRYABLE, SLMI_RETRYABLE },
        { 2, "UNKNOWN", SLMI_FATAL, SLMI_FATAL },
        { 3, "INVALID_ARGUMENT", SLMI_FATAL, SLMI_FATAL },
        { 4, "DEADLINE_EXCEEDED", SLMI_RETRYABLE, SLMI_RETRYABLE },
        { 5, "NOT_FOUND", SLMI_FATAL, SLMI_FATAL },
        { 6, "ALREADY_EXISTS", SLMI_FATAL, SLMI_FATAL },
        { 7, "PERMISSION_DENIED", SLMI_FATAL, SLMI_FATAL },
        { 8, "RESOURCE_EXHAUSTED", SLMI_FATAL, SLMI_RETRYABLE },
        { 9, "FAILED_PRECONDITION", SLMI_FATAL, SLMI_FATAL },
        { 10, "ABORTED", SLMI_RETRYABLE, SLMI_RETRYABLE },
        { 11, "OUT_OF_RANGE", SLMI_RETRYABLE, SLMI_RETRYABLE },
        { 12, "UNIMPLEMENTED", SLMI_FATAL, SLMI_FATAL },
        { 13, "INTERNAL", SLMI_FATAL, SLMI_FATAL },
        { 14, "UNAVAILABLE", SLMI_RETRYABLE, SLMI_RETRYABLE },
        { 15, "DATA_LOSS", SLMI_RETRYABLE, SLMI_RETRYABLE },
        { 16, "UNAUTHENTICATED", SLMI_FATAL, SLMI_FATAL },
        { 17, "", SLMI_FATAL, SLMI_FATAL },
        { 9999, "", SLMI_FATAL, SLMI_FATAL },
    };
    cr_assert(eq(sz, sizeof cases / sizeof *cases, SLMI_GRPC_CODES + 2));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned status = cases[i].status;
        cr_expect(eq(int, (int)slmi_grpc_verdict(status, false), (int)cases[i].untold), "%u", status);
        cr_expect(eq(int, (int)slmi_grpc_verdict(status, true), (int)cases[i].told), "%u", status);
        cr_expect(eq(str, (char *)slmi_grpc_status_name(status), (char *)cases[i].name), "%u", status);
    }
}

/* gRPC, HTTP to gRPC Status Code Mapping. */
Test(grpc_status, an_http_status_stands_for_a_code)
{
    static const unsigned expected[][2] = { { 400, 13 }, { 401, 16 }, { 403, 7 }, { 404, 12 }, { 429, 14 }, { 502, 14 },
                                            { 503, 14 }, { 504, 14 }, { 200, 2 }, { 204, 2 },  { 500, 2 },  { 0, 2 } };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        cr_expect(eq(uint, slmi_grpc_status_of_http((long)expected[i][0]), expected[i][1]), "%u", expected[i][0]);
}

/* gRPC over HTTP2, HTTP2 Transport Mapping, Errors: from NO_ERROR to HTTP_1_1_REQUIRED. */
Test(grpc_status, a_reset_stands_for_a_code)
{
    static const unsigned expected[] = { 13, 13, 13, 13, 13, 13, 13, 14, 1, 13, 13, 8, 7, 2 };
    for (unsigned code = 0; code < sizeof expected / sizeof *expected; code++)
        cr_expect(eq(uint, slmi_grpc_status_of_reset(code), expected[code]), "%u", code);
}

Test(grpc_status, a_status_is_decimal_digits)
{
    static const struct {
        const char *text;
        unsigned status;
    } cases[] = { { "0", 0 },  { "14", 14 }, { "007", 7 }, { "99", 99 },   { "", 2 },
                  { "-1", 2 }, { "1x", 2 },  { " 1", 2 },  { "00000", 2 }, { "4294967296", 2 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect(eq(uint, slmi_grpc_status_parse(cases[i].text, strlen(cases[i].text)), cases[i].status), "%s",
                  cases[i].text);
}

Test(grpc_status, a_message_is_percent_decoded)
{
    static const struct {
        const char *message, *decoded;
    } cases[] = {
        { "too woolly", "too woolly" }, { "%74oo%20woolly", "too woolly" }, { "100%", "100%" },
        { "100%2", "100%2" },           { "%zz%4a%4A", "%zzJJ" },           { "", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        size_t len = strlen(cases[i].message);
        memcpy(text, cases[i].message, len);
        text[slmi_grpc_message_decode(text, len)] = '\0';
        cr_expect(eq(str, text, (char *)cases[i].decoded));
    }
}

/* A google.rpc.Status of code 8 with one detail, encoded apart from our own code, by the description of the wire
 * format.
 */
#define RETRY_IN_2_5_S "CAgSBGZ1bGwaNgoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIKCggIAhCAyrXuAQ"

Test(grpc_status, the_receivers_wish_is_found_in_the_details)
{
    static const struct {
        const char *why, *details;
        bool found;
        uint32_t delay_ms;
    } cases[] = {
        { "without padding", RETRY_IN_2_5_S, true, 2500 },
        { "with padding", RETRY_IN_2_5_S "==", true, 2500 },
        { "several values", RETRY_IN_2_5_S ",CAg", true, 2500 },
        { "no delay in it", "CAgaLgoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxICCgA", true, 0 },
        { "no value at all", "CAgaKgoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbw", true, 0 },
        { "a century", "CAgaNAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIICgYIgLzg3ws", true,
          SLMI_RETRY_AFTER_MAX_MS },
        { "below zero", "CAgaOQoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxINCgsI////////////AQ", true, 0 },
        { "a nanosecond", "CAgaMAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIECgIQAQ", true, 1 },
        { "another detail", "CAgaKQondHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLkhlbHBJbmZv", false, 7 },
        { "cut short", "CAgSBGZ1bGwaNAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29n", false, 7 },
        { "nothing", "", false, 7 },
        { "no base64", "!!!!", false, 7 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t delay_ms = 7;
        bool found = slmi_grpc_retry_info(cases[i].details, strlen(cases[i].details), &delay_ms);
        cr_expect(eq(int, found, cases[i].found), "%s", cases[i].why);
        cr_expect(eq(u32, delay_ms, cases[i].delay_ms), "%s", cases[i].why);
    }
}

Test(grpc_status, details_that_are_too_long_are_no_wish)
{
    static char details[65536];
    uint32_t delay_ms;
    memset(details, 'C', sizeof details);
    cr_expect(not(slmi_grpc_retry_info(details, sizeof details, &delay_ms)));
    cr_expect(not(slmi_grpc_retry_info(details, 8192, &delay_ms)));
}
