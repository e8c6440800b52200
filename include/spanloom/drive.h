/* SPDX-License-Identifier: MIT */
/** @file Who drives the exporters: a thread of the library's own, or the host's loop, by three calls. And what a host
 * may decide about that thread, and about the names of receivers. */
#ifndef SPANLOOM_DRIVE_H
#define SPANLOOM_DRIVE_H

#include <spanloom/status.h>

SLM_BEGIN_DECLS

/** Who drives, for `slm_config.drive`. Values are pinned. @since 0.1.0 */
typedef enum slm_drive {
    SLM_DRIVE_THREAD = 0, /**< A thread of the library's own. */
    /** The host, by the calls below: the process gets no thread from slm_init() or anything after it, not even to
     * resolve a name. Receivers' names, and their proxies', are asked for inside slm_init(), which waits for the
     * answer, or of an slm_resolver; certificates are read and files opened there too, so that a chroot() and a loss of
     * privileges may follow. (The path of a Unix socket is looked up at each connection.) */
    SLM_DRIVE_HOST = 1
} slm_drive;

/**
 * A descriptor for the host's poll, epoll or event library to watch for reading; it is the same until slm_shutdown().
 * It is the library's: only to be watched. In a forked child there is another, to be asked for there.
 *
 *     slm_init(&(slm_config){ .size = sizeof(slm_config), .drive = SLM_DRIVE_HOST });
 *     struct pollfd entry = { .fd = slm_drive_fd(), .events = POLLIN };
 *     for (;;) {
 *         poll(&entry, 1, slm_drive_timeout_ms());
 *         slm_drive_step();
 *     }
 *
 * @return -1 if the host does not drive: before slm_init(), after slm_shutdown(), with nothing to export, or because a
 *         thread does.
 * @threadsafety Any thread. Not async-signal-safe.       @since 0.1.0
 */
SLM_API int slm_drive_fd(void);

/**
 * How long to wait for the descriptor at most, in milliseconds for poll(): -1 is no end, 0 is not at all. To be asked
 * before each wait; a host that only steps now and then, on a timer, need not ask and need not watch.
 *
 * @threadsafety Any thread. Not async-signal-safe.       @since 0.1.0
 */
SLM_API int slm_drive_timeout_ms(void);

/**
 * Does what there is to do, and never waits: less than 10 ms of CPU, that of a TLS handshake included (docs/drive.md
 * has the figures). Preserves errno. No SIGPIPE comes of it, and no signal's disposition changes. Does nothing if the
 * host does not drive, or while another thread is in a step, in slm_flush() or in slm_shutdown(), which step too. In a
 * forked child the first call makes what the child needs.
 *
 * @threadsafety Any thread, though one at a time is enough. Not async-signal-safe, and not to be called from a callback
 * of the library's, where it does nothing.       @since 0.1.0
 */
SLM_API void slm_drive_step(void);

/** Finds the addresses of names in place of the system's resolver, under either drive, for `slm_config.resolver`.
 * Copied; `user` stays valid until slm_shutdown() has returned. @since 0.1.0 */
typedef struct slm_resolver {
    uint32_t size; /**< sizeof(slm_resolver); required. */
    /** Asks for the addresses of `host`, which is borrowed for the call. The answer is a call of slm_resolved(), from
     * in here or later. Must not wait. Called by whoever drives, with no lock held; what it traces is not recorded.
     * Asked again a minute after an answer, when the addresses did not work, and 10 s after no answer. */
    void (*resolve)(void *user, const char *host);
    void *user;
} slm_resolver;

/**
 * The answer to slm_resolver.resolve(): `addresses`, IPv4 and IPv6, numeric, separated by commas. At most 8 are used.
 * NULL or "": there are none for now.
 *
 * @retval SLM_OK
 * @retval SLM_ERR_INVALID_ARGUMENT `host` is NULL.
 * @retval SLM_ERR_MALFORMED        Something in `addresses` is no address; nothing of it is used.
 * @retval SLM_ERR_NOT_FOUND        Nobody asked for this host, or no longer.
 * @threadsafety Any thread, inside `resolve` too. Not async-signal-safe.       @since 0.1.0
 */
SLM_API slm_status slm_resolved(const char *host, const char *addresses);

/** What the host has to say about threads of the library's own, for `slm_config.thread_hooks`: the exporters', and the
 *  one that it may start to resolve names. Copied; `user` must stay valid as long as the process lives, because a
 * thread that hangs in the system's resolver ends whenever that comes back. @since 0.1.0 */
typedef struct slm_thread_hooks {
    uint32_t size;      /**< sizeof(slm_thread_hooks); required. */
    uint32_t cpu_count; /**< Entries of `cpus`; 0: any. */
    /** Processors that these threads may run on, by number, below 1024. If the system refuses them, the threads run
     *  anywhere, and a diagnostic says so. */
    const uint32_t *cpus;
    const char *name; /**< Of the exporters' thread, at most 15 bytes. NULL: "spanloom". The other one's begins with 9
                         bytes of it and ends in "-names". */
    /** The first and the last that each thread does, every signal blocked, its name given. NULL: nothing. */
    void (*start)(void *user, const char *name);
    void (*stop)(void *user, const char *name);
    void *user;
} slm_thread_hooks;

SLM_END_DECLS

#endif
