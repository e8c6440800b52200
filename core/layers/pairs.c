/* SPDX-License-Identifier: MIT */
#include "core/layers/pairs.h"

#include "core/layers/value.h"

void slmi_pairs(slmi_text *text, slm_hit *event)
{
    slm_field field;
    size_t before = text->len;
    for (size_t i = 0; slm_hit_field(event, i, &field) && !text->cut; i++) {
        if (field.value.type == SLM_TYPE_EMPTY)
            continue;
        if (text->len > before)
            slmi_text_char(text, ' ');
        slmi_text_escaped(text, field.key);
        slmi_text_char(text, '=');
        slmi_text_value(text, &field.value);
    }
}
