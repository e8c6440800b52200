/* SPDX-License-Identifier: MIT */
#include "exporters/loop.h"

#include "exporters/curl_wakeup.h"
#include "exporters/deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS_A_STEP = 16 };

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

slm_status slmi_loop_open(slmi_loop *loop)
{
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = { .events = EPOLLIN, .data.fd = wake_fd };
    if (epoll_fd < 0 || wake_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, wake_fd, &event) != 0) {
        close_if_open(epoll_fd);
        close_if_open(wake_fd);
        return SLM_ERR_SYSTEM;
    }

    loop->epoll_fd = epoll_fd;
    loop->multi = NULL;
    loop->timer_due_ns = SLMI_NEVER;
    loop->wakeup_pair[0] = loop->wakeup_pair[1] = -1;
    for (unsigned i = 0; i < SLMI_LOOP_SOCKETS_MAX; i++)
        atomic_store_explicit(&loop->sockets[i], -1, memory_order_relaxed);
    for (unsigned i = 0; i < SLMI_LOOP_SOCKETS_MAX; i++)
        loop->watches[i].fd = -1;
    /* Release: whoever wakes through it finds a complete loop. */
    atomic_store_explicit(&loop->wake_fd, wake_fd, memory_order_release);
    return SLM_OK;
}

void slmi_loop_close(slmi_loop *loop)
{
    /* Forgotten first, closed then: a child forked in between must not close what is the host's by now. */
    int wake_fd = atomic_exchange_explicit(&loop->wake_fd, -1, memory_order_acq_rel);
    int epoll_fd = loop->epoll_fd;
    loop->wakeup_pair[0] = loop->wakeup_pair[1] = -1;
    loop->epoll_fd = -1;
    if (loop->multi)
        curl_multi_cleanup(loop->multi);
    loop->multi = NULL;
    close_if_open(wake_fd);
    close_if_open(epoll_fd);
}

/* What a descriptor is looked at for, from now on. */
static bool look(const slmi_loop *loop, int fd, bool reads, bool writes)
{
    struct epoll_event event = { .events = (reads ? EPOLLIN : 0) | (writes ? EPOLLOUT : 0), .data.fd = fd };
    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0 ||
           (errno == ENOENT && epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0);
}

static void look_away(const slmi_loop *loop, int fd)
{
    struct epoll_event unused = { .events = 0 };
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, &unused);
}

static slmi_watch *watch_of(slmi_loop *loop, int fd)
{
    for (unsigned i = 0; i < SLMI_LOOP_SOCKETS_MAX; i++) {
        if (loop->watches[i].fd == fd)
            return &loop->watches[i];
    }
    return NULL;
}

bool slmi_loop_watch(slmi_loop *loop, int fd, bool reads, bool writes, slmi_loop_ready *ready, void *user)
{
    slmi_watch *watch = watch_of(loop, fd);
    if (!watch)
        watch = watch_of(loop, -1);
    if (!watch || !look(loop, fd, reads, writes))
        return false;
    *watch = (slmi_watch){ fd, ready, user };
    return true;
}

void slmi_loop_unwatch(slmi_loop *loop, int fd)
{
    slmi_watch *watch = watch_of(loop, fd);
    if (!watch || fd < 0)
        return;
    watch->fd = -1;
    look_away(loop, fd);
}

/* CURLMOPT_SOCKETFUNCTION. */
static int watch_for_curl(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user)
{
    (void)easy, (void)socket_user;
    slmi_loop *loop = user;
    if (what == CURL_POLL_REMOVE)
        look_away(loop, fd);
    else if (!look(loop, fd, what & CURL_POLL_IN, what & CURL_POLL_OUT))
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

slm_status slmi_loop_multi(slmi_loop *loop)
{
    if (loop->multi)
        return SLM_OK;
    loop->multi = curl_multi_init();
    if (!loop->multi)
        return SLM_ERR_NO_MEMORY;
    slmi_curl_wakeup_find(loop->multi, loop->wakeup_pair);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, watch_for_curl);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, note_timer);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
    return SLM_OK;
}

bool slmi_loop_own(slmi_loop *loop, int fd)
{
    for (unsigned i = 0; i < SLMI_LOOP_SOCKETS_MAX; i++) {
        if (atomic_load_explicit(&loop->sockets[i], memory_order_relaxed) == -1) {
            atomic_store_explicit(&loop->sockets[i], fd, memory_order_relaxed);
            return true;
        }
    }
    return false;
}

void slmi_loop_disown(slmi_loop *loop, int fd)
{
    for (unsigned i = 0; fd >= 0 && i < SLMI_LOOP_SOCKETS_MAX; i++) {
        if (atomic_load_explicit(&loop->sockets[i], memory_order_relaxed) == fd)
            atomic_store_explicit(&loop->sockets[i], -1, memory_order_release);
    }
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

uint64_t slmi_loop_due(const slmi_loop *loop)
{
    return loop->timer_due_ns;
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

static void tell_curl(slmi_loop *loop, int fd, uint32_t seen)
{
    int running;
    int mask = (seen & EPOLLIN ? CURL_CSELECT_IN : 0) | (seen & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (seen & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    /* One whose watch ended earlier in this very step is nobody's. */
    if (loop->multi)
        curl_multi_socket_action(loop->multi, fd, mask, &running);
}

void slmi_loop_step(slmi_loop *loop)
{
    struct epoll_event events[EVENTS_A_STEP];
    int count = epoll_wait(loop->epoll_fd, events, EVENTS_A_STEP, 0);
    int wake_fd = atomic_load_explicit(&loop->wake_fd, memory_order_relaxed);
    int running;
    for (int i = 0; i < count; i++) {
        int fd = events[i].data.fd;
        if (fd == wake_fd) {
            uint64_t wakes;
            ssize_t got = read(wake_fd, &wakes, sizeof wakes);
            (void)got; /* it only has to be empty */
            continue;
        }
        const slmi_watch *watch = watch_of(loop, fd);
        if (watch)
            watch->ready(watch->user, fd);
        else
            tell_curl(loop, fd, events[i].events);
    }
    if (!loop->multi)
        return;
    if (slmi_deadline_now() >= loop->timer_due_ns) {
        loop->timer_due_ns = SLMI_NEVER;
        curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    finish_transfers(loop);
}

void slmi_loop_wake(slmi_loop *loop)
{
    int before = errno;
    /* Acquire pairs with the release in slmi_loop_open(). */
    int wake_fd = atomic_load_explicit(&loop->wake_fd, memory_order_acquire);
    if (wake_fd >= 0) {
        const uint64_t one = 1;
        ssize_t written = write(wake_fd, &one, sizeof one);
        (void)written; /* it can only fail when the counter is at its top, and then it wakes too */
    }
    errno = before;
}

void slmi_loop_leave(slmi_loop *loop)
{
    close_if_open(atomic_exchange_explicit(&loop->wake_fd, -1, memory_order_relaxed));
    close_if_open(loop->epoll_fd);
    loop->epoll_fd = -1;
    for (unsigned i = 0; i < SLMI_LOOP_SOCKETS_MAX; i++)
        close_if_open(atomic_exchange_explicit(&loop->sockets[i], -1, memory_order_relaxed));
    close_if_open(loop->wakeup_pair[0]);
    close_if_open(loop->wakeup_pair[1]);
    loop->multi = NULL;
}
