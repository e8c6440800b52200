/* SPDX-License-Identifier: MIT */
/* What threads are inside, as Chrome's trace events:
 * https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU */
#include <spanloom/chrome_trace.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/layers/elements.h"
#include "core/layers/json.h"
#include "core/layers/lanes.h"
#include "core/layers/loans.h"
#include "core/platform.h"

enum {
    BUFFER_DEFAULT = 1 << 20,
    BUFFER_MIN = 1 << 16,
    BUFFER_MAX = 1 << 28,
    THREADS_DEFAULT = 256,
    DEPTH_DEFAULT = 128,
    ELEMENT_BYTES_MAX = 8192, /* what does not fit is left out of `args` */
    NAMED_THREADS = 1024
};
#define FILE_DEFAULT (UINT64_C(1) << 30)

/* What the layer keeps in each span: which thread entered it first, and whether another one did. */
struct place {
    _Atomic(uint32_t) thread;
    _Atomic(bool) moved;
};

struct slm_chrome_trace {
    _Atomic(uint32_t) references;
    uint32_t place;
    uint64_t began_ns, pid;
    slmi_elements file;
    slmi_loans loans;
    slmi_lanes lanes;
    _Atomic(uint64_t) named[NAMED_THREADS]; /* slmi_lane_thread() of threads whose name is in the file */
};

/* The system's number of this thread, asked once; and the layer that last wrote its name. */
static _Thread_local uint32_t thread_number __attribute__((tls_model("initial-exec")));
static _Thread_local uint64_t named_for __attribute__((tls_model("initial-exec")));

static uint32_t this_thread(void)
{
    if (!thread_number) {
        uint32_t number = (uint32_t)slmi_platform_thread_number(); /* where it is an address, its low half will do */
        thread_number = number ? number : 1;
    }
    return thread_number;
}

/* -- elements ---------------------------------------------------------------------------------------------------------
 */

/* Nanoseconds as microseconds. */
static void put_time(slmi_text *text, int64_t ns)
{
    uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns, rest = size % 1000;
    char fraction[4] = { '.', (char)('0' + rest / 100), (char)('0' + rest / 10 % 10), (char)('0' + rest % 10) };
    if (ns < 0)
        slmi_text_char(text, '-');
    slmi_text_u64(text, size / 1000);
    slmi_text_bytes(text, fraction, sizeof fraction);
}

static void begin(const slm_chrome_trace *c, slmi_text *text, char phase, uint64_t at_ns)
{
    SLMI_TEXT(text, ",\n{\"ph\":\"");
    slmi_text_char(text, phase);
    SLMI_TEXT(text, "\",\"pid\":");
    slmi_text_u64(text, c->pid);
    SLMI_TEXT(text, ",\"tid\":");
    slmi_text_u64(text, this_thread());
    SLMI_TEXT(text, ",\"ts\":");
    put_time(text, (int64_t)(at_ns - c->began_ns));
}

/* A name is at most 400 bytes, and 2400 with escapes; a target is a literal. */
static void put_names(slmi_text *text, slm_string name, slm_string category)
{
    SLMI_TEXT(text, ",\"name\":");
    slmi_json_string(text, name);
    SLMI_TEXT(text, ",\"cat\":");
    slmi_json_string(text, category);
}

static void put_hex_member(slmi_text *text, slm_string key, const uint8_t *id, size_t len)
{
    char digits[32];
    slmi_text digits_text = { .data = digits, .room = sizeof digits };
    slmi_text_hex(&digits_text, id, len);
    slmi_json_member_string(text, key, slm_string_of(digits, 2 * len));
}

static bool put_field(void *user, const slm_field *field)
{
    slmi_json_member(user, field->key, 0, &field->value);
    return true;
}

static void put_span_args(slmi_text *text, const slm_view *span)
{
    slm_span_context identity;
    slm_view_identity(span, &identity);
    if (!slmi_json_open(text, slm_string_from_c("args"), '{'))
        return;
    put_hex_member(text, slm_string_from_c("spanloom.trace_id"), identity.trace_id.bytes, 16);
    put_hex_member(text, slm_string_from_c("spanloom.span_id"), identity.span_id.bytes, 8);
    slm_view_fields(span, put_field, text);
    slmi_json_close(text, '}');
}

/* The last value of a key counts, as it does in spans. */
static bool is_last(slm_hit *event, size_t at, const slm_field *field)
{
    slm_field later;
    while (slm_hit_field(event, ++at, &later))
        if (slm_string_equal(later.key, field->key))
            return false;
    return true;
}

static void put_event_args(slmi_text *text, slm_hit *event)
{
    static const char *const levels[] = { "OFF", "ERROR", "WARN", "INFO", "DEBUG", "TRACE" };
    slm_field field;
    if (!slmi_json_open(text, slm_string_from_c("args"), '{'))
        return;
    slmi_json_member_string(text, slm_string_from_c("spanloom.level"),
                            slm_string_from_c(levels[slm_hit_metadata(event)->level % 6]));
    for (size_t i = 0; slm_hit_field(event, i, &field); i++)
        if (field.value.type != SLM_TYPE_EMPTY && is_last(event, i, &field))
            slmi_json_member(text, field.key, 0, &field.value);
    slmi_json_close(text, '}');
}

/* A text on a borrowed buffer; NULL data, counted, if there is none. */
static slmi_text borrow(slm_chrome_trace *c)
{
    slmi_text text = { .data = slmi_loans_take(&c->loans), .room = ELEMENT_BYTES_MAX - SLMI_JSON_RESERVE };
    if (!text.data)
        slmi_elements_lose(&c->file, 1);
    return text;
}

static void give(slm_chrome_trace *c, slmi_text *text)
{
    slmi_elements_append(&c->file, text->data, text->len);
    slmi_loans_give(&c->loans, text->data);
}

static void end(slmi_text *text)
{
    slmi_json_close(text, '}');
}

/* -- threads ----------------------------------------------------------------------------------------------------------
 */

/* Whether nobody has written this thread's name yet. One for which there is no room stays a number. */
static bool is_new(slm_chrome_trace *c)
{
    uint64_t thread = slmi_lane_thread();
    for (uint32_t i = 0; i < NAMED_THREADS; i++) {
        _Atomic(uint64_t) *place = &c->named[(thread + i) % NAMED_THREADS];
        uint64_t seen = atomic_load_explicit(place, memory_order_relaxed);
        if (seen == 0 &&
            atomic_compare_exchange_strong_explicit(place, &seen, thread, memory_order_relaxed, memory_order_relaxed))
            return true;
        if (seen == thread)
            return false;
    }
    return false;
}

static void name_thread(slm_chrome_trace *c)
{
    if (named_for == c->lanes.id)
        return;
    named_for = c->lanes.id;
    char name[SLMI_THREAD_NAME_MAX];
    size_t len = slmi_platform_thread_name(name);
    if (len == 0 || !is_new(c))
        return;
    slmi_text text = borrow(c);
    if (!text.data)
        return;
    SLMI_TEXT(&text, ",\n{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":");
    slmi_text_u64(&text, c->pid);
    SLMI_TEXT(&text, ",\"tid\":");
    slmi_text_u64(&text, this_thread());
    SLMI_TEXT(&text, ",\"args\":{\"name\":");
    slmi_json_string(&text, slm_string_of(name, len));
    end(&text);
    end(&text);
    give(c, &text);
}

/* -- callbacks --------------------------------------------------------------------------------------------------------
 */

static void on_enter(void *layer, const slm_view *span)
{
    slm_chrome_trace *c = layer;
    struct place *place = slm_view_place(span, c->place);
    uint32_t nobody = 0, self = this_thread();
    if (!atomic_compare_exchange_strong_explicit(&place->thread, &nobody, self, memory_order_relaxed,
                                                 memory_order_relaxed) &&
        nobody != self)
        atomic_store_explicit(&place->moved, true, memory_order_relaxed);
    slmi_lane *lane = slmi_lane_mine(&c->lanes, true);
    slmi_frame *frame = NULL;
    if (lane) {
        slmi_lane_settle(lane);
        frame = slmi_lane_push(&c->lanes, lane, slm_view_span(span));
    }
    if (frame)
        frame->entered_ns = slm_now_ns();
    else
        slmi_elements_lose(&c->file, 1);
}

static void on_exit(void *layer, const slm_view *span)
{
    slm_chrome_trace *c = layer;
    slmi_lane *lane = slmi_lane_mine(&c->lanes, false);
    slmi_frame frame;
    if (!lane || !slmi_lane_pop(lane, slm_view_span(span), &frame))
        return; /* counted when it was entered */
    uint64_t now = slm_now_ns();
    name_thread(c);
    slmi_text text = borrow(c);
    if (!text.data)
        return;
    begin(c, &text, 'X', frame.entered_ns);
    SLMI_TEXT(&text, ",\"dur\":");
    put_time(&text, (int64_t)(now - frame.entered_ns));
    put_names(&text, slm_view_name(span), slm_view_metadata(span)->target);
    put_span_args(&text, span);
    end(&text);
    give(c, &text);
}

static void put_async(slm_chrome_trace *c, const slm_view *span, char phase, uint64_t at_ns)
{
    slm_span_context identity;
    slmi_text text = borrow(c);
    if (!text.data)
        return;
    slm_view_identity(span, &identity);
    begin(c, &text, phase, at_ns);
    put_hex_member(&text, slm_string_from_c("id"), identity.span_id.bytes, sizeof identity.span_id.bytes);
    put_names(&text, slm_view_name(span), slm_view_metadata(span)->target);
    if (phase == 'b')
        put_span_args(&text, span);
    end(&text);
    give(c, &text);
}

static void on_end(void *layer, const slm_view *span)
{
    slm_chrome_trace *c = layer;
    struct place *place = slm_view_place(span, c->place);
    if (atomic_load_explicit(&place->thread, memory_order_relaxed) &&
        !atomic_load_explicit(&place->moved, memory_order_relaxed))
        return;
    uint64_t now = slm_now_ns(), took = slm_view_end_ns(span) - slm_view_start_ns(span);
    name_thread(c);
    put_async(c, span, 'b', now - took);
    put_async(c, span, 'e', now);
}

static void on_event(void *layer, slm_hit *event)
{
    slm_chrome_trace *c = layer;
    const slm_metadata *meta = slm_hit_metadata(event);
    slm_string message = slm_hit_message(event);
    name_thread(c);
    slmi_text text = borrow(c);
    if (!text.data)
        return;
    begin(c, &text, 'i', slm_now_ns());
    SLMI_TEXT(&text, ",\"s\":\"t\"");
    if (message.len > 400)
        message.len = 400;
    put_names(&text, message.len ? message : meta->target, meta->target);
    put_event_args(&text, event);
    end(&text);
    give(c, &text);
}

/* -- life -------------------------------------------------------------------------------------------------------------
 */

static size_t head(char *out, size_t room)
{
    slmi_text text = { .data = out, .room = room - SLMI_JSON_RESERVE };
    SLMI_TEXT(&text, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":");
    slmi_text_u64(&text, (uint64_t)getpid());
    SLMI_TEXT(&text, ",\"tid\":0,\"args\":{\"name\":");
    slmi_json_string(&text, slm_string_from_c(slmi_platform_program_name()));
    SLMI_TEXT(&text, "}}");
    return text.len;
}

static void on_fork(void *layer)
{
    slm_chrome_trace *c = layer;
    thread_number = 0;
    named_for = 0;
    c->pid = (uint64_t)getpid();
    slmi_elements_forget(&c->file);
    slmi_loans_forget(&c->loans);
    slmi_lanes_forget(&c->lanes);
    for (uint32_t i = 0; i < NAMED_THREADS; i++)
        atomic_store_explicit(&c->named[i], 0, memory_order_relaxed);
}

slm_status slm_chrome_trace_flush(slm_chrome_trace *trace, uint32_t timeout_ms)
{
    int saved = errno;
    slm_status status = slmi_elements_flush(&trace->file, timeout_ms);
    errno = saved;
    return status;
}

uint64_t slm_chrome_trace_lost(const slm_chrome_trace *trace)
{
    return atomic_load_explicit(&trace->file.lost, memory_order_relaxed);
}

void slm_chrome_trace_release(slm_chrome_trace *trace)
{
    if (!trace || atomic_fetch_sub_explicit(&trace->references, 1, memory_order_acq_rel) != 1)
        return;
    slmi_elements_destroy(&trace->file);
    slmi_lanes_destroy(&trace->lanes);
    slmi_loans_destroy(&trace->loans);
    slmi_free(trace);
}

static void destroy(void *layer)
{
    slm_chrome_trace_release(layer);
}

static const slm_layer_ops ops = { .size = sizeof ops,
                                   .on_event = on_event,
                                   .on_enter = on_enter,
                                   .on_exit = on_exit,
                                   .on_end = on_end,
                                   .destroy = destroy,
                                   .on_fork = on_fork };

static slm_status prepare(slm_chrome_trace *c, const slm_chrome_trace_options *o)
{
    atomic_store_explicit(&c->references, 2, memory_order_relaxed);
    c->pid = (uint64_t)getpid();
    c->began_ns = slm_now_ns();
    c->file.max_bytes = o->max_bytes ? o->max_bytes : FILE_DEFAULT;
    c->file.write_on_flush = o->write_on_flush;
    if (!slmi_loans_init(&c->loans, ELEMENT_BYTES_MAX) ||
        !slmi_lanes_init(&c->lanes, o->threads ? o->threads : THREADS_DEFAULT, o->depth ? o->depth : DEPTH_DEFAULT))
        return SLM_ERR_NO_MEMORY;
    return slmi_elements_init(&c->file, o->path, o->buffer_bytes ? o->buffer_bytes : BUFFER_DEFAULT, head);
}

slm_status slm_chrome_trace_new(const slm_chrome_trace_options *options, slm_filter *filter, slm_layer *layer,
                                slm_chrome_trace **out)
{
    const slm_chrome_trace_options *o = options;
    if (!o || !layer || !out || o->size < sizeof *o || !o->path || !*o->path ||
        strlen(o->path) > SLM_CHROME_TRACE_PATH_MAX || o->threads > SLM_CHROME_TRACE_THREADS_MAX ||
        o->depth > SLM_CHROME_TRACE_DEPTH_MAX || o->buffer_bytes > BUFFER_MAX ||
        (o->buffer_bytes && o->buffer_bytes < BUFFER_MIN))
        return SLM_ERR_INVALID_ARGUMENT;
    slm_chrome_trace *c = slmi_alloc_zeroed(sizeof *c);
    if (!c)
        return SLM_ERR_NO_MEMORY;
    slm_status status = prepare(c, o);
    if (status != SLM_OK) {
        slmi_lanes_destroy(&c->lanes);
        slmi_loans_destroy(&c->loans);
        slmi_free(c);
        return status;
    }
    *layer = (slm_layer){ .size = sizeof *layer,
                          .ops = &ops,
                          .self = c,
                          .filter = filter,
                          .place_bytes = sizeof(struct place),
                          .place = &c->place };
    *out = c;
    return SLM_OK;
}
