/* SPDX-License-Identifier: MIT */
/* For systems other than Linux, and for a test on Linux: nothing but POSIX. */
#include "core/platform.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool slmi_platform_barrier_init(void)
{
    return false;
}

void slmi_platform_barrier(void)
{
}

void *slmi_platform_reserve(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void slmi_platform_touch(void *memory, size_t size)
{
    (void)memory;
    (void)size;
}

bool slmi_platform_random(void *out, size_t size)
{
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, out, size);
    close(fd);
    return n == (ssize_t)size;
}

bool slmi_platform_counter_is_trusted(void)
{
    return false;
}

/* A thread is named by nothing else that is a number. */
uint64_t slmi_platform_thread_number(void)
{
    pthread_t self = pthread_self();
    uint64_t number = 0;
    memcpy(&number, &self, sizeof self < sizeof number ? sizeof self : sizeof number);
    return number;
}

bool slmi_platform_thread_is_gone(uint64_t number)
{
    (void)number; /* it may be another thread's by now */
    return false;
}

size_t slmi_platform_thread_name(char out[SLMI_THREAD_NAME_MAX])
{
    (void)out;
    return 0;
}

const char *slmi_platform_program_name(void)
{
    return "";
}

int slmi_platform_sealed_memory(const struct iovec *parts, int count)
{
    (void)parts;
    (void)count;
    return -1;
}
