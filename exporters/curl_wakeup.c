/* SPDX-License-Identifier: MIT */
/* How the pair is recognised, two sockets in libcurl 7.88, a pipe in 8.5: after n wake-ups its reading end holds n
 * unread bytes and a socket's writing end has bytes outstanding, after one poll neither. Two rounds with different n,
 * so that a descriptor of the host's, busy at the same time, does not pass for one. (Later ones make an eventfd that no
 * exec inherits.) */
#include "exporters/curl_wakeup.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { FIRST_ROUND = 11, SECOND_ROUND = 7, DESCRIPTORS_MAX = 4096 };

static bool is_unix_stream(int fd)
{
    int domain = 0, type = 0;
    socklen_t len = sizeof domain;
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) != 0 || domain != AF_UNIX)
        return false;
    len = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM;
}

static bool is_pipe_end(int fd, int access)
{
    struct stat found;
    return fstat(fd, &found) == 0 && S_ISFIFO(found.st_mode) && (fcntl(fd, F_GETFL) & O_ACCMODE) == access;
}

static bool is_same_pipe(int a, int b)
{
    struct stat of_a, of_b;
    return fstat(a, &of_a) == 0 && fstat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

static bool holds(int fd, unsigned long request, int at_least, int at_most)
{
    int bytes = -1;
    return ioctl(fd, request, &bytes) == 0 && bytes >= at_least && bytes <= at_most;
}

static bool reads(int fd, int bytes)
{
    return holds(fd, FIONREAD, bytes, bytes);
}

static bool is_reader(int fd, int bytes)
{
    return (is_unix_stream(fd) || is_pipe_end(fd, O_RDONLY)) && reads(fd, bytes);
}

static bool is_writer(int fd, int reader)
{
    if (is_pipe_end(fd, O_WRONLY))
        return is_same_pipe(fd, reader);
    return is_unix_stream(fd) && is_unix_stream(reader) && holds(fd, SIOCOUTQ, 1, 1 << 20) && reads(fd, 0);
}

static bool is_idle(int fd)
{
    return reads(fd, 0) && (!is_unix_stream(fd) || holds(fd, SIOCOUTQ, 0, 0));
}

static void wake(CURLM *multi, int times)
{
    for (int i = 0; i < times; i++)
        curl_multi_wakeup(multi);
}

static void drain(CURLM *multi)
{
    int ready;
    curl_multi_poll(multi, NULL, 0, 0, &ready);
}

void slmi_curl_wakeup_find(CURLM *multi, int pair[2])
{
    int reader = -1, writer = -1;
    pair[0] = pair[1] = -1;
    wake(multi, FIRST_ROUND);
    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++) {
        if (is_reader(fd, FIRST_ROUND))
            reader = fd;
        /* Both ends are made in one call: the other is the next free descriptor above. */
        else if (writer < 0 && reader >= 0 && is_writer(fd, reader))
            writer = fd;
    }
    drain(multi);
    if (reader < 0 || writer < 0 || !is_idle(reader) || !is_idle(writer))
        return;
    wake(multi, SECOND_ROUND);
    bool found = is_reader(reader, SECOND_ROUND) && is_writer(writer, reader);
    drain(multi);
    if (!found || !is_idle(reader) || !is_idle(writer))
        return;
    fcntl(reader, F_SETFD, FD_CLOEXEC);
    fcntl(writer, F_SETFD, FD_CLOEXEC);
    pair[0] = reader;
    pair[1] = writer;
}
