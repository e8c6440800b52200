/* SPDX-License-Identifier: MIT */
#include "core/layers/datagram.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/diagnostics.h"
#include "core/platform.h"

slm_status slmi_datagram_init(slmi_datagram *datagram, const char *path)
{
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof datagram->address.sun_path)
        return SLM_ERR_INVALID_ARGUMENT;
    datagram->address.sun_family = AF_UNIX;
    memcpy(datagram->address.sun_path, path, len + 1);
    datagram->own = true;
    datagram->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return datagram->fd < 0 ? SLM_ERR_SYSTEM : SLM_OK;
}

void slmi_datagram_borrow(slmi_datagram *datagram, int fd)
{
    datagram->fd = fd;
    datagram->own = false;
}

void slmi_datagram_destroy(slmi_datagram *datagram)
{
    if (datagram->own && datagram->fd >= 0)
        (void)close(datagram->fd);
}

void slmi_datagram_forget(slmi_datagram *datagram)
{
    atomic_store_explicit(&datagram->sent, 0, memory_order_relaxed);
    atomic_store_explicit(&datagram->lost, 0, memory_order_relaxed);
    atomic_store_explicit(&datagram->cut, 0, memory_order_relaxed);
}

/* 0, or why not. */
static int send_message(slmi_datagram *datagram, struct msghdr *message)
{
    if (datagram->own) {
        message->msg_name = &datagram->address;
        message->msg_namelen = sizeof datagram->address;
    }
    ssize_t n;
    do
        n = sendmsg(datagram->fd, message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? errno : 0;
}

/* systemd's protocol: an empty datagram with one descriptor. */
static int send_memory(slmi_datagram *datagram, const struct iovec *parts, int count)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control;
    int fd = slmi_platform_sealed_memory(parts, count);
    if (fd < 0)
        return EMSGSIZE;
    memset(&control, 0, sizeof control);
    struct msghdr message = { .msg_control = control.bytes, .msg_controllen = sizeof control.bytes };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    int why = send_message(datagram, &message);
    (void)close(fd);
    return why;
}

void slmi_datagram_send(slmi_datagram *datagram, const struct iovec *parts, int count, bool memory)
{
    struct msghdr message = { .msg_iov = (struct iovec *)(uintptr_t)parts, .msg_iovlen = (size_t)count };
    int why = send_message(datagram, &message);
    if (memory && (why == EMSGSIZE || why == ENOBUFS))
        why = send_memory(datagram, parts, count);
    atomic_fetch_add_explicit(why ? &datagram->lost : &datagram->sent, 1, memory_order_relaxed);
    if (why)
        slmi_diagnose(SLM_DIAG_WRITER, "an event could not be sent to %s (error %d); it is lost",
                      datagram->own ? datagram->address.sun_path : "the socket given", why);
}
