/* SPDX-License-Identifier: MIT */
/* One POST at a time to one URL, over libcurl, kept alive in between. One thread, the loop's. */
#ifndef SPANLOOM_EXPORTERS_HTTP_H
#define SPANLOOM_EXPORTERS_HTTP_H

#include "exporters/announcement.h"
#include "exporters/loop.h"
#include "exporters/names.h"
#include "exporters/pem.h"
#include "exporters/transport.h"
#include "exporters/url.h"

enum {
    SLMI_HTTP_REQUEST_MAX = 64 * 1024 * 1024, /* OTLP Exporter: a larger request is not sent */
    SLMI_HTTP_RESPONSE_MAX = 4 * 1024 * 1024, /* OTLP Exporter: a larger answer is an error that is not retried */
    SLMI_HTTP_HEADERS_MAX = 256 * 1024        /* of an answer, the interim ones included */
};

/* What the body of a success says: sets the verdict, `rejected` and `text` of an answer that is SLMI_ACCEPTED so far.
 */
typedef void slmi_reply_reader(const char *body, size_t len, slmi_answer *answer);

/* Told of each end of a request, with what a success announced; NULL if it was none. */
typedef void slmi_http_hear(void *user, const slmi_announcement *announcement);

typedef struct slmi_http_options {
    slmi_url url;
    slmi_proxy proxy;
    const char *content_type;   /* borrowed for the call */
    const char *const *headers; /* "name: value", `header_count` of them; borrowed for the call */
    size_t header_count;
    bool gzip;                     /* send bodies compressed */
    slmi_reply_reader *read_reply; /* NULL: every success is complete */
    slmi_pem ca, certificate, key; /* empty: what libcurl trusts, none, none. Borrowed. */
    slmi_http_hear *hear;          /* NULL: nobody is told */
    void *hears;                   /* what it is called with */
} slmi_http_options;

/* NULL without memory, or in a build without libcurl. `loop` and `names` outlive it. */
slmi_transport *slmi_http_new(slmi_loop *loop, slmi_names *names, const slmi_http_options *options);

#endif
