/* SPDX-License-Identifier: MIT */
#include "exporters/names.h"

#include "core/alloc.h"
#include "exporters/deadline.h"
#include "exporters/worker.h"
#include "exporters/url.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct entry {
    char host[SLMI_HOST_BYTES];
    char addresses[SLMI_NAME_TEXT_BYTES]; /* "" if none are known */
    char failure[SLMI_NAME_TEXT_BYTES];   /* of the last question; "" if it did not fail */
    uint64_t fresh_until_ns;
    bool wanted; /* to be asked, or being asked */
} entry;

struct slmi_names {
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* something is wanted, or `closed` */
    entry entries[SLMI_NAMES_MAX];
    unsigned count;
    int wake_fd; /* -1 once closed */
    bool started;
    bool closed;
};

slmi_names *slmi_names_new(int wake_fd)
{
    slmi_names *names = slmi_alloc_zeroed(sizeof *names);
    if (!names)
        return NULL;
    pthread_mutex_init(&names->mutex, NULL);
    pthread_cond_init(&names->changed, NULL);
    names->wake_fd = wake_fd;
    return names;
}

static void discard(slmi_names *names)
{
    pthread_cond_destroy(&names->changed);
    pthread_mutex_destroy(&names->mutex);
    slmi_free(names);
}

void slmi_names_close(slmi_names *names)
{
    if (!names)
        return;
    pthread_mutex_lock(&names->mutex);
    bool started = names->started;
    names->closed = true;
    names->wake_fd = -1;
    pthread_cond_signal(&names->changed);
    pthread_mutex_unlock(&names->mutex);
    if (!started)
        discard(names);
}

/* Appends an address in the form that CURLOPT_RESOLVE takes. */
static void append(char *list, const struct addrinfo *info)
{
    char address[INET6_ADDRSTRLEN];
    const void *bytes = info->ai_family == AF_INET6
                            ? (const void *)&((const struct sockaddr_in6 *)(const void *)info->ai_addr)->sin6_addr
                            : (const void *)&((const struct sockaddr_in *)(const void *)info->ai_addr)->sin_addr;
    if (!inet_ntop(info->ai_family, bytes, address, sizeof address))
        return;
    bool v6 = info->ai_family == AF_INET6;
    size_t used = strlen(list);
    snprintf(list + used, SLMI_NAME_TEXT_BYTES - used, "%s%s%s%s", used ? "," : "", v6 ? "[" : "", address,
             v6 ? "]" : "");
}

/* Asks; may take as long as the system's resolver likes. */
static void ask(const char *host, char *addresses, char *failure)
{
    const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
    struct addrinfo *found = NULL;
    addresses[0] = failure[0] = '\0';
    int error = getaddrinfo(host, NULL, &hints, &found);
    if (error != 0) {
        snprintf(failure, SLMI_NAME_TEXT_BYTES, "%s", gai_strerror(error));
        return;
    }
    unsigned count = 0;
    for (const struct addrinfo *info = found; info && count < SLMI_NAME_ADDRESSES_MAX; info = info->ai_next) {
        if (info->ai_family == AF_INET || info->ai_family == AF_INET6) {
            append(addresses, info);
            count++;
        }
    }
    freeaddrinfo(found);
    if (addresses[0] == '\0')
        snprintf(failure, SLMI_NAME_TEXT_BYTES, "no addresses");
}

static entry *next_wanted(slmi_names *names)
{
    for (unsigned i = 0; i < names->count; i++) {
        if (names->entries[i].wanted)
            return &names->entries[i];
    }
    return NULL;
}

/* Entries never move, so `wanted` may be used across the unlocked question. */
static void answer_one(slmi_names *names, entry *wanted)
{
    char host[SLMI_HOST_BYTES];
    char addresses[SLMI_NAME_TEXT_BYTES], failure[SLMI_NAME_TEXT_BYTES];
    memcpy(host, wanted->host, sizeof host);
    pthread_mutex_unlock(&names->mutex);
    ask(host, addresses, failure);
    pthread_mutex_lock(&names->mutex);

    if (addresses[0])
        memcpy(wanted->addresses, addresses, sizeof addresses);
    memcpy(wanted->failure, failure, sizeof failure);
    wanted->fresh_until_ns = slmi_deadline_after(slmi_deadline_now(), SLMI_NAME_FRESH_MS);
    wanted->wanted = false;
    /* Under the mutex: the descriptor is the owner's until it closes the table. */
    if (names->wake_fd >= 0) {
        const uint64_t one = 1;
        ssize_t written = write(names->wake_fd, &one, sizeof one);
        (void)written; /* it can only fail when the counter is at its top, and then it wakes too */
    }
}

static void *resolver(void *user)
{
    slmi_names *names = user;
    pthread_mutex_lock(&names->mutex);
    while (!names->closed) {
        entry *wanted = next_wanted(names);
        if (wanted)
            answer_one(names, wanted);
        else
            pthread_cond_wait(&names->changed, &names->mutex);
    }
    pthread_mutex_unlock(&names->mutex);
    discard(names);
    return NULL;
}

/* With the mutex held. */
static bool want(slmi_names *names, entry *wanted)
{
    if (!names->started) {
        pthread_t thread;
        if (slmi_worker_start(&thread, "spanloom-names", resolver, names) != 0)
            return false;
        pthread_detach(thread);
        names->started = true;
    }
    wanted->wanted = true;
    pthread_cond_signal(&names->changed);
    return true;
}

static entry *find(slmi_names *names, const char *host)
{
    for (unsigned i = 0; i < names->count; i++) {
        if (strcmp(names->entries[i].host, host) == 0)
            return &names->entries[i];
    }
    if (names->count == SLMI_NAMES_MAX || strlen(host) >= SLMI_HOST_BYTES)
        return NULL;
    entry *added = &names->entries[names->count++];
    memcpy(added->host, host, strlen(host) + 1);
    return added;
}

/* With the mutex held. */
static slmi_name_state look(slmi_names *names, entry *wanted, bool refresh, char *text)
{
    bool stale = slmi_deadline_now() >= wanted->fresh_until_ns;
    bool failed = wanted->failure[0] != '\0';
    if (!wanted->wanted && !failed && (refresh || stale) && !want(names, wanted)) {
        memcpy(wanted->failure, "no thread", sizeof "no thread");
        failed = true;
    }
    if (wanted->addresses[0]) {
        memcpy(text, wanted->addresses, SLMI_NAME_TEXT_BYTES);
        wanted->failure[0] = '\0'; /* old addresses beat none, and it is asked again when it is looked up next */
        return SLMI_NAME_KNOWN;
    }
    if (failed && !wanted->wanted) {
        memcpy(text, wanted->failure, SLMI_NAME_TEXT_BYTES);
        wanted->failure[0] = '\0';
        wanted->fresh_until_ns = 0;
        return SLMI_NAME_FAILED;
    }
    return SLMI_NAME_ASKED;
}

slmi_name_state slmi_names_lookup(slmi_names *names, const char *host, bool refresh, char *text)
{
    slmi_name_state state = SLMI_NAME_FAILED;
    pthread_mutex_lock(&names->mutex);
    entry *wanted = find(names, host);
    if (wanted)
        state = look(names, wanted, refresh, text);
    else
        memcpy(text, "too many names", sizeof "too many names");
    pthread_mutex_unlock(&names->mutex);
    return state;
}
