/* SPDX-License-Identifier: MIT */
#include "exporters/zipkin_endpoint.h"

#include "exporters/json_writer.h"

#include <arpa/inet.h>

enum { NO_RANK = 255 };

/* The clause's ranking, best first; with service.peer.name, which replaces peer.service, beside it. */
static const struct {
    slm_string key;
    slm_string port_key; /* absent: the clause names none */
} ranking[] = {
    { SLMI_STRING("peer.service"), { NULL, 0 } },
    { SLMI_STRING("service.peer.name"), { NULL, 0 } },
    { SLMI_STRING("server.address"), { NULL, 0 } },
    { SLMI_STRING("net.peer.name"), { NULL, 0 } },
    { SLMI_STRING("network.peer.address"), SLMI_STRING("network.peer.port") },
    { SLMI_STRING("server.socket.domain"), { NULL, 0 } },
    { SLMI_STRING("server.socket.address"), SLMI_STRING("server.socket.port") },
    { SLMI_STRING("net.sock.peer.name"), { NULL, 0 } },
    { SLMI_STRING("net.sock.peer.addr"), SLMI_STRING("net.sock.peer.port") },
    { SLMI_STRING("peer.hostname"), { NULL, 0 } },
    { SLMI_STRING("peer.address"), { NULL, 0 } },
    { SLMI_STRING("db.name"), { NULL, 0 } },
};

static unsigned rank_of(slm_string key)
{
    for (unsigned i = 0; i < sizeof ranking / sizeof *ranking; i++) {
        if (slm_string_equal(key, ranking[i].key))
            return i;
    }
    return NO_RANK;
}

/* The port number in the field named `key`; 0 if there is none that is one. */
static unsigned port_in(const slm_span_data *span, slm_string key)
{
    for (uint32_t i = 0; i < span->field_count; i++) {
        const slm_value *value = &span->fields[i].value;
        bool number = value->type == SLM_TYPE_I64 || value->type == SLM_TYPE_U64;
        /* As unsigned, a negative number is out of range as well. */
        if (number && value->as.u <= UINT16_MAX && slm_string_equal(span->fields[i].key, key))
            return (unsigned)value->as.u;
    }
    return 0;
}

/* The member that an address belongs in. Zipkin refuses nothing here but loses an address that is none. */
static const char *member_of(slm_string address)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t binary[16];
    if (address.len >= sizeof text)
        return "serviceName";
    memcpy(text, address.data, address.len);
    text[address.len] = '\0';
    if (memchr(text, '\0', address.len))
        return "serviceName";
    if (inet_pton(AF_INET, text, binary) == 1)
        return "ipv4";
    return inet_pton(AF_INET6, text, binary) == 1 ? "ipv6" : "serviceName";
}

char *slmi_zipkin_remote_endpoint(slmi_buffer *body, char *at, const slm_span_data *span)
{
    unsigned best = NO_RANK;
    slm_string address = { NULL, 0 };
    for (uint32_t i = 0; i < span->field_count; i++) {
        const slm_field *field = &span->fields[i];
        if (field->value.type != SLM_TYPE_STRING || field->value.len == 0)
            continue;
        unsigned rank = rank_of(field->key);
        if (rank < best) {
            best = rank;
            address = slm_string_of(field->value.as.s, field->value.len);
        }
    }
    if (best == NO_RANK)
        return at;

    const char *member = member_of(address);
    at = SLMI_PUT(at, ",\"remoteEndpoint\":{\"");
    at = slmi_json_literal(at, member, strlen(member));
    at = slmi_json_text(body, SLMI_PUT(at, "\":\""), address);
    if (!at)
        return NULL;
    *at++ = '"';
    unsigned port = ranking[best].port_key.data ? port_in(span, ranking[best].port_key) : 0;
    if (port > 0)
        at = slmi_json_u64(SLMI_PUT(at, ",\"port\":"), port);
    return slmi_json_room(body, SLMI_PUT(at, "}"), 0);
}
