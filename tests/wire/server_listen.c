/* SPDX-License-Identifier: MIT */
#include "tests/wire/server_listen.h"

#include "tests/wire/server.h"

#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int bind_to(int domain, const struct sockaddr *address, socklen_t len)
{
    int one = 1;
    int fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, address, len) == 0)
        return fd;
    perror("bind");
    close(fd);
    return -1;
}

int server_bind(uint16_t *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(*port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    int fd = bind_to(AF_INET, (const struct sockaddr *)&address, len);
    if (fd >= 0 && getsockname(fd, (struct sockaddr *)&address, &len) == 0)
        *port = ntohs(address.sin_port);
    return fd;
}

int server_bind_unix(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    unlink(path);
    return bind_to(AF_UNIX, (const struct sockaddr *)&address, sizeof address);
}

uint16_t server_free_port(void)
{
    uint16_t port = 0;
    close(server_bind(&port));
    return port;
}
