/* SPDX-License-Identifier: MIT */
/* Datagrams to a local socket, or to one that is connected already: sent at once, or not at all. */
#ifndef SPANLOOM_CORE_LAYERS_DATAGRAM_H
#define SPANLOOM_CORE_LAYERS_DATAGRAM_H

#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <spanloom/status.h>

typedef struct slmi_datagram {
    int fd;
    bool own;                   /* not the host's: to `address` */
    struct sockaddr_un address; /* of who listens, now or later: nothing is connected */
    _Atomic(uint64_t) sent, lost, cut;
} slmi_datagram;

/* A socket for `path`; SLM_ERR_INVALID_ARGUMENT: it is too long; SLM_ERR_SYSTEM: errno says why. */
slm_status slmi_datagram_init(slmi_datagram *datagram, const char *path);
/* `fd` is borrowed. */
void slmi_datagram_borrow(slmi_datagram *datagram, int fd);
void slmi_datagram_destroy(slmi_datagram *datagram);
/* In a forked child: counts from zero. Async-signal-safe. */
void slmi_datagram_forget(slmi_datagram *datagram);

/* Sends one datagram, `count` parts at `parts`, and counts what becomes of it. `memory`: one that is too large goes as
 * a descriptor of sealed memory. */
void slmi_datagram_send(slmi_datagram *datagram, const struct iovec *parts, int count, bool memory);

#endif
