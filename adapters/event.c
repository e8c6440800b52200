/* SPDX-License-Identifier: MIT */
/* libevent. A callback may free what it belongs to, so nothing of that is touched after it. */
#include <spanloom/event.h>

static void on_event(evutil_socket_t fd, short what, void *bound)
{
    slm_libevent *event = bound;
    event_callback_fn callback = event->callback;
    void *argument = event->argument;
    bool stays = event_get_events(event->event) & EV_PERSIST;
    slm_resumed in = stays ? slm_context_resume(&event->context) : slm_context_resume_once(&event->context);
    callback(fd, what, argument);
    slm_context_leave(&in);
}

struct event *slm_libevent_new(slm_libevent *event, struct event_base *base, evutil_socket_t fd, short what,
                               event_callback_fn callback, void *argument)
{
    event->context.id = 0;
    event->callback = callback;
    event->argument = argument;
    event->event = callback ? event_new(base, fd, what, on_event, event) : NULL;
    return event->event;
}

int slm_libevent_add(slm_libevent *event, const struct timeval *timeout)
{
    slm_context before = event->context;
    slm_context armed = slm_context_capture();
    event->context = armed; /* first: another thread may run the base */
    int result = event_add(event->event, timeout);
    if (result != 0)
        event->context = before;
    slm_context_release(result == 0 ? &before : &armed);
    return result;
}

int slm_libevent_del(slm_libevent *event)
{
    int result = event_del(event->event);
    slm_context_release(&event->context);
    return result;
}

void slm_libevent_free(slm_libevent *event)
{
    if (!event || !event->event)
        return;
    event_free(event->event);
    slm_context_release(&event->context);
    memset(event, 0, sizeof *event);
}

static void on_read(struct bufferevent *bufferevent, void *argument)
{
    slm_bufferevent *bound = argument;
    slm_resumed in = slm_context_resume(&bound->context);
    bound->read(bufferevent, bound->argument);
    slm_context_leave(&in);
}

static void on_write(struct bufferevent *bufferevent, void *argument)
{
    slm_bufferevent *bound = argument;
    slm_resumed in = slm_context_resume(&bound->context);
    bound->write(bufferevent, bound->argument);
    slm_context_leave(&in);
}

static void on_condition(struct bufferevent *bufferevent, short what, void *argument)
{
    slm_bufferevent *bound = argument;
    slm_resumed in = slm_context_resume(&bound->context);
    bound->event(bufferevent, what, bound->argument);
    slm_context_leave(&in);
}

void slm_bufferevent_setcb(slm_bufferevent *bound, struct bufferevent *bufferevent, bufferevent_data_cb read,
                           bufferevent_data_cb write, bufferevent_event_cb event, void *argument)
{
    slm_context before = bound->context;
    *bound = (slm_bufferevent){ bufferevent, slm_context_capture(), read, write, event, argument };
    slm_context_release(&before);
    bufferevent_setcb(bufferevent, read ? on_read : NULL, write ? on_write : NULL, event ? on_condition : NULL, bound);
}

void slm_bufferevent_free(slm_bufferevent *bound)
{
    if (!bound || !bound->bufferevent)
        return;
    bufferevent_free(bound->bufferevent);
    slm_context_release(&bound->context);
    memset(bound, 0, sizeof *bound);
}
