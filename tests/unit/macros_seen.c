/* SPDX-License-Identifier: MIT */
#include "tests/unit/macros.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

seen now;
seen_answers answers = { SLM_INTEREST_ALWAYS, true, 0 };
static slm_subscriber *subscriber;
static slm_subscriber_scope scope;

static SLM_PRINTF(3, 4) void append(char *out, size_t room, const char *format, ...)
{
    size_t used = strlen(out);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(out + used, room - used, format, args);
    va_end(args);
}

static void append_hex(char *out, size_t room, const void *data, size_t len)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < len; i++)
        append(out, room, "%02x", bytes[i]);
}

void seen_field(char *out, size_t room, const slm_field *field)
{
    const slm_value *v = &field->value;
    append(out, room, "%s%.*s:", *out ? " " : "", (int)field->key.len, field->key.data);
    switch (v->type) {
    case SLM_TYPE_EMPTY:
        append(out, room, "empty");
        break;
    case SLM_TYPE_BOOL:
        append(out, room, "bool=%s", v->as.u == 0 ? "false" : (v->as.u == 1 ? "true" : "neither"));
        break;
    case SLM_TYPE_I64:
        append(out, room, "i64=%" PRId64, v->as.i);
        break;
    case SLM_TYPE_U64:
        append(out, room, "u64=%" PRIu64, v->as.u);
        break;
    case SLM_TYPE_F64:
        append(out, room, "f64=%g", v->as.d);
        break;
    case SLM_TYPE_STRING:
        append(out, room, "string=%.*s", (int)v->len, v->as.s);
        break;
    case SLM_TYPE_DEBUG: /* printed by now */
        append(out, room, "debug=%.*s", (int)v->len, v->as.s);
        break;
    case SLM_TYPE_POINTER:
        append(out, room, "pointer=%s", v->as.p ? "something" : "null");
        break;
    case SLM_TYPE_BYTES:
        append(out, room, "bytes=");
        append_hex(out, room, v->as.p, v->len);
        break;
    case SLM_TYPE_ERRNO:
        append(out, room, "errno=%" PRId64, v->as.i);
        break;
    default:
        append(out, room, "type%#x[%zu]*%u", v->type, v->len, (unsigned)v->element_bytes);
    }
}

static void read_hit(slm_hit *hit)
{
    slm_field field;
    slm_string message = slm_hit_message(hit);
    now.hits++;
    now.metadata = slm_hit_metadata(hit);
    now.parent = slm_hit_parent(hit);
    now.kind = slm_hit_kind(hit);
    now.time_ns = slm_hit_time_ns(hit);
    now.message[0] = now.fields[0] = '\0';
    append(now.message, sizeof now.message, "%.*s", (int)message.len, message.data ? message.data : "");
    for (size_t i = 0; slm_hit_field(hit, i, &field); i++)
        seen_field(now.fields, sizeof now.fields, &field);
}

static void called(const char *what, uint64_t span)
{
    append(now.calls, sizeof now.calls, "%s%s", *now.calls ? ", " : "", what);
    if (span)
        append(now.calls, sizeof now.calls, " %" PRIu64, span);
}

static slm_interest register_callsite(void *self, const slm_metadata *metadata)
{
    (void)self;
    now.registered++;
    if (answers.level && metadata->level > answers.level)
        return SLM_INTEREST_NEVER;
    return answers.interest;
}

static bool enabled(void *self, const slm_metadata *metadata)
{
    (void)self;
    (void)metadata;
    now.asked++;
    return answers.enabled;
}

static uint64_t new_span(void *self, slm_hit *hit)
{
    (void)self;
    read_hit(hit);
    called("new", ++now.last_span);
    return now.last_span;
}

static void record(void *self, uint64_t span, const slm_field *field)
{
    (void)self;
    now.fields[0] = '\0';
    seen_field(now.fields, sizeof now.fields, field);
    called("record", span);
}

static void event(void *self, slm_hit *hit)
{
    (void)self;
    read_hit(hit);
    called("event", 0);
}

static void enter(void *self, uint64_t span)
{
    (void)self;
    called("enter", span);
}

static void leave(void *self, uint64_t span)
{
    (void)self;
    called("exit", span);
}

static void end(void *self, uint64_t span)
{
    (void)self;
    called("end", span);
}

static const slm_subscriber_ops ops = {
    .size = (uint32_t)sizeof ops,
    .register_callsite = register_callsite,
    .enabled = enabled,
    .new_span = new_span,
    .record = record,
    .event = event,
    .enter = enter,
    .exit = leave,
    .end = end,
};

void seen_begin(void)
{
    memset(&now, 0, sizeof now);
    if (slm_subscriber_new(&ops, NULL, &subscriber) != SLM_OK)
        abort();
    scope = slm_thread_subscriber_push(subscriber);
}

void seen_end(void)
{
    slm_thread_subscriber_pop(scope);
    slm_subscriber_release(subscriber);
}
