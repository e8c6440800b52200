/* SPDX-License-Identifier: MIT */
/* A file of JSON that grows by elements of one array, and is whole after each write. Threads append to one of two
 * buffers; a buffer that is sealed, and into which nobody is copying any more, is written.
 *
 *   who                    does                               by
 *   append                 takes a place in the open buffer   compare-and-swap of `used` in the buffer's word
 *   append                 says that its copy is done         addition to `done`, release
 *   append, flush          seals a buffer                     or of the word's top bit
 *   who sees sealed and    writes it, unless somebody is      `writing`, counted up; the one who counted it from 0
 *   used == done           writing: then that one does        writes for all until it is 0 again
 *   writer                 opens the buffer anew              store of 0, release
 *
 * So nobody waits for anybody, but slmi_elements_flush(). */
#ifndef SPANLOOM_CORE_LAYERS_ELEMENTS_H
#define SPANLOOM_CORE_LAYERS_ELEMENTS_H

#include <stdatomic.h>

#include <spanloom/status.h>

enum { SLMI_ELEMENTS_HEAD_MAX = 1024 };

typedef struct slmi_elements_buffer {
    _Atomic(uint64_t) word; /* sealed 1 | used 31 | done 32 */
    _Atomic(uint64_t) written;
    char *bytes;
} slmi_elements_buffer;

typedef struct slmi_elements {
    char *path;                             /* of this process's file, with room for a child's */
    size_t path_len;                        /* without what a child adds */
    size_t (*head)(char *out, size_t room); /* what the file begins with: up to and including the first element */
    uint32_t room;                          /* of a buffer, less the tail */
    bool write_on_flush;
    uint64_t max_bytes, at; /* where the tail begins; the writer's */
    int fd;                 /* the writer's; -1: to be opened */
    bool forked;
    slmi_elements_buffer buffers[2];
    _Atomic(uint32_t) open, writing;
    _Atomic(uint64_t) lost;
    _Atomic(bool) failed; /* since the last flush */
} slmi_elements;

/* Opens `path`, and writes the head. SLM_OK, SLM_ERR_NO_MEMORY, SLM_ERR_SYSTEM. */
slm_status slmi_elements_init(slmi_elements *e, const char *path, uint32_t buffer_bytes,
                              size_t (*head)(char *, size_t));
/* Writes what is left, and closes. Nobody appends any more. */
void slmi_elements_destroy(slmi_elements *e);
/* In a forked child: nothing is waiting, and the file is another one. Async-signal-safe. */
void slmi_elements_forget(slmi_elements *e);

/* Appends one element, which begins with a comma and a newline. One that finds no room is counted as lost. */
void slmi_elements_append(slmi_elements *e, const char *element, size_t len);
void slmi_elements_lose(slmi_elements *e, uint64_t count);
slm_status slmi_elements_flush(slmi_elements *e, uint32_t timeout_ms);

#endif
