/* SPDX-License-Identifier: MIT */
/* Values and attributes in the JSON encoding of OTLP, as spans and log records have them. Written as json_writer.h
 * says. */
#ifndef SPANLOOM_EXPORTERS_OTLP_JSON_VALUE_H
#define SPANLOOM_EXPORTERS_OTLP_JSON_VALUE_H

#include "exporters/json_writer.h"
#include <spanloom/value.h>

/* `intro`, the text and a closing quote. */
#define SLMI_QUOTED(body, at, intro, text) slmi_close_quote(slmi_json_text(body, SLMI_PUT(at, intro "\""), text))

static inline char *slmi_close_quote(char *at)
{
    return at ? SLMI_PUT(at, "\"") : NULL;
}

/* `[{"key":…,"value":…},…]`, at this depth of values: 0 outside any. */
char *slmi_otlp_json_fields(slmi_buffer *body, char *at, const slm_field *fields, size_t count, unsigned depth);

/* The members of an object that say its attributes, each with a comma before it; none where there is none. */
static inline char *slmi_otlp_json_attributes(slmi_buffer *body, char *at, const slm_field *fields, uint32_t count,
                                              uint32_t dropped)
{
    if (count > 0)
        at = slmi_otlp_json_fields(body, SLMI_PUT(at, ",\"attributes\":"), fields, count, 0);
    if (at && dropped > 0)
        at = slmi_json_u64(SLMI_PUT(at, ",\"droppedAttributesCount\":"), dropped);
    return slmi_json_room(body, at, 0);
}

#endif
