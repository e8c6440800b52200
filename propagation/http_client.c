/* SPDX-License-Identifier: MIT */
#define SLM_TARGET "http"
#include "propagation/http.h"
#include <spanloom/trace.h>

static slm_value full_url(slm_string url, char *room)
{
    if (url.len == 0)
        return slm_value_empty();
    return slm_value_string(room, slmi_http_url_redact(url, room, SLMI_HTTP_TEXT_MAX));
}

static slm_value host_of(const slmi_http_url *url)
{
    unsigned port;
    slm_string host = slmi_http_host(url->authority, &port);
    return slm_value_string(host.data, host.len < SLMI_HTTP_TEXT_MAX ? host.len : SLMI_HTTP_TEXT_MAX);
}

static slm_value port_of(const slmi_http_url *url)
{
    unsigned port;
    slm_string host = slmi_http_host(url->authority, &port);
    bool secure = url->scheme.len == 5 && memcmp(url->scheme.data, "https", 5) == 0;
    if (host.len == 0)
        return slm_value_empty();
    return slm_value_i64(port ? port : secure ? 443 : 80);
}

static slm_value count_of(uint32_t count)
{
    return count > 0 ? slm_value_i64(count) : slm_value_empty();
}

static void name_span(slm_span span, slm_string method, slm_string route)
{
    char name[512], verb[24] = "HTTP";
    if (slmi_http_method_is_known(method)) {
        memcpy(verb, method.data, method.len);
        verb[method.len] = '\0';
    }
    slmi_http_name(verb, route, name, sizeof name);
    slm_span_set_name(span, name);
}

slm_span slm_http_client_begin(const slm_http_call *call)
{
    char room[SLMI_HTTP_TEXT_MAX];
    if (!call || call->size < sizeof *call)
        return (slm_span){ 0 };
    slm_string verb = call->method.len > 0 ? call->method : slm_string_from_c("GET");
    const slmi_http_url url = slmi_http_url_split(call->url);
    slm_span span =
        SLM_SPAN_WITH((.kind = SLM_KIND_CLIENT, .parent = call->parent), "HTTP client",
                      ("http.request.method", SLM_VALUE(slmi_http_method(verb))),
                      ("http.request.method_original", SLM_VALUE(slmi_http_method_original(verb))),
                      ("url.full", SLM_VALUE(full_url(call->url, room))),
                      ("url.template", SLM_VALUE(slm_value_string(call->route.data, call->route.len))),
                      ("server.address", SLM_VALUE(host_of(&url))), ("server.port", SLM_VALUE(port_of(&url))),
                      ("http.request.resend_count", SLM_VALUE(count_of(call->resend_count))));
    if (slm_span_is_enabled(span))
        name_span(span, verb, call->route);
    return span;
}

void slm_http_client_set_method(slm_span span, slm_string method, slm_string route)
{
    if (!slm_span_is_enabled(span) || method.len == 0)
        return;
    SLM_SET(span, "http.request.method", SLM_VALUE(slmi_http_method(method)));
    if (!slmi_http_method_is_known(method))
        SLM_SET(span, "http.request.method_original", SLM_VALUE(slmi_http_method_original(method)));
    name_span(span, method, route);
}

void slm_http_client_end(slm_span span, unsigned status, const char *error, const char *text)
{
    slmi_http_finish(span, status, 400, error, text);
}
