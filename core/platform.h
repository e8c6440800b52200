/* SPDX-License-Identifier: MIT */
/* What differs between operating systems: platform_linux.c, and platform_posix.c for the rest. No other file has an
 * #ifdef for a platform. */
#ifndef SPANLOOM_CORE_PLATFORM_H
#define SPANLOOM_CORE_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Prepares slmi_platform_barrier(). False: there is none, readers must fence. Once, on a cold path. */
bool slmi_platform_barrier_init(void);
/* A full barrier on every thread of the process. */
void slmi_platform_barrier(void);

/* `size` bytes of zeroed memory that cost nothing until touched, or NULL. Never given back. Async-signal-safe. */
void *slmi_platform_reserve(size_t size);
/* Has the pages ready, so that touching them first does not fault on a hot path. A hint. */
void slmi_platform_touch(void *memory, size_t size);

/* Fills in random bytes; false if the system has none now. Async-signal-safe. */
bool slmi_platform_random(void *out, size_t size);

/* Whether the processor's counter may be used as the clock, because the kernel itself does. Reads one file. */
bool slmi_platform_counter_is_trusted(void);
/* The counter; only if it is trusted. */
static inline uint64_t slmi_platform_counter(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
    return 0;
#endif
}

/* The system's number of this thread, never zero; and its name, of SLMI_THREAD_NAME_MAX bytes at most and not
 * terminated: returns the length, 0 if there is none. */
enum { SLMI_THREAD_NAME_MAX = 16 };
uint64_t slmi_platform_thread_number(void);
/* Whether the thread of that number has ended; false too where the system does not say. */
bool slmi_platform_thread_is_gone(uint64_t number);
size_t slmi_platform_thread_name(char out[SLMI_THREAD_NAME_MAX]);

/* What the program was called by, without folders; "" if the system does not say. Static. */
const char *slmi_platform_program_name(void);

struct iovec;
/* A descriptor of anonymous memory with these bytes, sealed against any change; -1 if the system has none. Needs no
 * other thread and no device: it does not block. */
int slmi_platform_sealed_memory(const struct iovec *parts, int count);

#endif
