/* SPDX-License-Identifier: MIT */
/* Zipkin v2, remoteEndpoint: whom a span called. OpenTelemetry to Zipkin Transformation, Remote endpoint. */
#include "tests/unit/encoding.h"

static const slm_field service[] = { { { "service.name", 12 },
                                       { .type = SLM_TYPE_STRING, .as = { .s = "shop" }, .len = 4 } } };
static const slm_resource resource = { .fields = service, .field_count = 1 };

/* The one span that `span` becomes; to be deleted. */
static cJSON *encoded(const slm_span_data *span)
{
    slmi_buffer body = encode_all(&slmi_encoder_zipkin_json, &resource, span, 1);
    cJSON *list = cJSON_ParseWithLength(body.data, body.len);
    cr_assert(eq(int, cJSON_GetArraySize(list), 1));
    cJSON *only = cJSON_DetachItemFromArray(list, 0);
    cJSON_Delete(list);
    slmi_buffer_free(&body);
    return only;
}

static const struct {
    const char *why, *key, *text, *port_key;
    int64_t port;
    const char *member;
    int expected_port;
} endpoints[] = {
    { "a service's name", "peer.service", "billing", NULL, 0, "serviceName", 0 },
    { "its newer name", "service.peer.name", "billing", NULL, 0, "serviceName", 0 },
    { "a host's name", "server.address", "db.example", NULL, 0, "serviceName", 0 },
    { "a host given as an address", "server.address", "10.0.0.1", NULL, 0, "ipv4", 0 },
    { "v4 and port", "network.peer.address", "192.0.2.7", "network.peer.port", 443, "ipv4", 443 },
    { "v6 and port", "network.peer.address", "2001:db8::1", "network.peer.port", 65535, "ipv6", 65535 },
    { "the longest v6", "net.sock.peer.addr", "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "net.sock.peer.port", 1,
      "ipv6", 1 },
    { "port zero is never sent", "network.peer.address", "192.0.2.7", "network.peer.port", 0, "ipv4", 0 },
    { "nor one too large", "network.peer.address", "192.0.2.7", "network.peer.port", 65536, "ipv4", 0 },
    { "nor a negative one", "network.peer.address", "192.0.2.7", "network.peer.port", -1, "ipv4", 0 },
    { "nor another's", "network.peer.address", "192.0.2.7", "net.sock.peer.port", 80, "ipv4", 0 },
    { "a socket path", "network.peer.address", "/tmp/my.sock", NULL, 0, "serviceName", 0 },
    { "no address", "server.address", "10.0.0.256", NULL, 0, "serviceName", 0 },
    { "a zone", "server.address", "fe80::1%eth0", NULL, 0, "serviceName", 0 },
    { "longer than an address can be", "server.address", "a-host-with-a-very-long-name.in.a.very.long.domain.example",
      NULL, 0, "serviceName", 0 },
    { "a database", "db.name", "orders", NULL, 0, "serviceName", 0 },
};

Test(zipkin_endpoint, a_caller_says_whom_it_called)
{
    for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++) {
        slm_field fields[] = { field_of("other", text_of("x")), field_of(endpoints[i].key, text_of(endpoints[i].text)),
                               field_of(endpoints[i].port_key, slm_value_i64(endpoints[i].port)) };
        slm_span_data span = plain_span();
        span.kind = i % 2 ? SLM_KIND_CLIENT : SLM_KIND_PRODUCER;
        span.fields = fields;
        span.field_count = endpoints[i].port_key ? 3 : 2;
        cJSON *got = encoded(&span);
        const cJSON *remote = member(got, "remoteEndpoint");
        cr_expect(eq(str, (char *)string_member(remote, endpoints[i].member), (char *)endpoints[i].text), "%s",
                  endpoints[i].why);
        cr_expect(eq(int, cJSON_GetArraySize(remote), 1 + (endpoints[i].expected_port > 0)), "%s", endpoints[i].why);
        if (endpoints[i].expected_port > 0)
            cr_expect(eq(dbl, number_member(remote, "port"), endpoints[i].expected_port));
        cr_expect(eq(str, (char *)string_member(member(got, "tags"), endpoints[i].key), (char *)endpoints[i].text));
        cJSON_Delete(got);

        span.kind = SLM_KIND_SERVER;
        got = encoded(&span);
        cr_expect(not(has(got, "remoteEndpoint")));
        cJSON_Delete(got);
    }
}

Test(zipkin_endpoint, the_best_ranked_attribute_wins_wherever_it_stands)
{
    static const char *const ranked[] = {
        "peer.service",         "service.peer.name",    "server.address",        "net.peer.name",
        "network.peer.address", "server.socket.domain", "server.socket.address", "net.sock.peer.name",
        "net.sock.peer.addr",   "peer.hostname",        "peer.address",          "db.name",
    };
    enum { RANKS = sizeof ranked / sizeof *ranked };
    for (size_t best = 0; best < RANKS; best++) {
        for (size_t turn = 0; turn < RANKS; turn++) {
            slm_field fields[RANKS];
            for (size_t i = 0; i < RANKS; i++) {
                size_t rank = (i + turn) % RANKS;
                slm_value worse = rank % 2 ? text_of("") : slm_value_i64(1); /* neither names anybody */
                fields[i] = field_of(ranked[rank], rank < best ? worse : text_of(ranked[rank]));
            }
            slm_span_data span = plain_span();
            span.kind = SLM_KIND_CLIENT;
            span.fields = fields;
            span.field_count = RANKS;
            cJSON *got = encoded(&span);
            cr_assert(
                eq(str, (char *)string_member(member(got, "remoteEndpoint"), "serviceName"), (char *)ranked[best]));
            cJSON_Delete(got);
        }
    }
}
