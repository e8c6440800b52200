/* SPDX-License-Identifier: MIT */
#include "bench/sink.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROOM = 1 << 20 };

struct sink_counts {
    _Atomic uint64_t requests, body_bytes;
};

static void must(bool good, const char *what)
{
    if (!good) {
        perror(what);
        abort();
    }
}

/* The length of the first request in `in`, its body's in `*body`; 0 if it is not whole yet. */
static size_t request_length(const char *in, size_t len, size_t *body)
{
    const char *end = memmem(in, len, "\r\n\r\n", 4);
    if (!end)
        return 0;
    size_t head = (size_t)(end - in) + 4;
    *body = 0;
    for (const char *line = in; line < end;
         line = (const char *)memmem(line, (size_t)(end + 2 - line), "\r\n", 2) + 2) {
        if (strncasecmp(line, "content-length:", 15) == 0)
            *body = strtoul(line + 15, NULL, 10);
    }
    return len >= head + *body ? head + *body : 0;
}

static void serve_connection(int fd, struct sink_counts *counts)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    static char in[ROOM];
    size_t len = 0, body;
    ssize_t got;
    while (len < sizeof in && (got = read(fd, in + len, sizeof in - len)) > 0) {
        len += (size_t)got;
        for (size_t taken; (taken = request_length(in, len, &body)) > 0;) {
            atomic_fetch_add(&counts->body_bytes, body);
            atomic_fetch_add(&counts->requests, 1);
            if (write(fd, answer, sizeof answer - 1) < 0)
                break;
            len -= taken;
            memmove(in, in + taken, len);
        }
    }
    close(fd);
}

sink sink_start_silent(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    sink s = { .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    must(s.listener >= 0 && bind(s.listener, (struct sockaddr *)&address, len) == 0 && listen(s.listener, 16) == 0 &&
             getsockname(s.listener, (struct sockaddr *)&address, &len) == 0,
         "listen");
    s.port = ntohs(address.sin_port);
    s.counts = mmap(NULL, sizeof *s.counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(s.counts != MAP_FAILED, "mmap");
    return s;
}

sink sink_start(void)
{
    sink s = sink_start_silent();
    s.process = fork();
    must(s.process >= 0, "fork");
    if (s.process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (int fd; (fd = accept(s.listener, NULL, NULL)) >= 0;)
            serve_connection(fd, s.counts);
        _exit(1);
    }
    close(s.listener);
    s.listener = -1;
    return s;
}

void sink_stop(sink *s)
{
    if (s->process > 0) {
        kill(s->process, SIGKILL);
        waitpid(s->process, NULL, 0);
    }
    if (s->listener >= 0)
        close(s->listener);
    munmap(s->counts, sizeof *s->counts);
}

uint64_t sink_requests(const sink *s)
{
    return atomic_load(&s->counts->requests);
}

uint64_t sink_body_bytes(const sink *s)
{
    return atomic_load(&s->counts->body_bytes);
}
