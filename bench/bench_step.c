/* SPDX-License-Identifier: MIT */
/* The longest step of the host's drive, in CPU time of the thread that steps, while a batch of 512 spans is delivered.
 * The limit is 10 ms, also for the step that verifies a new TLS connection against the system's CAs (or those of the
 * file given): the status is 1 if one took longer. */
#include <spanloom/drive.h>
#include <spanloom/sdk.h>
#include <spanloom/trace.h>

#include "bench/figure.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SPANS = 512,
    REQUEST_BYTES = 4 << 20,
    REPLY_BYTES = 4 << 20,
    READ_BYTES = 64 * 1024, /* of a reply; more is not looked at */
    LIMIT_NS = 10000000
};

static char folder[] = "/tmp/spanloom-XXXXXX";
static char trusted[80], certificate[80], key[80];

static void must(bool good, const char *what)
{
    if (!good) {
        perror(what);
        exit(2);
    }
}

/* -- the receiver, a process of its own: a connection for each request -----------------------------------------------
 */

typedef struct receiver {
    pid_t pid;
    uint16_t port;
    SSL_CTX *tls; /* NULL: plain */
    const char *reply;
} receiver;

static int take(const receiver *r, int fd, SSL *ssl, char *bytes, size_t room)
{
    return r->tls ? SSL_read(ssl, bytes, (int)room) : (int)read(fd, bytes, room);
}

static void give(const receiver *r, int fd, SSL *ssl, const char *bytes, size_t len)
{
    while (len > 0) {
        int sent = r->tls ? SSL_write(ssl, bytes, (int)len) : (int)write(fd, bytes, len);
        if (sent <= 0)
            return;
        bytes += sent;
        len -= (size_t)sent;
    }
}

static void answer(const receiver *r, int fd, SSL *ssl)
{
    static char in[REQUEST_BYTES];
    char head[120];
    size_t len = 0, whole = sizeof in;
    int got;
    while (len < whole && (got = take(r, fd, ssl, in + len, sizeof in - 1 - len)) > 0) {
        len += (size_t)got;
        in[len] = '\0';
        const char *end = strstr(in, "\r\n\r\n"), *length = end ? strcasestr(in, "\r\nContent-Length:") : NULL;
        if (length)
            whole = (size_t)(end + 4 - in) + strtoul(length + 17, NULL, 10);
    }
    int head_len = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                            strlen(r->reply));
    give(r, fd, ssl, head, (size_t)head_len);
    give(r, fd, ssl, r->reply, strlen(r->reply));
}

static void serve(const receiver *r, int listener)
{
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        SSL *ssl = r->tls ? SSL_new(r->tls) : NULL;
        if (!r->tls || (SSL_set_fd(ssl, fd) == 1 && SSL_accept(ssl) == 1)) {
            answer(r, fd, ssl);
            if (ssl)
                SSL_shutdown(ssl);
        }
        SSL_free(ssl);
        close(fd);
    }
}

static void start(receiver *r, bool tls, const char *reply)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(listener, (const struct sockaddr *)&address, len) == 0 && listen(listener, 16) == 0 &&
             getsockname(listener, (struct sockaddr *)&address, &len) == 0,
         "listen");
    r->port = ntohs(address.sin_port);
    r->reply = reply;
    r->pid = fork();
    if (r->pid == 0) {
        signal(SIGPIPE, SIG_IGN);
        r->tls = tls ? SSL_CTX_new(TLS_server_method()) : NULL;
        must(!tls || (SSL_CTX_use_certificate_file(r->tls, certificate, SSL_FILETYPE_PEM) == 1 &&
                      SSL_CTX_use_PrivateKey_file(r->tls, key, SSL_FILETYPE_PEM) == 1),
             "certificate");
        if (tls) {
            /* Whole handshakes, none that is resumed. */
            SSL_CTX_set_session_cache_mode(r->tls, SSL_SESS_CACHE_OFF);
            SSL_CTX_set_num_tickets(r->tls, 0);
        }
        serve(r, listener);
    }
    close(listener);
}

static void stop(const receiver *r)
{
    kill(r->pid, SIGKILL);
    waitpid(r->pid, NULL, 0);
}

/* A CA of our own behind those of `system`, and a certificate for 127.0.0.1 that it signed. */
static void make_certificates(const char *system_file)
{
    char command[1024];
    must(mkdtemp(folder) != NULL, "mkdtemp");
    snprintf(trusted, sizeof trusted, "%s/trusted", folder);
    snprintf(certificate, sizeof certificate, "%s/certificate", folder);
    snprintf(key, sizeof key, "%s/key", folder);
    snprintf(
        command, sizeof command,
        "cd %s && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca 2>/dev/null "
        "&& openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=server -CA ca -CAkey ca.key "
        "-addext basicConstraints=critical,CA:false "
        "-addext subjectAltName=IP:127.0.0.1 -keyout key -out certificate 2>/dev/null && cat %s ca >trusted",
        folder, system_file);
    must(system(command) == 0, "openssl"); /* NOLINT(cert-env33-c): paths of our own */
}

static void remove_certificates(void)
{
    static const char *const names[] = { "trusted", "certificate", "key", "ca", "ca.key" };
    char path[80];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

/* -- what is measured ------------------------------------------------------------------------------------------------
 */

static double longest_of_all;

static uint64_t delivered(void)
{
    slm_stats stats = { .size = (uint32_t)sizeof stats };
    slm_stats_read(&stats);
    return stats.pipelines[0].delivered + stats.pipelines[0].rejected;
}

/* One delivery; the longest of its steps. */
static double deliver(void *user, uint64_t ops)
{
    (void)user, (void)ops;
    double longest = 0;
    uint64_t wanted = delivered() + SPANS;
    for (int i = 0; i < SPANS; i++) {
        SLM_SCOPE("shave", ("yak", i), ("shed", "the one behind the barn"), ("ratio", 0.25));
    }
    slm_status asked = slm_flush(0);
    (void)asked;
    while (delivered() < wanted) {
        struct pollfd entry = { .fd = slm_drive_fd(), .events = POLLIN };
        poll(&entry, 1, slm_drive_timeout_ms());
        uint64_t start_ns = figure_cpu_ns();
        slm_drive_step();
        double took = (double)(figure_cpu_ns() - start_ns);
        longest = took > longest ? took : longest;
    }
    longest_of_all = longest > longest_of_all ? longest : longest_of_all;
    return longest;
}

static void measure(const char *name, bool tls, const char *compression, const char *reply)
{
    receiver r = { .pid = 0 };
    char endpoint[80];
    start(&r, tls, reply);
    snprintf(endpoint, sizeof endpoint, "%s://127.0.0.1:%u/v1/traces", tls ? "https" : "http", (unsigned)r.port);
    slm_config config = SLM_CONFIG_INIT;
    config.drive = SLM_DRIVE_HOST;
    config.endpoint = endpoint;
    config.compression = compression;
    config.ca_file = tls ? trusted : NULL;
    must(slm_init(&config) == SLM_OK, "slm_init");
    figure(name, 1, deliver, NULL);
    slm_shutdown(1000);
    stop(&r);
}

int main(int argc, char **argv)
{
    static char long_reply[REPLY_BYTES];
    memset(long_reply, '[', sizeof long_reply - 1);
    for (size_t i = 1; i + 1 < sizeof long_reply; i++)
        long_reply[i] = i % 2 ? '1' : ',';
    long_reply[sizeof long_reply - READ_BYTES] = '[';
    make_certificates(argc > 1 ? argv[1] : "/etc/ssl/certs/ca-certificates.crt");
    figure_calibrate("before");
    measure("longest step, HTTP", false, "none", "{}");
    measure("longest step, HTTP, gzip", false, "gzip", "{}");
    measure("longest step, HTTP, a reply of 4 MiB", false, "none", long_reply);
    measure("longest step, HTTP, a reply of 64 KiB", false, "none", long_reply + sizeof long_reply - READ_BYTES);
    measure("longest step, TLS anew, the system's CAs", true, "none", "{}");
    figure_calibrate("after");
    remove_certificates();
    printf("the longest of all: %.2f ms, of 10\n", longest_of_all / 1e6);
    return longest_of_all > LIMIT_NS ? 1 : 0;
}
