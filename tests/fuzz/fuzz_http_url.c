/* SPDX-License-Identifier: MIT */
/* A URL that was redacted has no user but REDACTED, and is not changed by being redacted again. */
#include "propagation/http.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check_user(slm_string url)
{
    slm_string user = slmi_http_url_split(url).userinfo;
    FUZZ_ASSERT(!user.data || slm_string_equal(user, slm_string_from_c("REDACTED")) ||
                slm_string_equal(user, slm_string_from_c("REDACTED:REDACTED")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char once[1 << 16], twice[1 << 16];
    unsigned port;
    slm_string url = slm_string_of((const char *)data, size);
    size_t len = slmi_http_url_redact(url, once, sizeof once);
    FUZZ_ASSERT(len <= sizeof once);
    if (len < sizeof once) { /* not cut */
        slm_string redacted = slm_string_of(once, len);
        check_user(redacted);
        FUZZ_ASSERT(slmi_http_url_redact(redacted, twice, sizeof twice) == len && memcmp(once, twice, len) == 0);
    }
    slm_string host = slmi_http_host(slmi_http_url_split(url).authority, &port);
    FUZZ_ASSERT(port <= 65535 && host.len <= size);
    len = slmi_http_query_redact(url, once, size);
    FUZZ_ASSERT(len <= size);
    return 0;
}
