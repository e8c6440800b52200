/* SPDX-License-Identifier: MIT */
#include "exporters/pem.h"

#include "core/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Until the room is full or the file ends. */
static int read_all(int fd, slmi_pem *out, size_t room)
{
    while (out->len < room) {
        ssize_t got = read(fd, out->data + out->len, room - out->len);
        if (got < 0 && errno != EINTR)
            return errno;
        if (got == 0)
            break;
        out->len += got > 0 ? (size_t)got : 0;
    }
    return 0;
}

int slmi_pem_read(const char *path, slmi_pem *out)
{
    *out = (slmi_pem){ .data = NULL };
    /* What is no regular file might keep us waiting. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return errno;
    struct stat status;
    int error = fstat(fd, &status) == 0 ? 0 : errno;
    if (error == 0 && !S_ISREG(status.st_mode))
        error = EINVAL;
    if (error == 0 && status.st_size > SLMI_PEM_MAX)
        error = EFBIG;
    if (error == 0) {
        size_t room = (size_t)status.st_size;
        out->data = slmi_alloc_zeroed(room + 1);
        error = out->data ? read_all(fd, out, room) : ENOMEM;
    }
    close(fd);
    if (error != 0)
        slmi_pem_free(out);
    return error;
}

void slmi_pem_trust(slmi_pem *pem)
{
    pem->trust = slmi_trust_new(pem->data, pem->len);
}

void slmi_pem_free(slmi_pem *pem)
{
    if (pem->data)
        explicit_bzero(pem->data, pem->len);
    slmi_trust_free(pem->trust);
    slmi_free(pem->data);
    *pem = (slmi_pem){ .data = NULL };
}
