/* SPDX-License-Identifier: MIT */
#include "exporters/grpc_headers.h"

#include "core/alloc.h"
#include "exporters/headers.h"
#include <spanloom/version.h>

#include <stdio.h>
#include <string.h>

enum { LONGEST_TIMEOUT_MS = 99999999 }; /* grpc-timeout has at most eight digits */

static void add(slmi_grpc_headers *h, const char *name, size_t name_len, const char *value)
{
    h->list[h->count++] = (nghttp2_nv){ .name = (uint8_t *)(uintptr_t)name,
                                        .value = (uint8_t *)(uintptr_t)value,
                                        .namelen = name_len,
                                        .valuelen = strlen(value) };
}

/* Splits "name: value", or "name;" for an empty value, in place. */
static char *split(char *line)
{
    char *at = line + strcspn(line, ":;");
    char *value = at;
    if (*at == ':')
        value = at + 1 + strspn(at + 1, " ");
    else if (*at == ';')
        value = at + 1;
    *at = '\0';
    return value;
}

static void lower(char *name)
{
    for (; *name; name++) {
        if (*name >= 'A' && *name <= 'Z')
            *name = (char)(*name - 'A' + 'a');
    }
}

static bool add_metadata(slmi_grpc_headers *h, const slmi_grpc_options *options)
{
    size_t room = 1;
    for (size_t i = 0; i < options->header_count; i++)
        room += strlen(options->headers[i]) + 1;
    h->metadata = slmi_alloc(room);
    if (!h->metadata)
        return false;
    char *at = h->metadata;
    for (size_t i = 0; i < options->header_count && i < SLMI_HEADERS_MAX; i++) {
        size_t len = strlen(options->headers[i]);
        if (!slmi_headers_is_metadata(options->headers[i]))
            continue;
        memcpy(at, options->headers[i], len + 1);
        const char *value = split(at);
        lower(at);
        add(h, at, strlen(at), value);
        at += len + 1;
    }
    return true;
}

static void name_authority(slmi_grpc_headers *h, const slmi_url *url)
{
    bool v6 = strchr(url->authority.host, ':') != NULL;
    if (url->socket[0])
        snprintf(h->authority, sizeof h->authority, "localhost");
    else
        snprintf(h->authority, sizeof h->authority, "%s%s%s:%u", v6 ? "[" : "", url->authority.host, v6 ? "]" : "",
                 (unsigned)url->authority.port);
}

#define OWN(name) name, sizeof(name) - 1

bool slmi_grpc_headers_init(slmi_grpc_headers *h, const slmi_grpc_options *options)
{
    *h = (slmi_grpc_headers){ .count = 0 };
    name_authority(h, &options->url);
    add(h, OWN(":method"), "POST");
    add(h, OWN(":scheme"), options->url.tls ? "https" : "http");
    add(h, OWN(":path"), options->path);
    add(h, OWN(":authority"), h->authority);
    add(h, OWN("te"), "trailers");
    add(h, OWN("content-type"), "application/grpc");
    add(h, OWN("user-agent"), "OTel-OTLP-Exporter-C/" SLM_VERSION_STRING);
    add(h, OWN("grpc-accept-encoding"), "identity,gzip");
    if (options->gzip)
        add(h, OWN("grpc-encoding"), "gzip");
    return add_metadata(h, options);
}

void slmi_grpc_headers_free(slmi_grpc_headers *h)
{
    slmi_free(h->metadata);
    h->metadata = NULL;
}

const nghttp2_nv *slmi_grpc_headers_list(slmi_grpc_headers *h, int left_ms, size_t *count)
{
    static const char name[] = "grpc-timeout";
    *count = h->count;
    if (left_ms < 0)
        return h->list;
    snprintf(h->timeout, sizeof h->timeout, "%dm", left_ms < LONGEST_TIMEOUT_MS ? left_ms : LONGEST_TIMEOUT_MS);
    add(h, OWN(name), h->timeout);
    /* The next call has a time of its own. */
    *count = h->count--;
    return h->list;
}
