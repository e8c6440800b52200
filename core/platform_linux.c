/* SPDX-License-Identifier: MIT */
#include "core/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/uio.h>
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

uint64_t slmi_platform_thread_number(void)
{
    return (uint64_t)syscall(__NR_gettid);
}

bool slmi_platform_thread_is_gone(uint64_t number)
{
    int saved = errno;
    bool gone = syscall(__NR_tgkill, getpid(), (pid_t)number, 0) != 0 && errno == ESRCH;
    errno = saved;
    return gone;
}

size_t slmi_platform_thread_name(char out[SLMI_THREAD_NAME_MAX])
{
    return prctl(PR_GET_NAME, out, 0, 0, 0) == 0 ? strnlen(out, SLMI_THREAD_NAME_MAX) : 0;
}

const char *slmi_platform_program_name(void)
{
    return program_invocation_short_name ? program_invocation_short_name : "";
}

static bool write_whole(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

int slmi_platform_sealed_memory(const struct iovec *parts, int count)
{
    int fd = memfd_create("spanloom", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    bool whole = fd >= 0;
    for (int i = 0; i < count && whole; i++)
        whole = write_whole(fd, parts[i].iov_base, parts[i].iov_len);
    if (whole && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}
