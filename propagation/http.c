/* SPDX-License-Identifier: MIT */
/* Names, methods and status of HTTP spans. */
#include "propagation/http.h"
#include <spanloom/trace.h>

#include <stdio.h>

bool slmi_http_method_is_known(slm_string method)
{
    static const char *const known[] = {
        "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE", "PATCH"
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (slm_string_equal(method, slm_string_from_c(known[i])))
            return true;
    }
    return false;
}

slm_value slmi_http_method(slm_string method)
{
    if (!slmi_http_method_is_known(method))
        method = slm_string_from_c("_OTHER");
    return slm_value_string(method.data, method.len);
}

slm_value slmi_http_method_original(slm_string method)
{
    if (method.len == 0 || slmi_http_method_is_known(method))
        return slm_value_empty();
    return slm_value_string(method.data, method.len < SLMI_HTTP_TEXT_MAX ? method.len : SLMI_HTTP_TEXT_MAX);
}

void slmi_http_name(const char *method, slm_string route, char *out, size_t room)
{
    size_t len = strlen(method);
    if (len >= room)
        len = room - 1;
    memcpy(out, method, len);
    if (route.len > 0 && len + 2 < room) {
        size_t fits = route.len < room - len - 2 ? route.len : room - len - 2;
        out[len++] = ' ';
        memcpy(out + len, route.data, fits);
        len += fits;
    }
    out[len] = '\0';
}

void slmi_http_finish(slm_span span, unsigned status, unsigned errors_from, const char *error, const char *text)
{
    char code[16];
    if (!slm_span_is_enabled(span))
        return;
    if (status > 0)
        SLM_SET(span, "http.response.status_code", (int64_t)status);
    if (!error && status >= errors_from) {
        snprintf(code, sizeof code, "%u", status);
        error = code;
    }
    if (error) {
        SLM_SET(span, "error.type", error);
        slm_span_set_status(span, SLM_SPAN_ERROR, text);
    }
    slm_span_end(span);
}
