/* SPDX-License-Identifier: MIT */
#include "exporters/http_answer.h"
#include "exporters/reply.h"

#include <stdio.h>

/* What is left of a message. */
typedef struct cursor {
    const unsigned char *at, *end;
} cursor;

/* A field that was read. */
typedef struct field {
    uint64_t number;
    bool sized;
    uint64_t value; /* of a varint; 0 of anything else */
    cursor content; /* of a sized field */
} field;

static bool read_varint(cursor *from, uint64_t *out)
{
    *out = 0;
    for (unsigned shift = 0; shift < 64 && from->at < from->end; shift += 7) {
        *out |= (uint64_t)(*from->at & 0x7f) << shift;
        if (*from->at++ < 0x80)
            return true;
    }
    return false;
}

static bool skip(cursor *from, uint64_t bytes)
{
    if (bytes > (uint64_t)(from->end - from->at))
        return false;
    from->at += bytes;
    return true;
}

/* The next field; false at the end, and where the message is none. */
static bool next_field(cursor *from, field *out)
{
    uint64_t tag, len;
    if (!read_varint(from, &tag))
        return false;
    *out = (field){ .number = tag >> 3 };
    switch (tag & 7) {
    case 0:
        return read_varint(from, &out->value);
    case 1:
        return skip(from, 8);
    case 2:
        out->sized = true;
        if (!read_varint(from, &len))
            return false;
        out->content.at = from->at;
        if (!skip(from, len))
            return false;
        out->content.end = from->at;
        return true;
    case 5:
        return skip(from, 4);
    default:
        return false;
    }
}

static cursor over(const char *body, size_t len)
{
    const unsigned char *at = (const unsigned char *)body;
    return (cursor){ at, len > 0 ? at + len : at };
}

/* For "%.*s", which stops at a null byte. */
static int shown_length(cursor text)
{
    size_t len = (size_t)(text.end - text.at);
    return (int)(len < SLMI_ANSWER_TEXT_BYTES ? len : SLMI_ANSWER_TEXT_BYTES);
}

static const char *shown(cursor text)
{
    return text.at ? (const char *)text.at : "";
}

void slmi_reply_read_otlp_protobuf(const char *body, size_t len, slmi_answer *answer)
{
    cursor reply = over(body, len), message = { NULL, NULL };
    field outer, inner;
    int64_t rejected = 0;
    while (next_field(&reply, &outer)) {
        if (outer.number != 1 || !outer.sized)
            continue;
        cursor partial = outer.content;
        while (next_field(&partial, &inner)) {
            if (inner.number == 1 && !inner.sized)
                rejected = (int64_t)inner.value;
            if (inner.number == 2 && inner.sized)
                message = inner.content;
        }
    }
    answer->rejected = rejected > 0 ? (uint64_t)rejected : 0;
    if (answer->rejected > 0 || message.at < message.end) {
        answer->verdict = SLMI_PARTIAL;
        slmi_answer_say(answer, "%.*s", shown_length(message), shown(message));
    }
}

void slmi_reply_message_protobuf(const char *body, size_t len, char *out, size_t room)
{
    cursor status = over(body, len), message = { NULL, NULL };
    field found;
    while (next_field(&status, &found)) {
        if (found.number == 2 && found.sized)
            message = found.content;
    }
    snprintf(out, room, "%.*s", shown_length(message), shown(message));
}
