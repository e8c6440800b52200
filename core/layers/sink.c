/* SPDX-License-Identifier: MIT */
#include <spanloom/sink.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool slm_sink_buffer(void *user, const char *text, size_t len)
{
    slm_buffer *buffer = user;
    if (buffer->len + 1 < buffer->room) {
        size_t left = buffer->room - 1 - buffer->len, n = len < left ? len : left;
        memcpy(buffer->data + buffer->len, text, n);
        buffer->data[buffer->len + n] = '\0';
    } else if (buffer->len == 0 && buffer->room) {
        buffer->data[0] = '\0';
    }
    buffer->len += len;
    return true;
}

bool slm_sink_fd(void *user, const char *text, size_t len)
{
    const int *fd = user;
    while (len) {
        ssize_t n = write(*fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text += n;
        len -= (size_t)n;
    }
    return true;
}
