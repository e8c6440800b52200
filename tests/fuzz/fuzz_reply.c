/* SPDX-License-Identifier: MIT */
/* Whatever a receiver writes back, the verdict is its status's, and what we say of it is one short line. */
#include "exporters/http_answer.h"
#include "exporters/reply.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const long statuses[] = { 200, 202, 307, 400, 404, 429, 500, 503 };
    slmi_url url;
    FUZZ_ASSERT(slmi_url_parse("http://c/", &url) == SLM_OK);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        slmi_answer answer;
        slmi_http_outcome outcome = { .result = CURLE_OK, .status = statuses[i], .detail = "", .retry_after_s = -1 };
        outcome.body = (const char *)data;
        outcome.body_len = size;
        bool protobuf = size % 2 == 1;
        outcome.reply_protobuf = protobuf;
        slmi_http_judge(&outcome, &url, protobuf ? slmi_reply_read_otlp_protobuf : slmi_reply_read_otlp, &answer);
        bool success = statuses[i] < 300;
        bool passing = statuses[i] == 429 || statuses[i] == 503;
        FUZZ_ASSERT(success == (answer.verdict == SLMI_ACCEPTED || answer.verdict == SLMI_PARTIAL));
        FUZZ_ASSERT(passing == (answer.verdict == SLMI_RETRYABLE));
        FUZZ_ASSERT(answer.retry_after_ms == 0);
        FUZZ_ASSERT(memchr(answer.text, '\0', sizeof answer.text) != NULL);
        for (const char *c = answer.text; *c; c++)
            FUZZ_ASSERT((unsigned char)*c >= ' ' && *c != 0x7f);
    }
    return 0;
}
