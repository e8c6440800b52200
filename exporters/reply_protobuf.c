/* SPDX-License-Identifier: MIT */
#include "exporters/http_answer.h"
#include "exporters/protobuf_reader.h"
#include "exporters/reply.h"

#include <stdio.h>

void slmi_reply_read_otlp_protobuf(const char *body, size_t len, slmi_answer *answer)
{
    slmi_wire reply = slmi_wire_over(body, len), message = { NULL, NULL };
    slmi_wire_field outer, inner;
    int64_t rejected = 0;
    while (slmi_wire_next(&reply, &outer)) {
        if (outer.number != 1 || !outer.sized)
            continue;
        slmi_wire partial = outer.content;
        while (slmi_wire_next(&partial, &inner)) {
            if (inner.number == 1 && !inner.sized)
                rejected = (int64_t)inner.value;
            if (inner.number == 2 && inner.sized)
                message = inner.content;
        }
    }
    answer->rejected = rejected > 0 ? (uint64_t)rejected : 0;
    if (answer->rejected > 0 || message.at < message.end) {
        answer->verdict = SLMI_PARTIAL;
        slmi_answer_say(answer, "%.*s", slmi_wire_text_len(message), slmi_wire_text(message));
    }
}

void slmi_reply_message_protobuf(const char *body, size_t len, char *out, size_t room)
{
    slmi_wire status = slmi_wire_over(body, len), message = { NULL, NULL };
    slmi_wire_field found;
    while (slmi_wire_next(&status, &found)) {
        if (found.number == 2 && found.sized)
            message = found.content;
    }
    snprintf(out, room, "%.*s", slmi_wire_text_len(message), slmi_wire_text(message));
}
