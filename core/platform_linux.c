/* SPDX-License-Identifier: MIT */
#include "core/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

static int membarrier(int command)
{
    return (int)syscall(__NR_membarrier, command, 0, 0);
}

bool slmi_platform_barrier_init(void)
{
    return membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
}

void slmi_platform_barrier(void)
{
    (void)membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}

void *slmi_platform_reserve(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void slmi_platform_touch(void *memory, size_t size)
{
#ifdef MADV_POPULATE_WRITE
    int saved = errno;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = (uintptr_t)memory & ~(page - 1);
    uintptr_t to = ((uintptr_t)memory + size + page - 1) & ~(page - 1);
    (void)madvise((void *)from, to - from, MADV_POPULATE_WRITE);
    errno = saved;
#else
    (void)memory;
    (void)size;
#endif
}

bool slmi_platform_random(void *out, size_t size)
{
    return getrandom(out, size, GRND_NONBLOCK) == (ssize_t)size;
}

bool slmi_platform_counter_is_trusted(void)
{
#if defined(__x86_64__)
    char source[16] = { 0 };
    int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, source, sizeof source - 1);
    close(fd);
    return n == 4 && memcmp(source, "tsc\n", 4) == 0;
#elif defined(__aarch64__)
    return true; /* the architecture makes the virtual counter constant and shared by all cores */
#else
    return false;
#endif
}
