/* SPDX-License-Identifier: MIT */
/* The program's loop: receiving, storing and showing know nothing of each other and meet here. */
#include "viewer/view.h"

#include "viewer/collector.h"
#include "viewer/dump.h"
#include "viewer/open.h"
#include "viewer/outlet.h"
#include "viewer/port_owner.h"
#include "viewer/signals.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_PRINTED_BYTES = 64 << 20, /* Of one trace. */
    MAX_DUMPED_BYTES = 64 << 20,  /* Of one span. */
    MAX_COMPLAINTS = 20           /* About bodies that were refused; more are only counted. */
};

typedef struct view {
    const slmi_view_options *options;
    slmi_view_style style;
    slmi_view_store store;
    slmi_view_collector *collectors[2]; /* By slmi_view_protocol. */
    int signals;
    FILE *dump;
    slmi_view_text text;
    uint64_t refused_bodies;
    bool said_inexact, said_full;
    slmi_view_board board; /* What is open, */
    size_t open_lines;     /* of it on the terminal, as its last lines, */
    bool open_changed;     /* and whether that is old. */
    bool shows_open, refreshes;
    bool ending; /* A signal came; what is left is being shown. */
    bool done;
    int status;
} view;

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void write_out(view *v, const char *data, size_t len)
{
    switch (slmi_view_write(STDOUT_FILENO, v->signals, data, len)) {
    case SLMI_VIEW_WRITTEN:
        return;
    case SLMI_VIEW_INTERRUPTED:
        break;
    case SLMI_VIEW_BROKEN:
        /* `spanloom view | head` is no failure. */
        if (errno != EPIPE) {
            perror("spanloom: standard output");
            v->status = EXIT_FAILURE;
        }
        break;
    }
    v->done = true;
}

static void dump_span(view *v, const slmi_view_span *span)
{
    slmi_view_text_clear(&v->text);
    v->text.max = MAX_DUMPED_BYTES;
    slmi_view_dump(&v->text, span);
    if (v->text.truncated || fwrite(v->text.data, 1, v->text.len, v->dump) != v->text.len) {
        fprintf(stderr, "spanloom: cannot write all of %s\n", v->options->dump);
        v->status = EXIT_FAILURE;
        (void)fclose(v->dump);
        v->dump = NULL;
    }
}

/* Makes room where the open spans stand; whatever is printed comes above them. */
static void hide_open(view *v)
{
    char erase[32];
    if (v->open_lines == 0)
        return;
    int len = snprintf(erase, sizeof erase, "\x1b[%zuA\x1b[J", v->open_lines);
    v->open_lines = 0;
    v->open_changed = true;
    write_out(v, erase, (size_t)len);
}

static void show_open(view *v)
{
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    v->open_changed |= slmi_view_board_expire(&v->board, now_ms());
    if (!v->open_changed || v->done)
        return;
    hide_open(v);
    v->open_changed = false;
    slmi_view_text_clear(&v->text);
    size_t lines = slmi_view_board_print(&v->board, &v->text, v->refreshes && known ? size.ws_col - 1u : 200);
    if (lines > 0)
        write_out(v, v->text.data, v->text.len);
    v->open_lines = v->refreshes ? lines : 0;
}

static void take_open(void *context, slmi_view_open *open)
{
    view *v = context;
    slmi_view_board_take(&v->board, open, now_ms());
    v->open_changed = true;
}

static void receive(void *context, slmi_view_batch *batch, slmi_view_protocol via)
{
    view *v = context;
    uint64_t now = now_ms();
    hide_open(v);
    if (batch->inexact > 0 && !v->said_inexact) {
        v->said_inexact = true;
        fprintf(stderr,
                "spanloom: a sender of %s writes 64-bit integers as JSON numbers; those of 2^53 or more are read as "
                "the nearest double\n",
                via == SLMI_VIEW_OTLP ? "OTLP" : "Zipkin");
    }
    for (slmi_view_span *span; (span = slmi_view_batch_take(batch)) != NULL;) {
        if (v->dump)
            dump_span(v, span);
        slmi_view_store_add(&v->store, span, now);
    }
    if (v->dump)
        (void)fflush(v->dump);
    const slmi_view_counts *counts = &v->store.counts;
    if (!v->said_full && (counts->refused > 0 || counts->evicted_complete > 0 || counts->evicted_partial > 0)) {
        v->said_full = true;
        fprintf(stderr, "spanloom: the memory for traces (%zu bytes, --max-bytes) is full; the oldest traces go\n",
                v->store.max_bytes);
    }
}

static void refused(void *context, const slmi_view_refusal *refusal, slmi_view_protocol via)
{
    view *v = context;
    if (v->refused_bodies++ >= MAX_COMPLAINTS)
        return;
    hide_open(v);
    slmi_view_text_clear(&v->text);
    slmi_view_text_safe(&v->text, refusal->reason, 240);
    fprintf(stderr, "spanloom: refused a request on the %s port with %u: %s%s\n",
            via == SLMI_VIEW_OTLP ? "OTLP" : "Zipkin", refusal->status, slmi_view_text_of(&v->text),
            v->refused_bodies == MAX_COMPLAINTS ? " (no more of these will be told)" : "");
}

static bool is_signalled(const view *v)
{
    struct pollfd ready = { .fd = v->signals, .events = POLLIN };
    return poll(&ready, 1, 0) > 0;
}

static bool show(void *context, const slmi_view_trace *trace)
{
    view *v = context;
    if (v->ending && is_signalled(v))
        return false;
    hide_open(v);
    slmi_view_text_clear(&v->text);
    v->text.max = MAX_PRINTED_BYTES;
    slmi_view_print(&v->text, trace, &v->style);
    if (v->text.data)
        write_out(v, v->text.data, v->text.len);
    if (v->text.truncated)
        fprintf(stderr, "spanloom: a trace was too long to print all of it\n");
    if (v->options->once && trace->has_root)
        v->done = true;
    return !v->done;
}

static int listen_or_complain(uint16_t *port, const char *protocol, const char *option)
{
    int fd = slmi_view_listen(port);
    if (fd >= 0)
        return fd;
    if (errno != EADDRINUSE) {
        int why = errno;
        fprintf(stderr, "spanloom: cannot listen on port %u for %s", *port, protocol);
        errno = why;
        perror(" ");
        return fd;
    }
    slmi_view_owner owner;
    slmi_view_text who = slmi_view_text_up_to(256);
    if (slmi_view_port_owner(*port, &owner)) {
        slmi_view_text_safe(&who, owner.command, 64);
        slmi_view_text_addf(&who, " (pid %d)", owner.pid);
    } else {
        slmi_view_text_puts(&who, "another program (owner unknown)");
    }
    fprintf(stderr, "spanloom: port %u, for %s, is taken by %s; choose another with %s PORT, or any with %s 0\n", *port,
            protocol, slmi_view_text_of(&who), option, option);
    slmi_view_text_free(&who);
    return fd;
}

static bool start_collectors(view *v)
{
    static const struct {
        const char *protocol, *option;
    } names[] = { { "OTLP", "--otlp-port" }, { "Zipkin", "--zipkin-port" } };
    uint16_t ports[] = { v->options->otlp_port, v->options->zipkin_port };
    slmi_view_receiver receiver = { receive, refused, v->shows_open ? take_open : NULL, v };
    int sockets[2];
    bool good = true;
    /* Both are tried, so that both are told of. */
    for (int i = 0; i < 2; i++) {
        sockets[i] = listen_or_complain(&ports[i], names[i].protocol, names[i].option);
        good &= sockets[i] >= 0;
    }
    if (!good)
        return false;
    for (int i = 0; i < 2; i++) {
        v->collectors[i] = slmi_view_collector_start((slmi_view_protocol)i, sockets[i], &receiver);
        if (!v->collectors[i]) {
            fprintf(stderr, "spanloom: cannot start the HTTP server for %s\n", names[i].protocol);
            return false;
        }
    }
    slmi_view_text_clear(&v->text);
    slmi_view_text_addf(
        &v->text, "spanloom: listening on http://127.0.0.1:%u%s (OTLP) and http://127.0.0.1:%u%s (Zipkin)\n", ports[0],
        slmi_view_collector_path(SLMI_VIEW_OTLP), ports[1], slmi_view_collector_path(SLMI_VIEW_ZIPKIN));
    if (v->text.data)
        write_out(v, v->text.data, v->text.len);
    return true;
}

static int next_timeout_ms(const view *v)
{
    int64_t waits[] = { slmi_view_collector_wait_ms(v->collectors[0]), slmi_view_collector_wait_ms(v->collectors[1]),
                        slmi_view_store_wait_ms(&v->store, &v->options->patience, now_ms()),
                        slmi_view_board_wait_ms(&v->board, now_ms()) };
    int64_t least = -1;
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
        if (waits[i] >= 0 && (least < 0 || waits[i] < least))
            least = waits[i];
    return least > INT32_MAX ? INT32_MAX : (int)least;
}

static void loop(view *v)
{
    while (!v->done) {
        struct pollfd ready[] = { { .fd = v->signals, .events = POLLIN },
                                  { .fd = slmi_view_collector_fd(v->collectors[0]), .events = POLLIN },
                                  { .fd = slmi_view_collector_fd(v->collectors[1]), .events = POLLIN } };
        if (poll(ready, sizeof ready / sizeof *ready, next_timeout_ms(v)) < 0 && errno != EINTR) {
            perror("spanloom: poll");
            v->status = EXIT_FAILURE;
            return;
        }
        slmi_view_collector_step(v->collectors[0]);
        slmi_view_collector_step(v->collectors[1]);
        slmi_view_store_show_due(&v->store, &v->options->patience, now_ms(), show, v);
        show_open(v);
        if (ready[0].revents != 0)
            break;
    }
    hide_open(v);
    if (v->done)
        return;
    /* What has come is shown, though it is not settled; a second signal cuts that short. */
    char signal_byte;
    v->ending = true;
    (void)!read(v->signals, &signal_byte, sizeof signal_byte);
    slmi_view_store_show_due(&v->store, &(slmi_view_patience){ 0 }, UINT64_MAX, show, v);
}

/* Without it the store works all the same; only a sender that knows the source could fill one slot of it. */
static uint64_t random_seed(void)
{
    uint64_t seed = 0;
    FILE *file = fopen("/dev/urandom", "re");
    if (!file)
        return now_ms();
    setbuf(file, NULL);
    (void)!fread(&seed, sizeof seed, 1, file);
    (void)fclose(file);
    return seed;
}

static bool prepare(view *v)
{
    v->signals = slmi_view_signals_open();
    if (v->signals < 0 || !slmi_view_store_init(&v->store, v->options->max_bytes, random_seed())) {
        perror("spanloom");
        return false;
    }
    if (v->options->dump && !(v->dump = fopen(v->options->dump, "ae"))) {
        perror("spanloom: cannot open the file of --dump");
        return false;
    }
    return true;
}

/* Whoever was not shown everything is told so. */
static void account(const view *v)
{
    const slmi_view_counts *counts = &v->store.counts;
    uint64_t evicted = counts->evicted_complete + counts->evicted_partial;
    if (evicted > 0 || counts->refused > 0)
        fprintf(stderr,
                "spanloom: %" PRIu64 " traces were removed to make room, %" PRIu64 " of them not complete; %" PRIu64
                " spans found no room\n",
                evicted, counts->evicted_partial, counts->refused);
    if (v->refused_bodies > MAX_COMPLAINTS)
        fprintf(stderr, "spanloom: %" PRIu64 " requests were refused\n", v->refused_bodies);
}

static bool wants_colour(const slmi_view_options *options)
{
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
    if (options->colours != SLMI_VIEW_AUTO)
        return options->colours == SLMI_VIEW_ALWAYS;
    return isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && !(term && strcmp(term, "dumb") == 0);
}

/* A dumb terminal cannot take back what it shows. */
static bool can_refresh(void)
{
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && !(term && strcmp(term, "dumb") == 0);
}

int slmi_view_run(const slmi_view_options *options)
{
    view v = { .options = options,
               .style = { wants_colour(options), options->ascii, options->max_spans },
               .text = slmi_view_text_up_to(MAX_PRINTED_BYTES),
               .refreshes = can_refresh(),
               .signals = -1 };
    v.shows_open = options->open == SLMI_VIEW_ALWAYS || (options->open == SLMI_VIEW_AUTO && v.refreshes);
    if (prepare(&v) && start_collectors(&v)) {
        loop(&v);
        account(&v);
    } else {
        v.status = EXIT_FAILURE;
    }
    slmi_view_collector_stop(v.collectors[0]);
    slmi_view_collector_stop(v.collectors[1]);
    slmi_view_store_free(&v.store);
    slmi_view_board_free(&v.board);
    slmi_view_text_free(&v.text);
    if (v.dump && fclose(v.dump) != 0) {
        fprintf(stderr, "spanloom: cannot write all of %s\n", options->dump);
        v.status = EXIT_FAILURE;
    }
    if (v.signals >= 0)
        slmi_view_signals_close(v.signals);
    return v.status;
}
