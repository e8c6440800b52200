/* SPDX-License-Identifier: MIT */
/* What HTTP servers and clients share. */
#ifndef SPANLOOM_PROPAGATION_HTTP_H
#define SPANLOOM_PROPAGATION_HTTP_H

#include <spanloom/http.h>
#include <spanloom/value.h>

enum { SLMI_HTTP_TEXT_MAX = 4096 };

/* Whether it is a method that stands for itself in names; RFC 9110 9, RFC 5789. Methods are case-sensitive. */
bool slmi_http_method_is_known(slm_string method);

/* The methods as attributes: `_OTHER` for one that is not known, which is then the original. */
slm_value slmi_http_method(slm_string method);
slm_value slmi_http_method_original(slm_string method);

/* "METHOD ROUTE", "METHOD" or "HTTP ROUTE", cut at `room` and terminated. */
void slmi_http_name(const char *method, slm_string route, char *out, size_t room);

/* The status of an answer on a span, which is an error from `errors_from` on; or an error without one. */
void slmi_http_finish(slm_span span, unsigned status, unsigned errors_from, const char *error, const char *text);

/* A host and, after a colon, a port. `*port` is 0 without. Of an IPv6 literal the brackets go. */
slm_string slmi_http_host(slm_string authority, unsigned *port);

/* A URL taken apart; parts point into it, and are absent where it has none. */
typedef struct slmi_http_url {
    slm_string scheme;              /* empty for none */
    slm_string prefix;              /* the scheme, its colon and slashes */
    slm_string userinfo, authority; /* the latter without the user */
    slm_string rest;                /* path, query, fragment */
} slmi_http_url;
slmi_http_url slmi_http_url_split(slm_string url);

/* Writes a URL without its credentials, a query (without its '?') without its signatures; cut at `room`. The length. */
size_t slmi_http_url_redact(slm_string url, char *out, size_t room);
size_t slmi_http_query_redact(slm_string query, char *out, size_t room);

#endif
