/* SPDX-License-Identifier: MIT */
/* What the library takes of a stack: a coroutine of 16 KiB logs in each style, with a printer. The stack is painted
 * before, so that what was used can be told, and is larger, so that too much is told instead of crashed on. */
#include <spanloom/format.h>
#include <spanloom/layer.h>
#include <spanloom/trace.h>
#include <spanloom/writer.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { ROOM = 128 * 1024, MOST = 16 * 1024, PAINT = 0x5a };

static ucontext_t home, coroutine;
static const char *missing; /* what did not happen */

static size_t print(const void *object, char *out, size_t room)
{
    return (size_t)snprintf(out, room, "yak %d", *(const int *)object);
}

static void log_all(void)
{
    int yak = 7;
    const double heights[] = { 0.1, 1e300, -2.5 };
    const char *const names[] = { "ann", "bob" };
    SLM_SCOPE("request", ("path", "/yaks/7"), ("ratio", 0.1), ("heights", slm_array(heights, 3)));
    SLM_SCOPE("query", ("table", "yaks"), ("names", slm_array(names, 2)));
    SLM_INFO("plain");
    SLM_WARN(("object", slm_debug(&yak, print)), ("error", slm_errno(2)), ("bytes", slm_bytes("abc", 3)),
             "%s of %d: %.3f", "some", 12, 0.25);
    if (!slm_span_is_enabled(slm_current()))
        missing = "a span";
}

static size_t used_by(void (*body)(void))
{
    unsigned char *stack = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED || getcontext(&coroutine) != 0)
        return SIZE_MAX;
    memset(stack, PAINT, ROOM);
    coroutine.uc_stack.ss_sp = stack;
    coroutine.uc_stack.ss_size = ROOM;
    coroutine.uc_link = &home;
    makecontext(&coroutine, body, 0);
    (void)swapcontext(&home, &coroutine);
    size_t untouched = 0;
    while (untouched < ROOM && stack[untouched] == PAINT)
        untouched++;
    munmap(stack, ROOM);
    return ROOM - untouched;
}

static int try(slm_format_style style, const char *name, int fd)
{
    slm_format_options options = { .size = sizeof options,
                                   .style = style,
                                   .show = SLM_SHOW_FILE | SLM_SHOW_LINE | SLM_SHOW_THREAD_NAME | SLM_SHOW_THREAD_ID |
                                           SLM_SHOW_IDS,
                                   .span_events = SLM_SPAN_EVENT_NEW | SLM_SPAN_EVENT_CLOSE,
                                   .writer = slm_writer_fd(fd) };
    slm_layer layer;
    slm_subscriber *subscriber;
    if (slm_layer_format(&options, NULL, &layer) != SLM_OK ||
        slm_subscriber_of_layers(&layer, 1, &subscriber) != SLM_OK)
        return 1;
    slm_set_global_subscriber(subscriber);
    off_t before = lseek(fd, 0, SEEK_END);
    size_t used = used_by(log_all);
    if (lseek(fd, 0, SEEK_END) <= before)
        missing = "lines";
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
    printf("%s: %zu bytes of stack\n", name, used);
    return used > MOST || missing;
}

int main(void)
{
    if (SANITIZED) {
        printf("left out: a sanitizer's frames are larger\n");
        return 0;
    }
    FILE *file = tmpfile();
    if (!file)
        return 1;
    int fd = fileno(file);
    int failed = try(SLM_FORMAT_FULL, "full", fd) + try(SLM_FORMAT_COMPACT, "compact", fd) +
                 try(SLM_FORMAT_PRETTY, "pretty", fd) + try(SLM_FORMAT_JSON, "json", fd) +
                 try(SLM_FORMAT_TREE, "tree", fd);
    if (missing)
        printf("there were no %s\n", missing);
    (void)fclose(file);
    return failed != 0;
}
