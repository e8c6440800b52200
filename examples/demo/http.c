/* SPDX-License-Identifier: MIT */
#include "examples/demo/http.h"
#include <spanloom/carrier.h>

#include <arpa/inet.h>
#include <string.h>

/* libmicrohttpd shows a request's headers one by one; a getter is asked for one name's values, one by one. */
struct search {
    slm_string name;
    uintptr_t skip; /* How many of that name were given before. */
    slm_string *value;
    bool found;
};

static enum MHD_Result look_at(void *context, enum MHD_ValueKind kind, const char *name, size_t name_len,
                               const char *value, size_t value_len)
{
    struct search *search = context;
    (void)kind;
    if (!slm_header_name_is(slm_string_of(name, name_len), search->name))
        return MHD_YES; /* Go on. */
    if (search->skip > 0) {
        search->skip--;
        return MHD_YES;
    }
    *search->value = slm_string_of(value ? value : "", value_len);
    search->found = true;
    return MHD_NO;
}

static bool next_header(const void *carrier, slm_string name, uintptr_t *cursor, slm_string *value)
{
    struct search search = { .name = name, .skip = *cursor, .value = value };
    MHD_get_connection_values_n((struct MHD_Connection *)carrier, MHD_HEADER_KIND, look_at, &search);
    *cursor += 1;
    return search.found;
}

static const char *address_text(const struct sockaddr *address, char *room, size_t size)
{
    if (address->sa_family == AF_INET6)
        return inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, room,
                         (socklen_t)size);
    return inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, room, (socklen_t)size);
}

static uint16_t address_port(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)(const void *)address)->sin6_port);
    return ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port);
}

slm_http_server http_begin(struct MHD_Connection *connection, const char *method, const char *path, const char *route)
{
    static const slm_getter headers = { .size = sizeof headers, .get = next_header };
    char peer[INET6_ADDRSTRLEN] = "";
    const struct sockaddr *address =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    const slm_http_request request = {
        .size = sizeof request,
        .method = slm_string_from_c(method),
        .target = slm_string_from_c(path),
        .version = slm_string_from_c("1.1"),
        .route = slm_string_from_c(route),
        .peer_address = slm_string_from_c(address_text(address, peer, sizeof peer)),
        .peer_port = address_port(address),
        .getter = &headers,
        .carrier = connection,
    };
    return slm_http_server_begin(&request);
}

enum MHD_Result http_answer(struct MHD_Connection *connection, unsigned status, const char *text)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

struct sockaddr_in http_loopback(void)
{
    return (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

uint16_t http_port(struct MHD_Daemon *daemon)
{
    return MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}
