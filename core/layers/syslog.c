/* SPDX-License-Identifier: MIT */
/* RFC 5424:  <PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID [SD-ID name="value"...] MSG */
#include <spanloom/syslog.h>

#include <string.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/layers/datagram.h"
#include "core/layers/loans.h"
#include "core/layers/pairs.h"
#include "core/layers/stamp.h"
#include "core/layers/value.h"
#include "core/platform.h"

enum {
    BYTES_DEFAULT = 8192,
    HOST_MAX = 255,
    APP_MAX = 48,
    MSGID_MAX = 32,
    NAME_MAX_BYTES = 32,
    SPANS_MAX = 64,
    MESSAGE_SHARE = 2, /* structured data leaves at least half of a message to its text */
    VALUE_TEXT_BYTES = 1024
};

struct slm_syslog {
    _Atomic(uint32_t) references;
    slmi_datagram socket;
    slmi_loans loans;
    uint32_t facility;
    char host[HOST_MAX + 1], app[APP_MAX + 1], data_id[NAME_MAX_BYTES + 1];
    long pid;
};

/* -- parts ------------------------------------------------------------------------------------------------------------
 */

/* PRINTUSASCII of at most `max` bytes: what is not becomes `_`; nothing is the NILVALUE. */
static void put_word(slmi_text *text, slm_string word, size_t max)
{
    if (word.len == 0)
        slmi_text_char(text, '-');
    for (size_t i = 0; i < word.len && i < max; i++)
        slmi_text_char(text, word.data[i] > 0x20 && word.data[i] < 0x7f ? word.data[i] : '_');
}

/* SD-NAME: PRINTUSASCII without `=`, `]` and `"`. */
static void put_name(slmi_text *text, slm_string name)
{
    if (name.len == 0)
        slmi_text_char(text, '_');
    for (size_t i = 0; i < name.len && i < NAME_MAX_BYTES; i++) {
        char c = name.data[i];
        bool fine = c > 0x20 && c < 0x7f && c != '=' && c != ']' && c != '"';
        slmi_text_char(text, fine ? c : '_');
    }
}

/* PARAM-VALUE: UTF-8, with a backslash before `"`, `\` and `]`. RFC 5424 6.3.3. */
static void put_param_text(slmi_text *text, slm_string value)
{
    for (size_t i = 0; i < value.len; i++) {
        char pair[2] = { '\\', value.data[i] };
        bool escaped = value.data[i] == '"' || value.data[i] == '\\' || value.data[i] == ']';
        slmi_text_whole(text, pair + !escaped, escaped ? 2 : 1);
    }
}

/* A whole parameter, or nothing of it; the next one may be shorter. */
static void put_param(slmi_text *text, slm_string name, slm_string value)
{
    size_t before = text->len, room = text->room;
    bool was_cut = text->cut;
    text->cut = false;
    slmi_text_char(text, ' ');
    put_name(text, name);
    SLMI_TEXT(text, "=\"");
    put_param_text(text, value);
    slmi_text_char(text, '"');
    if (text->cut) {
        text->len = before;
        text->room = room;
    }
    text->cut = text->cut || was_cut;
}

static bool put_field(void *user, const slm_field *field)
{
    char bytes[VALUE_TEXT_BYTES];
    slmi_text *text = user, value = { .data = bytes, .room = sizeof bytes };
    if (field->value.type == SLM_TYPE_EMPTY)
        return true;
    if (field->value.type == SLM_TYPE_STRING || field->value.type == SLM_TYPE_DEBUG)
        slmi_text_escaped(&value, slm_string_of(field->value.as.s, field->value.len));
    else
        slmi_text_value(&value, &field->value);
    put_param(text, field->key, slm_string_of(bytes, value.len));
    text->cut = text->cut || value.cut;
    return true;
}

/* -- spans ------------------------------------------------------------------------------------------------------------
 */

struct scope {
    slm_hit *event;
    slmi_text *text;
    unsigned count;
    struct {
        char bytes[64];
        size_t len;
    } names[SPANS_MAX];
};

static bool keep_name(void *user, const slm_view *span)
{
    struct scope *s = user;
    if (!slm_hit_takes(s->event, span))
        return true;
    if (s->count == SPANS_MAX)
        return false;
    slmi_text text = { .data = s->names[s->count].bytes, .room = sizeof s->names[0].bytes };
    slmi_text_escaped(&text, slm_view_name(span));
    s->names[s->count++].len = text.len;
    return true;
}

static bool put_span_fields(void *user, const slm_view *span)
{
    struct scope *s = user;
    if (slm_hit_takes(s->event, span))
        slm_view_fields(span, put_field, s->text);
    return true;
}

static void put_identity(slmi_text *text, const slm_hit *event)
{
    slm_span_context identity;
    char digits[48];
    slmi_text hex = { .data = digits, .room = sizeof digits };
    if (!slm_hit_identity(event, &identity))
        return;
    slmi_text_hex(&hex, identity.trace_id.bytes, sizeof identity.trace_id.bytes);
    slmi_text_hex(&hex, identity.span_id.bytes, sizeof identity.span_id.bytes);
    put_param(text, slm_string_from_c("trace_id"), slm_string_of(digits, 32));
    if (slm_span_id_is_valid(identity.span_id))
        put_param(text, slm_string_from_c("span_id"), slm_string_of(digits + 32, 16));
}

static void put_names(slmi_text *text, const struct scope *s)
{
    char bytes[VALUE_TEXT_BYTES];
    slmi_text names = { .data = bytes, .room = sizeof bytes };
    for (unsigned i = s->count; i-- > 0;) {
        slmi_text_bytes(&names, s->names[i].bytes, s->names[i].len);
        if (i)
            slmi_text_char(&names, ':');
    }
    if (s->count)
        put_param(text, slm_string_from_c("spans"), slm_string_of(bytes, names.len));
}

/* -- messages ---------------------------------------------------------------------------------------------------------
 */

static void put_header(const slm_syslog *sys, slmi_text *text, slm_hit *event)
{
    const slm_metadata *meta = slm_hit_metadata(event);
    slmi_text_char(text, '<');
    slmi_text_u64(text, sys->facility * 8 + meta->level + 2u);
    SLMI_TEXT(text, ">1 ");
    slmi_stamp_utc(text, slm_hit_time_ns(event));
    slmi_text_char(text, ' ');
    put_word(text, slm_string_from_c(sys->host), HOST_MAX);
    slmi_text_char(text, ' ');
    put_word(text, slm_string_from_c(sys->app), APP_MAX);
    slmi_text_char(text, ' ');
    slmi_text_u64(text, (uint64_t)sys->pid);
    slmi_text_char(text, ' ');
    put_word(text, meta->target, MSGID_MAX);
    slmi_text_char(text, ' ');
}

static void put_data(const slm_syslog *sys, slmi_text *text, slm_hit *event)
{
    const slm_view *span = slm_hit_span(event);
    struct scope scope = { .event = event, .text = text };
    slm_field field;
    size_t before = text->len;
    slmi_text_char(text, '[');
    put_name(text, slm_string_from_c(sys->data_id));
    size_t empty = text->len;
    put_identity(text, event);
    if (span) {
        slm_view_scope(span, keep_name, &scope);
        put_names(text, &scope);
    }
    for (size_t i = 0; slm_hit_field(event, i, &field); i++)
        (void)put_field(text, &field);
    if (span)
        slm_view_scope(span, put_span_fields, &scope);
    if (text->len == empty) {
        text->len = before;
        slmi_text_char(text, '-');
    } else {
        text->room += 1; /* kept for this */
        slmi_text_char(text, ']');
    }
}

static bool is_ascii(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)bytes[i] >= 0x80)
            return false;
    return true;
}

/* MSG-UTF8 begins with a byte order mark, MSG-ANY must not; plain ASCII is the latter. RFC 5424 6.4. */
static void put_text(slmi_text *text, slm_hit *event)
{
    slm_string message = slm_hit_message(event);
    slmi_text_char(text, ' ');
    size_t before = text->len;
    if (message.len)
        slmi_text_escaped(text, message);
    else
        slmi_pairs(text, event);
    size_t len = text->len - before;
    if (is_ascii(text->data + before, len))
        return;
    memmove(text->data + before + 3, text->data + before, len);
    memcpy(text->data + before, "\xef\xbb\xbf", 3);
    text->len += 3;
}

static void on_event(void *layer, slm_hit *event)
{
    slm_syslog *sys = layer;
    size_t most = sys->loans.bytes;
    slmi_text text = { .data = slmi_loans_take(&sys->loans) };
    if (!text.data) {
        atomic_fetch_add_explicit(&sys->socket.lost, 1, memory_order_relaxed);
        return;
    }
    text.room = most;
    put_header(sys, &text, event);
    text.room = text.len + (most - text.len) / MESSAGE_SHARE;
    put_data(sys, &text, event);
    bool cut = text.cut;
    text.cut = false;
    text.room = most - 3; /* for the mark */
    put_text(&text, event);
    if (cut || text.cut)
        atomic_fetch_add_explicit(&sys->socket.cut, 1, memory_order_relaxed);
    struct iovec part = { text.data, text.len };
    slmi_datagram_send(&sys->socket, &part, 1, false);
    slmi_loans_give(&sys->loans, text.data);
}

/* -- life -------------------------------------------------------------------------------------------------------------
 */

static void on_fork(void *layer)
{
    slm_syslog *sys = layer;
    sys->pid = (long)getpid();
    slmi_datagram_forget(&sys->socket);
    slmi_loans_forget(&sys->loans);
}

slm_syslog_stats slm_syslog_stats_read(const slm_syslog *syslog)
{
    return (slm_syslog_stats){ atomic_load_explicit(&syslog->socket.sent, memory_order_relaxed),
                               atomic_load_explicit(&syslog->socket.lost, memory_order_relaxed),
                               atomic_load_explicit(&syslog->socket.cut, memory_order_relaxed) };
}

static void free_all(slm_syslog *sys)
{
    slmi_datagram_destroy(&sys->socket);
    slmi_loans_destroy(&sys->loans);
    slmi_free(sys);
}

void slm_syslog_release(slm_syslog *syslog)
{
    if (syslog && atomic_fetch_sub_explicit(&syslog->references, 1, memory_order_acq_rel) == 1)
        free_all(syslog);
}

static void destroy(void *layer)
{
    slm_syslog_release(layer);
}

static const slm_layer_ops ops = { .size = sizeof ops, .on_event = on_event, .destroy = destroy, .on_fork = on_fork };

static bool take_word(char *out, size_t max, const char *word)
{
    size_t len = strlen(word);
    if (len > max)
        return false;
    memcpy(out, word, len + 1);
    return true;
}

static slm_status prepare(slm_syslog *sys, const slm_syslog_options *o)
{
    atomic_store_explicit(&sys->references, 2, memory_order_relaxed);
    sys->socket.fd = -1;
    sys->facility = o->facility ? o->facility : 1;
    sys->pid = (long)getpid();
    if (gethostname(sys->host, HOST_MAX) != 0)
        sys->host[0] = '\0';
    const char *app = o->identifier ? o->identifier : slmi_platform_program_name();
    if (!take_word(sys->data_id, NAME_MAX_BYTES, o->data_id ? o->data_id : "fields@32473") || !sys->data_id[0])
        return SLM_ERR_INVALID_ARGUMENT;
    memcpy(sys->app, app, strnlen(app, APP_MAX));
    if (!slmi_loans_init(&sys->loans, o->max_bytes ? o->max_bytes : BYTES_DEFAULT))
        return SLM_ERR_NO_MEMORY;
    if (!o->fd)
        return slmi_datagram_init(&sys->socket, o->path ? o->path : "/dev/log");
    slmi_datagram_borrow(&sys->socket, o->fd);
    return SLM_OK;
}

slm_status slm_syslog_new(const slm_syslog_options *options, slm_filter *filter, slm_layer *layer, slm_syslog **out)
{
    static const slm_syslog_options defaults = { .size = sizeof defaults };
    const slm_syslog_options *o = options ? options : &defaults;
    if (!layer || !out || o->size < sizeof *o || o->facility > 23 || o->fd < 0 || o->max_bytes > SLM_SYSLOG_BYTES_MAX ||
        (o->max_bytes && o->max_bytes < SLM_SYSLOG_BYTES_MIN))
        return SLM_ERR_INVALID_ARGUMENT;
    slm_syslog *sys = slmi_alloc_zeroed(sizeof *sys);
    if (!sys)
        return SLM_ERR_NO_MEMORY;
    slm_status status = prepare(sys, o);
    if (status != SLM_OK) {
        free_all(sys);
        return status;
    }
    *layer =
        (slm_layer){ .size = sizeof *layer, .flags = SLM_LAYER_SCOPES, .ops = &ops, .self = sys, .filter = filter };
    *out = sys;
    return SLM_OK;
}
