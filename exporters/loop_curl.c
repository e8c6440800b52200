/* SPDX-License-Identifier: MIT */
/* libcurl's half of the loop: its multi interface. */
#include "exporters/loop.h"

#include "exporters/curl_wakeup.h"
#include "exporters/deadline.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* CURLMOPT_SOCKETFUNCTION. */
static int watch_for_curl(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user)
{
    (void)easy, (void)socket_user;
    slmi_loop *loop = user;
    if (what == CURL_POLL_REMOVE)
        slmi_loop_look_away(loop, fd);
    else if (!slmi_loop_look(loop, fd, what & CURL_POLL_IN, what & CURL_POLL_OUT))
        return -1;
    return 0;
}

/* CURLMOPT_TIMERFUNCTION: only notes the time, because libcurl must not be called from here. */
static int note_timer(CURLM *multi, long wait_ms, void *user)
{
    (void)multi;
    slmi_loop *loop = user;
    loop->timer_due_ns = wait_ms < 0 ? SLMI_NEVER : slmi_deadline_now() + (uint64_t)wait_ms * 1000000u;
    return 0;
}

/* CURLOPT_OPENSOCKETFUNCTION. */
static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    slmi_loop *loop = user;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    if (slmi_loop_own(loop, fd))
        return fd;
    close(fd);
    errno = EMFILE;
    return CURL_SOCKET_BAD;
}

/* CURLOPT_CLOSESOCKETFUNCTION. The list is told before the system: were it the other way round, a child forked between
 * the two could close a descriptor that is already the host's. */
static int close_socket(void *user, curl_socket_t fd)
{
    slmi_loop *loop = user;
    slmi_loop_unwatch(loop, fd);
    slmi_loop_disown(loop, fd);
    return close(fd);
}

void slmi_loop_adopt_sockets(slmi_loop *loop, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, loop);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, loop);
}

void slmi_loop_adopt(slmi_loop *loop, slmi_transfer *transfer)
{
    curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
    slmi_loop_adopt_sockets(loop, transfer->easy);
}

slm_status slmi_loop_start(slmi_loop *loop, slmi_transfer *transfer)
{
    if (curl_multi_add_handle(loop->multi, transfer->easy) != CURLM_OK)
        return SLM_ERR_NO_MEMORY;
    transfer->running = true;
    return SLM_OK;
}

void slmi_loop_stop(slmi_loop *loop, slmi_transfer *transfer)
{
    if (!transfer->running)
        return;
    transfer->running = false;
    curl_multi_remove_handle(loop->multi, transfer->easy);
}

static void finish_transfers(slmi_loop *loop)
{
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(loop->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode result = message->data.result; /* removing the handle frees the message */
        char *private_pointer = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private_pointer);
        slmi_transfer *transfer = (slmi_transfer *)(void *)private_pointer;
        slmi_loop_stop(loop, transfer);
        transfer->done(transfer->user, result);
    }
}

static void ready(slmi_loop *loop, int fd, uint32_t seen)
{
    int running;
    int mask = (seen & EPOLLIN ? CURL_CSELECT_IN : 0) | (seen & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (seen & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    curl_multi_socket_action(loop->multi, fd, mask, &running);
}

static void tick(slmi_loop *loop)
{
    int running;
    if (slmi_deadline_now() >= loop->timer_due_ns) {
        loop->timer_due_ns = SLMI_NEVER;
        curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    finish_transfers(loop);
}

static void close_multi(slmi_loop *loop)
{
    curl_multi_cleanup(loop->multi);
}

static const slmi_loop_half half = { .ready = ready, .tick = tick, .close = close_multi };

slm_status slmi_loop_multi(slmi_loop *loop)
{
    if (loop->multi)
        return SLM_OK;
    loop->multi = curl_multi_init();
    if (!loop->multi)
        return SLM_ERR_NO_MEMORY;
    loop->curl = &half;
    slmi_curl_wakeup_find(loop->multi, loop->wakeup_pair);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, watch_for_curl);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, note_timer);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
    return SLM_OK;
}
