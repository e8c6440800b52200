/* SPDX-License-Identifier: MIT */
/* The URL of a receiver, and the proxy on the way to it. Stricter than RFC 3986 (http and https only, no fragment, no
 * percent in the host), so that whoever parses it again finds the same host. */
#ifndef SPANLOOM_EXPORTERS_URL_H
#define SPANLOOM_EXPORTERS_URL_H

#include <spanloom/status.h>

enum { SLMI_URL_BYTES = 2048, SLMI_HOST_BYTES = 256, SLMI_SOCKET_BYTES = 108 };

/* Host and port of a URL or of a proxy. */
typedef struct slmi_authority {
    char host[SLMI_HOST_BYTES]; /* without brackets */
    uint16_t port;
    bool numeric; /* an address, or localhost: nobody need be asked for it */
    bool local;   /* this machine, by its loopback */
} slmi_authority;

typedef struct slmi_url {
    char text[SLMI_URL_BYTES];
    char shown[SLMI_URL_BYTES]; /* `text` without user and password */
    slmi_authority authority;
    char socket[SLMI_SOCKET_BYTES]; /* path of a Unix socket that leads there; "" for none */
    bool tls;
} slmi_url;

/* `text` as a URL, its path "/" if it has none. SLM_ERR_MALFORMED if it is none, SLM_ERR_LIMIT if it is too long; `out`
 * is untouched then. */
SLM_NODISCARD slm_status slmi_url_parse(const char *text, slmi_url *out);
/* The same of `base` with `path` (without a leading slash) below its own path, in front of its query. OTLP Exporter,
 * Endpoint URLs for OTLP/HTTP. */
SLM_NODISCARD slm_status slmi_url_parse_base(const char *base, const char *path, slmi_url *out);

/* `base` with the plain path `path` (its slash included) in place of its own path and query. SLM_ERR_LIMIT if that is
 * too long. */
SLM_NODISCARD slm_status slmi_url_at(const slmi_url *base, const char *path, slmi_url *out);

/* "unix:/path" or "unix:///path": plain HTTP through that socket, to `path` (without a leading slash). Errors as
 * slmi_url_parse(). */
SLM_NODISCARD slm_status slmi_url_parse_unix(const char *text, const char *path, slmi_url *out);

typedef struct slmi_proxy {
    char text[SLMI_URL_BYTES]; /* as libcurl takes it; "" for none */
    slmi_authority authority;
    bool resolves_target; /* it is given the target's name; else (SOCKS4, SOCKS5) an address */
} slmi_proxy;

/* The values of the proxy variables; NULL where unset. */
typedef struct slmi_proxy_environment {
    const char *http_proxy, *https_proxy, *all_proxy, *no_proxy;
} slmi_proxy_environment;

/* The proxy that leads to `url`, or none. A malformed one is SLM_ERR_MALFORMED, and `out` says none. */
SLM_NODISCARD slm_status slmi_proxy_choose(const slmi_url *url, const slmi_proxy_environment *environment,
                                           slmi_proxy *out);

#endif
