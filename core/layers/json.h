/* SPDX-License-Identifier: MIT */
/* JSON under way, bounded: a member that does not fit is left out, a string is cut with a mark, and what is open can
 * always be closed, because SLMI_JSON_RESERVE bytes after `text->room` are kept for that. */
#ifndef SPANLOOM_CORE_LAYERS_JSON_H
#define SPANLOOM_CORE_LAYERS_JSON_H

#include "core/layers/text.h"

enum { SLMI_JSON_RESERVE = 64 };

/* The comma, if one is due. */
void slmi_json_comma(slmi_text *text);
/* Escaped as JSON; what is no UTF-8 becomes U+FFFD, and C1 controls are escaped although JSON does not ask for it. */
void slmi_json_string(slmi_text *text, slm_string s);
/* Numbers, booleans, strings, arrays; addresses, bytes and error numbers as strings, what is not finite too. */
void slmi_json_value(slmi_text *text, const slm_value *value);
/* What is no UTF-8 in a key becomes \xNN. `underscores` of them stand after the key, which makes it another. */
void slmi_json_member(slmi_text *text, slm_string key, unsigned underscores, const slm_value *value);
void slmi_json_member_string(slmi_text *text, slm_string key, slm_string value);
/* True: the caller closes it. An absent key: an element of an array, or the outermost. */
bool slmi_json_open(slmi_text *text, slm_string key, char bracket);
void slmi_json_close(slmi_text *text, char bracket);
/* A member that says so, in what is reserved. */
void slmi_json_mark_cut(slmi_text *text);

#endif
