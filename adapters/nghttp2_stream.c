/* SPDX-License-Identifier: MIT */
/* Streams as spans. Headers arrive one by one and are gone after their callback, so that those which matter are kept
 * in a block until all are there. */
#define SLM_TARGET "nghttp2"
#include <spanloom/nghttp2.h>
#include <spanloom/propagator.h>
#include <spanloom/trace.h>

enum { URL_MAX = 4096 };

void slm_nghttp2_block_clear(slm_nghttp2_block *block)
{
    block->headers = (slm_nghttp2_headers){ .items = block->items,
                                            .capacity = sizeof block->items / sizeof *block->items,
                                            .bytes = block->bytes,
                                            .bytes_capacity = sizeof block->bytes };
}

static bool is(slm_string name, const char *wanted)
{
    return slm_string_equal(name, slm_string_from_c(wanted));
}

static bool starts(slm_string name, const char *with)
{
    size_t len = strlen(with);
    return name.len >= len && memcmp(name.data, with, len) == 0;
}

/* HTTP/2 names are lower-case. A propagator that does not say what it reads may read anything, and the library's read
 * a little more than they write. */
static bool is_wanted(slm_string name)
{
    if (is(name, ":method") || is(name, ":path") || is(name, ":scheme") || is(name, ":authority") || is(name, "host") ||
        is(name, "user-agent") || is(name, "b3") || starts(name, "x-b3-") || starts(name, "jaeger-") ||
        starts(name, "uberctx-"))
        return true;
    const slm_propagators *propagators = slm_get_propagators();
    for (uint32_t i = 0; i < propagators->count; i++) {
        const slm_propagator *propagator = propagators->items[i];
        if (propagator->size < sizeof *propagator || !propagator->fields)
            return true;
        for (const char *const *field = propagator->fields; *field; field++) {
            if (is(name, *field))
                return true;
        }
    }
    return false;
}

static uint8_t *copy(slm_nghttp2_headers *headers, const uint8_t *data, size_t len)
{
    uint8_t *at = headers->bytes + headers->bytes_used;
    if (len > 0)
        memcpy(at, data, len);
    headers->bytes_used += len;
    return at;
}

void slm_nghttp2_keep(slm_nghttp2_block *block, const uint8_t *name, size_t name_len, const uint8_t *value,
                      size_t value_len)
{
    slm_nghttp2_headers *headers = &block->headers;
    size_t room = headers->bytes_capacity - headers->bytes_used;
    /* Not by the setter: of a name that is repeated, each value counts. */
    if (headers->count == headers->capacity || name_len > room || value_len > room - name_len ||
        !is_wanted(slm_string_of((const char *)name, name_len)))
        return;
    nghttp2_nv *item = &headers->items[headers->count++];
    *item = (nghttp2_nv){ .namelen = name_len, .valuelen = value_len };
    item->name = copy(headers, name, name_len);
    item->value = copy(headers, value, value_len);
}

static slm_string value_of(const nghttp2_nv *items, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (is(slm_string_of((const char *)items[i].name, items[i].namelen), name))
            return slm_string_of((const char *)items[i].value, items[i].valuelen);
    }
    return (slm_string){ NULL, 0 };
}

slm_http_server slm_nghttp2_server_begin(const slm_nghttp2_block *block, const slm_http_request *request)
{
    const slm_nghttp2_headers *headers = &block->headers;
    slm_http_request all = { .size = sizeof all };
    if (request && request->size >= sizeof *request)
        all = *request;
    all.method = value_of(headers->items, headers->count, ":method");
    all.target = value_of(headers->items, headers->count, ":path");
    all.scheme = value_of(headers->items, headers->count, ":scheme");
    all.host = value_of(headers->items, headers->count, ":authority");
    all.version = slm_string_from_c("2");
    all.getter = slm_nghttp2_getter();
    all.carrier = headers;
    return slm_http_server_begin(&all);
}

/* RFC 9113 7. */
static const char *name_of(uint32_t error_code)
{
    static const char *const names[] = {
        "NO_ERROR",
        "PROTOCOL_ERROR",
        "INTERNAL_ERROR",
        "FLOW_CONTROL_ERROR",
        "SETTINGS_TIMEOUT",
        "STREAM_CLOSED",
        "FRAME_SIZE_ERROR",
        "REFUSED_STREAM",
        "CANCEL",
        "COMPRESSION_ERROR",
        "CONNECT_ERROR",
        "ENHANCE_YOUR_CALM",
        "INADEQUATE_SECURITY",
        "HTTP_1_1_REQUIRED",
    };
    return error_code < sizeof names / sizeof *names ? names[error_code] : "UNKNOWN";
}

/* The error of a stream, if it is one: a caller may give up. */
static const char *close_with(slm_span span, uint32_t error_code)
{
    if (error_code == NGHTTP2_NO_ERROR)
        return NULL;
    SLM_SET(span, "http2.error_code", name_of(error_code));
    return error_code == NGHTTP2_CANCEL ? NULL : name_of(error_code);
}

void slm_nghttp2_server_end(slm_http_server *server, unsigned status, uint32_t error_code)
{
    slm_http_server_end(server, status, close_with(server->span, error_code), NULL);
}

static slm_string url_of(const nghttp2_nv *items, size_t count, char *room)
{
    const slm_string parts[] = {
        value_of(items, count, ":scheme"),
        slm_string_from_c("://"),
        value_of(items, count, ":authority"),
        value_of(items, count, ":path"),
    };
    size_t len = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t fits = parts[i].len < URL_MAX - len ? parts[i].len : URL_MAX - len;
        if (fits > 0)
            memcpy(room + len, parts[i].data, fits);
        len += fits;
    }
    return slm_string_of(room, len);
}

/* As far as a parent can be made current here. */
static slm_status inject(slm_span span, slm_parent parent, slm_nghttp2_headers *headers)
{
    slm_token token = { 0 };
    if (slm_span_is_enabled(span))
        token = slm_enter(span);
    else if (parent.how == SLMI_UNDER_CONTEXT)
        token = slm_context_attach(parent.borrowed);
    else if (parent.how != SLMI_UNDER_CURRENT)
        return SLM_OK;
    slm_status status = slm_inject_current(slm_nghttp2_setter(), headers);
    slm_exit(token);
    return status == SLM_ERR_NOT_FOUND ? SLM_OK : status;
}

slm_status slm_nghttp2_client_begin(slm_nghttp2_client *client, slm_nghttp2_block *block, const nghttp2_nv *items,
                                    size_t count, const slm_http_call *call)
{
    char room[URL_MAX];
    slm_http_call all = { .size = sizeof all };
    if (call && call->size >= sizeof *call)
        all = *call;
    all.method = value_of(items, count, ":method");
    all.url = url_of(items, count, room);
    *client = (slm_nghttp2_client){ .span = slm_http_client_begin(&all) };
    if (slm_span_is_enabled(client->span))
        SLM_SET(client->span, "network.protocol.version", "2");

    slm_nghttp2_block_clear(block);
    size_t fits = count < block->headers.capacity ? count : block->headers.capacity;
    if (fits > 0)
        memcpy(block->items, items, fits * sizeof *items);
    block->headers.count = fits;
    slm_status injected = inject(client->span, all.parent, &block->headers);
    return fits < count ? SLM_ERR_LIMIT : injected;
}

void slm_nghttp2_client_keep(slm_nghttp2_client *client, const uint8_t *name, size_t name_len, const uint8_t *value,
                             size_t value_len)
{
    if (!is(slm_string_of((const char *)name, name_len), ":status") || value_len != 3)
        return;
    unsigned status = 0;
    for (size_t i = 0; i < value_len; i++)
        status = status * 10 + (unsigned)(value[i] - '0') % 10;
    client->status = status; /* the last: those before are informational */
}

void slm_nghttp2_client_end(slm_nghttp2_client *client, uint32_t error_code)
{
    slm_http_client_end(client->span, client->status, close_with(client->span, error_code), NULL);
    client->span = (slm_span){ 0 };
}
