/* SPDX-License-Identifier: MIT */
/* Lines to a file of our own.
 *
 * The descriptor's number stays while files come and go behind it (dup3 puts a new one there in one step), so a line is
 * one append with no lock, and a fork finds nothing half done. One thread at a time, and by a record lock one process
 * at a time, moves full files away; others write on meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/diagnostics.h"
#include "core/errno_name.h"
#include "core/fork.h"
#include "core/layers/writer.h"

enum { KEEP_DEFAULT = 4, MODE_DEFAULT = 0640, SUFFIX_MAX = 4, PATH_BYTES_MAX = 4096 };

struct file {
    int fd;
    mode_t mode;
    uint32_t keep;
    uint64_t max_bytes;          /* 0: no cap */
    _Atomic(uint64_t) bytes;     /* of the present file, as far as this process knows */
    _Atomic(bool) reopen;        /* asked for */
    _Atomic(bool) torn;          /* the last line lacks its end */
    _Atomic(bool) guarded;       /* see slmi_write_line() */
    _Atomic(uint32_t) moving;    /* one more than slmi_forks() of the process whose thread changes the file; 0: none */
    char *path, *older, *oldest; /* the last two for who moves; all in `names` */
    char names[];
};

/* -- changing the file ------------------------------------------------------------------------------------------------
 */

/* A claim that was a parent process's at the fork is nobody's. */
static bool claim(struct file *f)
{
    uint32_t mine = slmi_forks() + 1, now = atomic_load_explicit(&f->moving, memory_order_relaxed);
    return now != mine &&
           atomic_compare_exchange_strong_explicit(&f->moving, &now, mine, memory_order_acquire, memory_order_relaxed);
}

static void unclaim(struct file *f)
{
    atomic_store_explicit(&f->moving, 0, memory_order_release);
}

static void complain(const struct file *f, const char *what)
{
    const char *name = slmi_errno_name(errno);
    slmi_diagnose(SLM_DIAG_WRITER, "the log file %s cannot be %s: %s; lines go on into the one that is open", f->path,
                  what, name ? name : "no error number");
}

/* What is no file (a fifo without a reader, a terminal) must not make us wait: hence O_NONBLOCK. */
static int open_path(const struct file *f)
{
    return open(f->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, f->mode);
}

static void learn(struct file *f)
{
    struct stat is;
    uint64_t bytes = fstat(f->fd, &is) == 0 && S_ISREG(is.st_mode) ? (uint64_t)is.st_size : 0;
    atomic_store_explicit(&f->bytes, bytes, memory_order_relaxed);
    atomic_store_explicit(&f->guarded, slmi_write_needs_guard(f->fd), memory_order_relaxed);
}

static bool open_again(struct file *f)
{
    int fd = open_path(f);
    if (fd < 0 || dup3(fd, f->fd, O_CLOEXEC) < 0) {
        complain(f, "opened");
        if (fd >= 0)
            close(fd);
        return false;
    }
    close(fd);
    atomic_store_explicit(&f->torn, false, memory_order_relaxed);
    learn(f);
    return true;
}

static void name(char *out, const struct file *f, uint32_t number)
{
    size_t len = strlen(f->path);
    memcpy(out, f->path, len);
    snprintf(out + len, SUFFIX_MAX, ".%u", number % 100);
}

/* PATH.1 becomes PATH.2 and so on; the last is overwritten. */
static bool move_away(struct file *f)
{
    for (uint32_t i = f->keep; i-- > 1;) {
        name(f->older, f, i);
        name(f->oldest, f, i + 1);
        if (rename(f->older, f->oldest) != 0 && errno != ENOENT) {
            complain(f, "moved away");
            return false;
        }
    }
    name(f->older, f, 1);
    if (rename(f->path, f->older) != 0 && errno != ENOENT) {
        complain(f, "moved away");
        return false;
    }
    return true;
}

/* Whether the open file is still the one of that name: another process may have moved it away, or somebody else. */
static bool is_current(const struct file *f)
{
    struct stat ours, named;
    return fstat(f->fd, &ours) == 0 && stat(f->path, &named) == 0 && ours.st_ino == named.st_ino &&
           ours.st_dev == named.st_dev;
}

static bool is_full(struct file *f, size_t len)
{
    uint64_t bytes = atomic_load_explicit(&f->bytes, memory_order_relaxed);
    return bytes && bytes + len > f->max_bytes;
}

static bool lock(const struct file *f, short type)
{
    struct flock all = { .l_type = type, .l_whence = SEEK_SET };
    return fcntl(f->fd, F_SETLK, &all) == 0;
}

/* What a file cannot do (a pipe has no size, a device no lock) is no reason to stop. */
static void make_room(struct file *f, size_t len)
{
    if (!lock(f, F_WRLCK) && (errno == EACCES || errno == EAGAIN)) {
        learn(f); /* another process is at it */
        return;
    }
    bool fresh = is_current(f) || open_again(f);
    learn(f); /* what others appended, or took away */
    if (fresh && is_full(f, len) && (!move_away(f) || !open_again(f))) {
        /* Tried again an eighth further on, not at every line. */
        atomic_store_explicit(&f->bytes, f->max_bytes - f->max_bytes / 8, memory_order_relaxed);
    }
    (void)lock(f, F_UNLCK);
}

static void look_after(struct file *f, size_t len)
{
    bool reopen = atomic_load_explicit(&f->reopen, memory_order_relaxed);
    bool full = f->max_bytes && is_full(f, len);
    if (__builtin_expect(!reopen && !full, 1))
        return;
    if (!claim(f))
        return;
    if (atomic_exchange_explicit(&f->reopen, false, memory_order_relaxed))
        (void)open_again(f);
    if (f->max_bytes && is_full(f, len))
        make_room(f, len);
    unclaim(f);
}

/* -- the writer -------------------------------------------------------------------------------------------------------
 */

static slm_status file_write(void *self, const slm_metadata *metadata, slm_string line)
{
    (void)metadata;
    struct file *f = self;
    int saved = errno;
    look_after(f, line.len);
    bool guarded = atomic_load_explicit(&f->guarded, memory_order_relaxed);
    if (__builtin_expect(atomic_load_explicit(&f->torn, memory_order_relaxed), 0) &&
        slmi_write_line(f->fd, guarded, slm_string_of("\n", 1)) == 1)
        atomic_store_explicit(&f->torn, false, memory_order_relaxed);
    size_t done = slmi_write_line(f->fd, guarded, line);
    if (f->max_bytes)
        atomic_fetch_add_explicit(&f->bytes, done, memory_order_relaxed);
    if (done < line.len) {
        slmi_write_failed(f->path, done > 0);
        if (done)
            atomic_store_explicit(&f->torn, true, memory_order_relaxed);
    }
    errno = saved;
    return done == line.len ? SLM_OK : SLM_ERR_SYSTEM;
}

static void file_reopen(void *self)
{
    atomic_store_explicit(&((struct file *)self)->reopen, true, memory_order_relaxed);
}

static bool file_is_terminal(void *self)
{
    int saved = errno, terminal = isatty(((const struct file *)self)->fd);
    errno = saved;
    return terminal == 1;
}

static void file_destroy(void *self)
{
    struct file *f = self;
    int saved = errno;
    close(f->fd);
    errno = saved;
    slmi_free(f);
}

static const slm_writer_ops ops = {
    .size = sizeof ops,
    .write = file_write,
    .destroy = file_destroy,
    .reopen = file_reopen,
    .is_terminal = file_is_terminal,
};

/* The path as it is meant now, whatever the working directory is later. */
static struct file *make(const char *path)
{
    char folder[PATH_BYTES_MAX] = "";
    size_t len = strlen(path);
    if (path[0] != '/' && (!getcwd(folder, sizeof folder - 1) || folder[0] != '/'))
        return NULL;
    size_t before = strlen(folder);
    if (before)
        folder[before++] = '/';
    size_t room = before + len + SUFFIX_MAX;
    struct file *f = slmi_alloc_zeroed(sizeof *f + 3 * room);
    if (!f)
        return NULL;
    f->path = f->names;
    f->older = f->names + room;
    f->oldest = f->names + 2 * room;
    memcpy(f->path, folder, before);
    memcpy(f->path + before, path, len);
    return f;
}

slm_status slm_writer_file(const slm_file_options *options, slm_writer **out)
{
    slm_file_options o = { .size = sizeof o };
    if (!out || !options || options->size < offsetof(slm_file_options, max_bytes))
        return SLM_ERR_INVALID_ARGUMENT;
    memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    if (!o.path || !o.path[0] || strlen(o.path) >= PATH_BYTES_MAX || o.keep > SLM_WRITER_FILES_MAX)
        return SLM_ERR_INVALID_ARGUMENT;
    struct file *f = make(o.path);
    if (!f)
        return SLM_ERR_NO_MEMORY;
    f->mode = o.mode ? o.mode & 07777u : MODE_DEFAULT;
    f->keep = o.keep ? o.keep : KEEP_DEFAULT;
    f->max_bytes = o.max_bytes;
    f->fd = open_path(f);
    if (f->fd < 0) {
        slmi_free(f);
        return SLM_ERR_SYSTEM;
    }
    learn(f);
    *out = slmi_writer_new(&ops, f);
    if (!*out) {
        file_destroy(f);
        return SLM_ERR_NO_MEMORY;
    }
    return SLM_OK;
}
