/* SPDX-License-Identifier: MIT */
#include "exporters/names.h"

#include "core/alloc.h"
#include "exporters/deadline.h"
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
    bool wanted;  /* to be asked, or being asked */
    bool settled; /* by slmi_names_expect(), for good */
} entry;

struct slmi_names {
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* something is wanted, or `closed` */
    entry entries[SLMI_NAMES_MAX];
    unsigned count;
    slmi_names_options options; /* `wake_fd` is -1 once it is closed */
    bool started;
    bool closed;
};

static pthread_mutex_t answering = PTHREAD_MUTEX_INITIALIZER; /* before a table's own */
static slmi_names *answered;                                  /* what slm_resolved() means */

static void mean(slmi_names *names)
{
    pthread_mutex_lock(&answering);
    answered = names;
    pthread_mutex_unlock(&answering);
}

/* What a forked child takes over was written before the fork, and by slm_init() alone. */
static void inherit(slmi_names *names, const slmi_names *parents)
{
    for (unsigned i = 0; i < parents->count; i++) {
        if (parents->entries[i].settled)
            names->entries[names->count++] = parents->entries[i];
    }
}

slmi_names *slmi_names_new(const slmi_names_options *options)
{
    slmi_names *names = slmi_alloc_zeroed(sizeof *names);
    if (!names)
        return NULL;
    pthread_mutex_init(&names->mutex, NULL);
    pthread_cond_init(&names->changed, NULL);
    names->options = *options;
    if (options->inherited)
        inherit(names, options->inherited);
    if (options->resolver.resolve)
        mean(names);
    return names;
}

void slmi_names_fork_child(void)
{
    pthread_mutex_init(&answering, NULL);
    answered = NULL;
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
    if (names->options.resolver.resolve)
        mean(NULL);
    pthread_mutex_lock(&names->mutex);
    bool started = names->started;
    names->closed = true;
    names->options.wake_fd = -1;
    pthread_cond_signal(&names->changed);
    pthread_mutex_unlock(&names->mutex);
    if (!started)
        discard(names);
}

/* Appends an address in the form that CURLOPT_RESOLVE takes. */
static void append(char *list, int family, const void *bytes)
{
    char address[INET6_ADDRSTRLEN];
    if (!inet_ntop(family, bytes, address, sizeof address))
        return;
    bool v6 = family == AF_INET6;
    size_t used = strlen(list);
    snprintf(list + used, SLMI_NAME_TEXT_BYTES - used, "%s%s%s%s", used ? "," : "", v6 ? "[" : "", address,
             v6 ? "]" : "");
}

static const void *bytes_of(const struct addrinfo *info)
{
    const void *address = info->ai_addr;
    return info->ai_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
                                       : (const void *)&((const struct sockaddr_in *)address)->sin_addr;
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
            append(addresses, info->ai_family, bytes_of(info));
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

/* With the mutex held: takes an answer and wakes the owner, whose the descriptor is until he closes the table. */
static void take(slmi_names *names, entry *wanted, const char *addresses, const char *failure)
{
    if (addresses[0])
        memcpy(wanted->addresses, addresses, strlen(addresses) + 1);
    memcpy(wanted->failure, failure, strlen(failure) + 1);
    wanted->fresh_until_ns = slmi_deadline_after(slmi_deadline_now(), SLMI_NAME_FRESH_MS);
    wanted->wanted = false;
    if (names->options.wake_fd >= 0) {
        const uint64_t one = 1;
        ssize_t written = write(names->options.wake_fd, &one, sizeof one);
        (void)written; /* it can only fail when the counter is at its top, and then it wakes too */
    }
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
    take(names, wanted, addresses, failure);
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

/* With the mutex held. A host's resolver was asked before, without it. */
static bool want(slmi_names *names, entry *wanted)
{
    if (names->options.resolver.resolve)
        return true;
    if (names->options.threadless)
        return false;
    if (!names->started) {
        pthread_t thread;
        if (slmi_worker_start(&thread, &names->options.worker, "-names", resolver, names) != 0)
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
    if (!wanted->wanted && !wanted->settled && !failed && (refresh || stale) && !want(names, wanted)) {
        memcpy(wanted->failure, "no thread", sizeof "no thread");
        failed = true;
    }
    if (wanted->addresses[0]) {
        memcpy(text, wanted->addresses, SLMI_NAME_TEXT_BYTES);
        if (!wanted->settled)
            wanted->failure[0] = '\0'; /* old addresses beat none, and it is asked again when it is looked up next */
        return SLMI_NAME_KNOWN;
    }
    if (failed && !wanted->wanted) {
        memcpy(text, wanted->failure, SLMI_NAME_TEXT_BYTES);
        if (!wanted->settled) {
            wanted->failure[0] = '\0';
            wanted->fresh_until_ns = 0;
        }
        return SLMI_NAME_FAILED;
    }
    return SLMI_NAME_ASKED;
}

/* With the mutex held: whether the host's resolver is to be asked now; then it counts as asked. */
static bool is_to_ask_host(const slmi_names *names, entry *wanted, bool refresh)
{
    uint64_t now = slmi_deadline_now();
    bool due = now >= wanted->fresh_until_ns || (refresh && !wanted->wanted);
    if (!names->options.resolver.resolve || !due || wanted->failure[0])
        return false;
    wanted->wanted = true;
    wanted->fresh_until_ns = slmi_deadline_after(now, SLMI_NAME_PATIENCE_MS);
    return true;
}

slmi_name_state slmi_names_lookup(slmi_names *names, const char *host, bool refresh, char *text)
{
    slmi_name_state state = SLMI_NAME_FAILED;
    pthread_mutex_lock(&names->mutex);
    entry *wanted = find(names, host);
    if (wanted && is_to_ask_host(names, wanted, refresh)) {
        pthread_mutex_unlock(&names->mutex);
        names->options.resolver.resolve(names->options.resolver.user, host);
        pthread_mutex_lock(&names->mutex);
    }
    if (wanted)
        state = look(names, wanted, refresh, text);
    else
        memcpy(text, "too many names", sizeof "too many names");
    pthread_mutex_unlock(&names->mutex);
    return state;
}

void slmi_names_expect(slmi_names *names, const char *host)
{
    char addresses[SLMI_NAME_TEXT_BYTES], failure[SLMI_NAME_TEXT_BYTES];
    if (!names->options.threadless || names->options.resolver.resolve)
        return;
    pthread_mutex_lock(&names->mutex);
    entry *wanted = find(names, host);
    bool known = !wanted || wanted->settled;
    pthread_mutex_unlock(&names->mutex);
    if (known)
        return;
    ask(host, addresses, failure);
    pthread_mutex_lock(&names->mutex);
    take(names, wanted, addresses, failure);
    wanted->settled = true;
    pthread_mutex_unlock(&names->mutex);
}

/* Numeric addresses, separated by commas, in the form that CURLOPT_RESOLVE takes. */
static bool rewrite(const char *given, char *addresses)
{
    unsigned count = 0;
    addresses[0] = '\0';
    while (given && *given) {
        struct in6_addr bytes; /* the larger one */
        char one[INET6_ADDRSTRLEN];
        size_t len = strcspn(given, ",");
        snprintf(one, sizeof one, "%.*s", (int)len, given);
        int family = strchr(one, ':') ? AF_INET6 : AF_INET;
        if (len >= sizeof one || inet_pton(family, one, &bytes) != 1)
            return false;
        if (count++ < SLMI_NAME_ADDRESSES_MAX)
            append(addresses, family, &bytes);
        given += len + (given[len] == ',');
    }
    return true;
}

slm_status slm_resolved(const char *host, const char *addresses)
{
    char text[SLMI_NAME_TEXT_BYTES];
    slm_status status = SLM_ERR_NOT_FOUND;
    if (!host)
        return SLM_ERR_INVALID_ARGUMENT;
    if (!rewrite(addresses, text))
        return SLM_ERR_MALFORMED;
    pthread_mutex_lock(&answering);
    if (answered) {
        pthread_mutex_lock(&answered->mutex);
        for (unsigned i = 0; i < answered->count; i++) {
            entry *wanted = &answered->entries[i];
            if (strcmp(wanted->host, host) == 0 && wanted->wanted) {
                take(answered, wanted, text, text[0] ? "" : "the host's resolver found no address");
                status = SLM_OK;
            }
        }
        pthread_mutex_unlock(&answered->mutex);
    }
    pthread_mutex_unlock(&answering);
    return status;
}
