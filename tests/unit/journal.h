/* SPDX-License-Identifier: MIT */
/* The other end of the journal's native protocol, from its specification: https://systemd.io/JOURNAL_NATIVE_PROTOCOL/.
 * A datagram is an entry, or, if it is empty, brings a descriptor of sealed memory that holds one. */
#ifndef SPANLOOM_TESTS_JOURNAL_H
#define SPANLOOM_TESTS_JOURNAL_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { JOURNAL_FIELDS = 512, JOURNAL_BYTES = 1 << 20 };

struct journal_entry {
    const char *wrong; /* NULL: it keeps the protocol */
    bool by_memory;
    unsigned count;
    struct {
        const char *name, *value;
        size_t name_len, len;
    } fields[JOURNAL_FIELDS];
    size_t bytes_len;
    char bytes[JOURNAL_BYTES];
};

/* A datagram socket that listens at `path`. */
static inline int journal_listen(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    (void)unlink(path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
        abort();
    return fd;
}

static inline const char *journal_read_memory(struct journal_entry *entry, int fd)
{
    const int all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    struct stat s;
    const char *wrong = NULL;
    if (fcntl(fd, F_GET_SEALS) != all)
        wrong = "memory that is not sealed";
    else if (fstat(fd, &s) != 0 || s.st_size > JOURNAL_BYTES)
        wrong = "memory without a size";
    else if (pread(fd, entry->bytes, (size_t)s.st_size, 0) != s.st_size)
        wrong = "memory that cannot be read";
    else
        entry->bytes_len = (size_t)s.st_size;
    entry->by_memory = true;
    (void)close(fd);
    return wrong;
}

static inline const char *journal_take_field(struct journal_entry *entry, const char **at, const char *end)
{
    const char *name = *at, *p = name;
    while (p < end && ((*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '_'))
        p++;
    size_t name_len = (size_t)(p - name), len;
    if (name_len == 0 || name_len > 64 || *name == '_' || (*name >= '0' && *name <= '9'))
        return "a name that the journal does not take";
    if (p == end || (*p != '=' && *p != '\n'))
        return "neither = nor a newline after a name";
    if (entry->count == JOURNAL_FIELDS)
        return "too many fields";
    const char *value = p + 1;
    if (*p == '=') {
        const char *newline = memchr(value, '\n', (size_t)(end - value));
        if (!newline)
            return "a value that does not end";
        len = (size_t)(newline - value);
    } else {
        uint64_t size = 0;
        if (end - value < 8)
            return "a length that is cut";
        for (int i = 7; i >= 0; i--)
            size = size << 8 | (unsigned char)value[i];
        value += 8;
        if (size >= (uint64_t)(end - value) || value[size] != '\n')
            return "a length that does not fit";
        len = (size_t)size;
    }
    entry->fields[entry->count].name = name;
    entry->fields[entry->count].name_len = name_len;
    entry->fields[entry->count].value = value;
    entry->fields[entry->count++].len = len;
    *at = value + len + 1;
    return NULL;
}

/* The next entry that has come in; false if there is none. */
static inline bool journal_take(struct journal_entry *entry, int fd)
{
    union {
        char bytes[CMSG_SPACE(4 * sizeof(int))];
        struct cmsghdr aligned;
    } control;
    struct iovec part = { entry->bytes, sizeof entry->bytes };
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
    };
    ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    entry->wrong = NULL;
    entry->by_memory = false;
    entry->count = 0;
    if (n < 0)
        return false;
    entry->bytes_len = (size_t)n;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
        entry->wrong = "a datagram that is cut";
    else if (header && (n != 0 || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof(int))))
        entry->wrong = "not one descriptor alone";
    else if (header) {
        int memory;
        memcpy(&memory, CMSG_DATA(header), sizeof memory);
        entry->wrong = journal_read_memory(entry, memory);
    } else if (n == 0) {
        entry->wrong = "an empty datagram";
    }
    const char *at = entry->bytes, *end = at + entry->bytes_len;
    while (!entry->wrong && at < end)
        entry->wrong = journal_take_field(entry, &at, end);
    return true;
}

/* Which field is the `nth` of this name, from 0; -1 if there is none. */
static inline int journal_find(const struct journal_entry *entry, const char *name, unsigned nth)
{
    for (unsigned i = 0; i < entry->count; i++)
        if (entry->fields[i].name_len == strlen(name) &&
            memcmp(entry->fields[i].name, name, entry->fields[i].name_len) == 0 && nth-- == 0)
            return (int)i;
    return -1;
}

static inline bool journal_is(const struct journal_entry *entry, const char *name, unsigned nth, const char *value,
                              size_t len)
{
    int at = journal_find(entry, name, nth);
    return at >= 0 && entry->fields[at].len == len && memcmp(entry->fields[at].value, value, len) == 0;
}

/* A field with text. */
static inline bool journal_has(const struct journal_entry *entry, const char *name, const char *value)
{
    return journal_is(entry, name, 0, value, strlen(value));
}

#endif
