/* SPDX-License-Identifier: MIT */
#include "exporters/connection.h"

#include "exporters/alpn.h"
#include "exporters/curl_wakeup.h"
#include "exporters/deadline.h"

#include <stdio.h>

static void stir_libcurl(void *user, int fd)
{
    slmi_connection *c = user;
    int running;
    curl_multi_socket_action(c->multi, fd, 0, &running);
}

/* CURLMOPT_SOCKETFUNCTION: while it is opening. There may be two sockets then, one for each kind of address. */
static int watch(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user)
{
    (void)easy, (void)socket_user;
    slmi_connection *c = user;
    if (what == CURL_POLL_REMOVE)
        slmi_loop_unwatch(c->loop, fd);
    else if (!slmi_loop_watch(c->loop, fd, what & CURL_POLL_IN, what & CURL_POLL_OUT, stir_libcurl, c))
        return -1;
    return 0;
}

/* CURLMOPT_TIMERFUNCTION: only notes the time, because libcurl must not be called from here. */
static int note_timer(CURLM *multi, long wait_ms, void *user)
{
    (void)multi;
    slmi_connection *c = user;
    c->timer_due_ns = wait_ms < 0 ? SLMI_NEVER : slmi_deadline_now() + (uint64_t)wait_ms * 1000000u;
    return 0;
}

static bool open_multi(slmi_connection *c)
{
    c->multi = curl_multi_init();
    if (!c->multi)
        return false;
    slmi_curl_wakeup_find(c->multi, c->wakeup_pair);
    for (unsigned i = 0; i < 2; i++) {
        if (c->wakeup_pair[i] >= 0 && !slmi_loop_own(c->loop, c->wakeup_pair[i]))
            return false;
    }
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, note_timer);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
    return true;
}

bool slmi_connection_init(slmi_connection *c, slmi_loop *loop, slmi_names *names,
                          const slmi_connection_options *options)
{
    *c = (slmi_connection){ .loop = loop, .names = names, .options = *options, .wakeup_pair = { -1, -1 }, .fd = -1 };
    c->timer_due_ns = SLMI_NEVER;
    c->easy = curl_easy_init();
    if (!c->easy || !open_multi(c) || !slmi_way_reach(c->easy, options->url, options->proxy) ||
        !slmi_way_trust(c->easy, options->identity))
        return false;
    slmi_loop_adopt_sockets(loop, c->easy);
    curl_easy_setopt(c->easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(c->easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->detail);
    return !options->http2 || slmi_alpn_offer_http2(c->easy, options->identity->ca.trust);
}

void slmi_connection_close(slmi_connection *c)
{
    if (c->fd >= 0)
        slmi_loop_unwatch(c->loop, c->fd);
    c->fd = -1;
    /* It is this that closes the connection. */
    if (c->added)
        curl_multi_remove_handle(c->multi, c->easy);
    c->added = false;
    c->state = SLMI_CONNECTION_CLOSED;
    c->wants_to_send = false;
    c->timer_due_ns = SLMI_NEVER;
}

void slmi_connection_free(slmi_connection *c)
{
    slmi_connection_close(c);
    if (c->easy)
        curl_easy_cleanup(c->easy);
    /* Forgotten first, closed then: a child forked in between must not close what is the host's by now. */
    slmi_loop_disown(c->loop, c->wakeup_pair[0]);
    slmi_loop_disown(c->loop, c->wakeup_pair[1]);
    if (c->multi)
        curl_multi_cleanup(c->multi);
    curl_slist_free_all(c->resolved);
}

static void fail(slmi_connection *c, CURLcode result)
{
    c->unreachable = result == CURLE_COULDNT_CONNECT;
    c->result = result;
    c->state = SLMI_CONNECTION_FAILED;
}

void slmi_connection_open(slmi_connection *c, long timeout_ms)
{
    slmi_connection_close(c);
    c->state = SLMI_CONNECTION_OPENING;
    c->detail[0] = '\0';
    c->os_error = 0;
    curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS, timeout_ms);
}

/* Hands it to libcurl once all names are known. */
static void begin(slmi_connection *c)
{
    char why[SLMI_WAY_TEXT_BYTES];
    switch (slmi_way_resolve(c->easy, c->names, c->options.url, c->options.proxy, c->unreachable, &c->resolved, why)) {
    case SLMI_NAME_ASKED:
        return;
    case SLMI_NAME_FAILED:
        snprintf(c->detail, sizeof c->detail, "%s", why);
        fail(c, CURLE_COULDNT_RESOLVE_HOST);
        return;
    case SLMI_NAME_KNOWN:
        break;
    }
    c->added = curl_multi_add_handle(c->multi, c->easy) == CURLM_OK;
    if (!c->added)
        fail(c, CURLE_OUT_OF_MEMORY);
}

static void stir_owner(void *user, int fd)
{
    slmi_connection *c = user;
    (void)fd;
    c->options.ready(c->options.user);
}

static void finish(slmi_connection *c, CURLcode result)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    if (result == CURLE_OK)
        result = curl_easy_getinfo(c->easy, CURLINFO_ACTIVESOCKET, &fd);
    if (result == CURLE_OK && fd == CURL_SOCKET_BAD)
        result = CURLE_COULDNT_CONNECT;
    if (result == CURLE_OK && !slmi_loop_watch(c->loop, fd, true, false, stir_owner, c))
        result = CURLE_OUT_OF_MEMORY;
    if (result == CURLE_OK) {
        c->fd = fd;
        c->unreachable = false;
        c->state = SLMI_CONNECTION_OPEN;
        return;
    }
    curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &c->os_error);
    slmi_connection_close(c);
    fail(c, result);
}

void slmi_connection_step(slmi_connection *c, uint64_t now_ns)
{
    int running;
    if (c->state != SLMI_CONNECTION_OPENING)
        return;
    if (!c->added) {
        begin(c);
        return;
    }
    if (now_ns >= c->timer_due_ns) {
        c->timer_due_ns = SLMI_NEVER;
        curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    const CURLMsg *message;
    while (c->state == SLMI_CONNECTION_OPENING && (message = curl_multi_info_read(c->multi, &running)) != NULL) {
        if (message->msg == CURLMSG_DONE)
            finish(c, message->data.result);
    }
}

uint64_t slmi_connection_due(const slmi_connection *c)
{
    return c->state == SLMI_CONNECTION_OPENING ? c->timer_due_ns : SLMI_NEVER;
}

CURLcode slmi_connection_send(slmi_connection *c, const char *bytes, size_t len, size_t *sent)
{
    *sent = 0;
    return curl_easy_send(c->easy, bytes, len, sent);
}

CURLcode slmi_connection_receive(slmi_connection *c, char *bytes, size_t room, size_t *len)
{
    *len = 0;
    return curl_easy_recv(c->easy, bytes, room, len);
}

void slmi_connection_await_room(slmi_connection *c, bool wanted)
{
    if (wanted == c->wants_to_send || c->fd < 0)
        return;
    c->wants_to_send = wanted;
    /* It cannot be refused: the place in the table is taken already. */
    (void)slmi_loop_watch(c->loop, c->fd, true, wanted, stir_owner, c);
}
