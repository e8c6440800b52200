/* SPDX-License-Identifier: MIT */
#define SLM_TARGET "http"
#include "propagation/http.h"
#include "propagation/carrier.h"
#include <spanloom/propagator.h>
#include <spanloom/trace.h>

static slm_value text_of(slm_string text)
{
    return slm_value_string(text.data, text.len < SLMI_HTTP_TEXT_MAX ? text.len : SLMI_HTTP_TEXT_MAX);
}

static slm_value text_or(slm_string text, const char *other)
{
    return text.len > 0 ? text_of(text) : slm_value_string(other, strlen(other));
}

static slm_value number_of(unsigned number)
{
    return number > 0 ? slm_value_i64(number) : slm_value_empty();
}

static slm_string header(const slm_http_request *request, const char *name)
{
    uintptr_t cursor = 0;
    slm_string value = { NULL, 0 };
    if (!slmi_getter_is_usable(request->getter) ||
        !request->getter->get(request->carrier, slm_string_from_c(name), &cursor, &value))
        return (slm_string){ NULL, 0 };
    while (value.len > 0 && (value.data[0] == ' ' || value.data[0] == '\t'))
        value = slm_string_of(value.data + 1, value.len - 1);
    while (value.len > 0 && (value.data[value.len - 1] == ' ' || value.data[value.len - 1] == '\t'))
        value.len--;
    return value;
}

/* What the request line names: a path and its query. RFC 9112 3.2. */
struct target {
    slm_string path, query;
};

static struct target split(slm_string target)
{
    struct target parts = { { NULL, 0 }, { NULL, 0 } };
    if (target.len > 0 && target.data[0] != '/')
        target = memchr(target.data, '/', target.len) ? slmi_http_url_split(target).rest : (slm_string){ NULL, 0 };
    const char *fragment = target.len ? memchr(target.data, '#', target.len) : NULL;
    if (fragment)
        target.len = (size_t)(fragment - target.data);
    const char *question = target.len ? memchr(target.data, '?', target.len) : NULL;
    size_t end = question ? (size_t)(question - target.data) : target.len;
    parts.path = slm_string_of(target.data, end);
    if (question)
        parts.query = slm_string_of(question + 1, target.len - end - 1);
    return parts;
}

static slm_value query_of(slm_string query, char *room)
{
    if (query.len == 0)
        return slm_value_empty();
    return slm_value_string(room, slmi_http_query_redact(query, room, SLMI_HTTP_TEXT_MAX));
}

static slm_span start(const slm_http_request *r, slm_parent parent, const slm_link *link)
{
    char query[SLMI_HTTP_TEXT_MAX];
    unsigned port;
    struct target target = split(r->target);
    slm_string host = slmi_http_host(r->host.len > 0 ? r->host : header(r, "host"), &port);
    slm_string peer = r->peer_address, client = r->client.len > 0 ? r->client : peer;
    return SLM_SPAN_WITH(
        (.kind = SLM_KIND_SERVER, .parent = parent, .links = link, .link_count = link != NULL), "HTTP server",
        ("http.request.method", SLM_VALUE(slmi_http_method(r->method))),
        ("http.request.method_original", SLM_VALUE(slmi_http_method_original(r->method))),
        ("url.scheme", SLM_VALUE(text_or(r->scheme, "http"))), ("url.path", SLM_VALUE(text_of(target.path))),
        ("url.query", SLM_VALUE(query_of(target.query, query))), ("http.route", SLM_VALUE(text_of(r->route))),
        ("server.address", SLM_VALUE(text_of(host))), ("server.port", SLM_VALUE(number_of(port))),
        ("network.protocol.version", SLM_VALUE(text_of(r->version))), ("client.address", SLM_VALUE(text_of(client))),
        ("network.peer.address", SLM_VALUE(text_of(peer))), ("network.peer.port", SLM_VALUE(number_of(r->peer_port))),
        ("user_agent.original", SLM_VALUE(text_of(header(r, "user-agent")))));
}

static void name_span(const slm_http_server *server, slm_string route)
{
    char name[512];
    slmi_http_name(server->method, route, name, sizeof name);
    slm_span_set_name(server->span, name);
}

slm_http_server slm_http_server_begin(const slm_http_request *request)
{
    slm_http_server server = { .context = { 0 } };
    const slm_http_request none = { .size = sizeof none };
    if (!request || request->size < sizeof *request)
        request = &none;
    char baggage[SLM_BAGGAGE_BYTES_MAX];
    slm_carried carried = { .size = sizeof carried, .baggage = SLM_BAGGAGE_IN(baggage) };
    bool found = request->getter &&
                 slm_propagators_extract(slm_get_propagators(), request->getter, request->carrier, &carried) == SLM_OK;
    if (request->untrusted) {
        bool known = found && slm_span_context_is_valid(&carried.span);
        const slm_link link = { .context = &carried.span };
        server.span = start(request, SLM_ROOT, known ? &link : NULL);
    } else {
        server.context = found ? slm_context_of_carried(&carried) : (slm_context){ 0 };
        server.span = start(request, slm_under_context(&server.context), NULL);
        if (found)
            slm_span_set_baggage(server.span, &carried.baggage, request->baggage_keys);
    }
    bool known = slmi_http_method_is_known(request->method);
    memcpy(server.method, known ? request->method.data : "HTTP", known ? request->method.len : 4);
    if (slm_span_is_enabled(server.span)) {
        slm_context_release(&server.context); /* the span carries all of it */
        name_span(&server, request->route);
    }
    return server;
}

slm_token slm_http_server_enter(const slm_http_server *server)
{
    return slm_span_is_enabled(server->span) ? slm_enter(server->span) : slm_context_attach(&server->context);
}

void slm_http_server_set_route(const slm_http_server *server, slm_string route)
{
    if (!slm_span_is_enabled(server->span))
        return;
    if (route.len > 0)
        SLM_SET(server->span, "http.route", SLM_VALUE(text_of(route)));
    name_span(server, route);
}

void slm_http_server_end(slm_http_server *server, unsigned status, const char *error, const char *text)
{
    slmi_http_finish(server->span, status, 500, error, text);
    server->span = (slm_span){ 0 };
    slm_context_release(&server->context);
}
