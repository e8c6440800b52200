/* SPDX-License-Identifier: MIT */
/* What is this process doing right now? On a signal that the host chooses it lists the spans that are open: the request
 * that is stuck is among them, with its fields. The signal comes through a descriptor, so the list is made by ordinary
 * code of the host's loop and not inside a signal handler. */
#include <spanloom/read.h>
#include <spanloom/trace.h>

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int stuck[2], answer[2]; /* pipes: "I am in the middle of it", and what a lock or a peer would give */

static bool print_field(void *user, const slm_field *field)
{
    (void)user;
    if (field->value.type == SLM_TYPE_I64)
        printf(" %.*s=%" PRId64, (int)field->key.len, field->key.data, field->value.as.i);
    else if (field->value.type == SLM_TYPE_STRING)
        printf(" %.*s=%.*s", (int)field->key.len, field->key.data, (int)field->value.len, field->value.as.s);
    return true;
}

static bool print_span(void *user, const slm_view *span)
{
    slm_string name = slm_view_name(span);
    (void)user;
    printf("  %.*s", (int)name.len, name.data);
    slm_view_fields(span, print_field, NULL);
    printf("\n"); /* a monitor would also tell for how long: slm_view_start_ns() */
    return true;
}

static void list_open_spans(void)
{
    printf("open:\n");
    slm_open_spans(print_span, NULL);
    fflush(stdout);
}

static void *serve(void *user)
{
    char byte = 0;
    SLM_SCOPE("request", ("path", "/yaks/7"));
    SLM_SCOPE("query", ("table", "yaks"), ("row", 7));
    if (write(stuck[1], "s", 1) == 1 && read(answer[0], &byte, 1) == 1) /* here it hangs */
        SLM_INFO("answered");
    return user;
}

/* A subscriber must keep records for there to be any: this layer does nothing with them. */
static const slm_layer_ops keep = { .size = sizeof keep };

int main(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before any thread is made: they all inherit it */
    int fd = signalfd(-1, &signals, SFD_CLOEXEC);
    slm_layer layer = { .size = sizeof layer, .ops = &keep };
    slm_subscriber *subscriber;
    if (fd < 0 || pipe(stuck) != 0 || pipe(answer) != 0 || slm_subscriber_of_layers(&layer, 1, &subscriber) != SLM_OK)
        return 1;
    slm_set_global_subscriber(subscriber);

    char byte;
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, NULL) != 0 || read(stuck[0], &byte, 1) != 1)
        return 1;
    kill(getpid(), SIGUSR1); /* an operator does: kill -USR1 PID */
    struct signalfd_siginfo info;
    if (read(fd, &info, sizeof info) == sizeof info && info.ssi_signo == SIGUSR1)
        list_open_spans();
    if (write(answer[1], "a", 1) != 1)
        return 1;
    pthread_join(thread, NULL);
    list_open_spans();
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
    return 0;
}
