/* SPDX-License-Identifier: MIT */
/* A transfer as a span. The list that the handle is given begins with the trace headers and ends in the caller's own
 * nodes, so that nothing of the caller's is copied; only a list that has trace headers already is. */
#define SLM_TARGET "curl"
#include <spanloom/carrier.h>
#include <spanloom/curl.h>
#include <spanloom/trace.h>

#include <errno.h>
#include <stdio.h>
#include <time.h>

/* Nodes are put in front of what is there. */
static slm_status prepend(void *carrier, slm_string name, slm_string value)
{
    struct curl_slist **list = carrier, *line = NULL;
    slm_status status = slm_curl_setter()->set(&line, name, value);
    if (status != SLM_OK)
        return status;
    line->next = *list;
    *list = line;
    return SLM_OK;
}

/* Makes `parent` current on this thread, as far as it can be; `*made` is to be released. */
static slm_token stand_under(slm_parent parent, slm_context *made)
{
    *made = (slm_context){ 0 };
    switch (parent.how) {
    case SLMI_UNDER_SPAN:
        return slm_enter(parent.span);
    case SLMI_UNDER_CONTEXT:
        return slm_context_attach(parent.borrowed);
    case SLMI_UNDER_REMOTE:
        *made = slm_context_remote(parent.borrowed);
        return slm_context_attach(made);
    default:
        return (slm_token){ 0 };
    }
}

static struct curl_slist *own_lines(slm_span span, slm_parent parent)
{
    static const slm_setter setter = { .size = sizeof setter, .set = prepend };
    struct curl_slist *list = NULL;
    slm_context made = { 0 };
    bool enabled = slm_span_is_enabled(span);
    if (!enabled && parent.how == SLMI_UNDER_ROOT)
        return NULL;
    slm_token token = enabled ? slm_enter(span) : stand_under(parent, &made);
    if (slm_inject_current(&setter, &list) != SLM_OK) {
        curl_slist_free_all(list);
        list = NULL;
    }
    slm_exit(token);
    slm_context_release(&made);
    return list;
}

static bool has_name_of(const struct curl_slist *list, const struct curl_slist *line)
{
    size_t len = strcspn(line->data, ":");
    uintptr_t cursor = 0;
    slm_string value, name = slm_string_of(line->data, len);
    return list && slm_curl_getter()->get(&list, name, &cursor, &value);
}

/* A copy of the caller's list without lines that are in `own` as well, behind it. NULL without memory. */
static bool append_others(struct curl_slist *own, const struct curl_slist *headers)
{
    for (; headers; headers = headers->next) {
        struct curl_slist one = { headers->data, NULL };
        bool repeated = false;
        for (const struct curl_slist *line = own; line && !repeated; line = line->next)
            repeated = has_name_of(&one, line);
        if (!repeated && !curl_slist_append(own, headers->data))
            return false;
    }
    return true;
}

static void merge(slm_curl_operation *operation, struct curl_slist *own)
{
    struct curl_slist *last = own;
    bool repeated = false;
    for (struct curl_slist *line = own; line; line = line->next) {
        repeated = repeated || has_name_of(operation->headers, line);
        last = line;
    }
    if (own && repeated && !append_others(own, operation->headers)) {
        curl_slist_free_all(own);
        own = NULL;
    } else if (own && !repeated) {
        last->next = operation->headers;
        operation->last_own = last;
    }
    operation->sent = own;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void slm_curl_begin(slm_curl_operation *operation, CURL *easy, struct curl_slist *headers,
                    const slm_curl_options *options)
{
    const slm_curl_options none = { .size = sizeof none };
    if (!options || options->size < sizeof *options)
        options = &none;
    char *url = NULL, *method = NULL;
    (void)curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url);
    (void)curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_METHOD, &method);
    const slm_http_call call = {
        .size = sizeof call,
        .resend_count = options->resend_count,
        .parent = options->parent,
        .method = options->method.len > 0 ? options->method : slm_string_from_c(method),
        .url = slm_string_from_c(url),
        .route = options->route,
    };
    *operation = (slm_curl_operation){ .easy = easy, .headers = headers };
    operation->span = slm_http_client_begin(&call);
    if (slm_span_is_enabled(operation->span)) {
        operation->began_ns = now_ns();
        operation->route = options->route;
        if (options->method.len == 0)
            snprintf(operation->method, sizeof operation->method, "%s", method ? method : "?");
    }
    merge(operation, own_lines(operation->span, options->parent));
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, operation->sent ? operation->sent : headers);
}

/* `us` after the start of the transfer. */
struct moments {
    uint64_t base_ns, first_ns;
    curl_off_t name_us, connect_us, tls_us, byte_us, total_us;
};

static uint64_t moment(const struct moments *m, curl_off_t us)
{
    uint64_t at = m->base_ns + (uint64_t)us * 1000u;
    return at < m->first_ns ? m->first_ns : at;
}

/* A moment that did not come is 0: a connection that was reused, a transfer without TLS. */
#define MOMENT(name, us)                                                                                               \
    do {                                                                                                               \
        if ((us) > 0)                                                                                                  \
            SLM_EVENT_WITH((.parent = slm_under(span), .time_ns = moment(&m, (us))), SLM_LEVEL_INFO,                   \
                           ("elapsed_us", (int64_t)(us)), name);                                                       \
    } while (0)

static void add_moments(slm_span span, CURL *easy, uint64_t began_ns)
{
    struct moments m = { .first_ns = began_ns };
    (void)curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME_T, &m.name_us);
    (void)curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &m.connect_us);
    (void)curl_easy_getinfo(easy, CURLINFO_APPCONNECT_TIME_T, &m.tls_us);
    (void)curl_easy_getinfo(easy, CURLINFO_STARTTRANSFER_TIME_T, &m.byte_us);
    (void)curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &m.total_us);
    m.base_ns = now_ns() - (uint64_t)m.total_us * 1000u;
    MOMENT("name looked up", m.name_us);
    MOMENT("connected", m.connect_us);
    MOMENT("TLS established", m.tls_us);
    MOMENT("first byte", m.byte_us);
    MOMENT("done", m.total_us);
}

static const char *version_of(long version)
{
    switch (version) {
    case CURL_HTTP_VERSION_1_0:
        return "1.0";
    case CURL_HTTP_VERSION_1_1:
        return "1.1";
    case CURL_HTTP_VERSION_2_0:
        return "2";
    case CURL_HTTP_VERSION_3:
        return "3";
    default:
        return NULL;
    }
}

/* libcurl knows a POST as one only once it sends it. After a redirect it says what came of the method. */
static void correct_method(const slm_curl_operation *operation)
{
    char *method = NULL;
    long redirects = 0;
    (void)curl_easy_getinfo(operation->easy, CURLINFO_EFFECTIVE_METHOD, &method);
    (void)curl_easy_getinfo(operation->easy, CURLINFO_REDIRECT_COUNT, &redirects);
    if (method && redirects == 0 && operation->method[0] != '\0' && strcmp(method, operation->method) != 0)
        slm_http_client_set_method(operation->span, slm_string_from_c(method), operation->route);
}

static void add_connection(slm_span span, CURL *easy)
{
    char *peer = NULL;
    long port = 0, version = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &peer);
    (void)curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
    (void)curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    if (peer && peer[0] != '\0')
        SLM_SET(span, "network.peer.address", (const char *)peer);
    if (port > 0)
        SLM_SET(span, "network.peer.port", (int64_t)port);
    if (version_of(version))
        SLM_SET(span, "network.protocol.version", version_of(version));
}

/* NULL: not an error. */
static const char *error_of(CURLcode result, char *room, size_t size)
{
    switch ((int)result) {
    case CURLE_OK:
    case CURLE_ABORTED_BY_CALLBACK:
        return NULL;
    case CURLE_OPERATION_TIMEDOUT:
        return "timeout";
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return "name_resolution_error";
    case CURLE_COULDNT_CONNECT:
        return "connect_error";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return "tls_error";
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        return "connection_lost";
    default:
        snprintf(room, size, "curl_%d", (int)result);
        return room;
    }
}

void slm_curl_end(slm_curl_operation *operation, CURLcode result)
{
    slm_span span = operation->span;
    char room[24];
    int saved = errno;
    if (slm_span_is_enabled(span)) {
        long status = 0;
        (void)curl_easy_getinfo(operation->easy, CURLINFO_RESPONSE_CODE, &status);
        add_moments(span, operation->easy, operation->began_ns);
        add_connection(span, operation->easy);
        correct_method(operation);
        slm_http_client_end(span, status > 0 ? (unsigned)status : 0, error_of(result, room, sizeof room),
                            result == CURLE_OK ? NULL : curl_easy_strerror(result));
    }
    (void)curl_easy_setopt(operation->easy, CURLOPT_HTTPHEADER, operation->headers);
    if (operation->last_own)
        operation->last_own->next = NULL;
    curl_slist_free_all(operation->sent);
    *operation = (slm_curl_operation){ .easy = NULL };
    errno = saved;
}

CURLcode slm_curl_perform(CURL *easy, struct curl_slist *headers, const slm_curl_options *options)
{
    slm_curl_operation operation;
    slm_curl_begin(&operation, easy, headers, options);
    slm_token token = slm_enter(operation.span);
    CURLcode result = curl_easy_perform(easy);
    slm_exit(token);
    slm_curl_end(&operation, result);
    return result;
}
