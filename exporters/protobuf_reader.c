/* SPDX-License-Identifier: MIT */
#include "exporters/protobuf_reader.h"

#include "exporters/transport.h"

static bool read_varint(slmi_wire *from, uint64_t *out)
{
    *out = 0;
    for (unsigned shift = 0; shift < 64 && from->at < from->end; shift += 7) {
        *out |= (uint64_t)(*from->at & 0x7f) << shift;
        if (*from->at++ < 0x80)
            return true;
    }
    return false;
}

static bool skip(slmi_wire *from, uint64_t bytes)
{
    if (bytes > (uint64_t)(from->end - from->at))
        return false;
    from->at += bytes;
    return true;
}

bool slmi_wire_next(slmi_wire *from, slmi_wire_field *out)
{
    uint64_t tag, len;
    if (!read_varint(from, &tag))
        return false;
    *out = (slmi_wire_field){ .number = tag >> 3 };
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

int slmi_wire_text_len(slmi_wire text)
{
    size_t len = (size_t)(text.end - text.at);
    return (int)(len < SLMI_ANSWER_TEXT_BYTES ? len : SLMI_ANSWER_TEXT_BYTES);
}

const char *slmi_wire_text(slmi_wire text)
{
    return text.at ? (const char *)text.at : "";
}
