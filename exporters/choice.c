/* SPDX-License-Identifier: MIT */
#include "exporters/choice.h"

#include "core/alloc.h"

#include <string.h>

void slmi_choose_text(char **out, const char *in_code, const char *in_environment, size_t max,
                      slmi_complaints *complaints)
{
    const char *text = in_code && *in_code ? in_code : in_environment;
    if (!text)
        return;
    if (strlen(text) >= max) {
        slmi_complain(complaints, "\"%.40s...\" is too long and is ignored", text);
        return;
    }
    *out = slmi_alloc(strlen(text) + 1);
    if (*out)
        memcpy(*out, text, strlen(text) + 1);
    else
        slmi_complain(complaints, "no memory for \"%.40s\", which is ignored", text);
}

bool slmi_choose(const slmi_choice *choice, slmi_complaints *complaints)
{
    bool by_code = choice->in_code && *choice->in_code;
    const char *text = by_code ? choice->in_code : choice->in_environment;
    if (!text || strcmp(text, choice->otherwise) == 0)
        return false;
    if (strcmp(text, choice->wanted) == 0)
        return true;
    slmi_complain(complaints, "%s=%.40s is not supported, using %s", by_code ? choice->name_in_code : choice->name,
                  text, choice->otherwise);
    return false;
}
