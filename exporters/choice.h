/* SPDX-License-Identifier: MIT */
/* A setting that the code may give, and the environment else. */
#ifndef SPANLOOM_EXPORTERS_CHOICE_H
#define SPANLOOM_EXPORTERS_CHOICE_H

#include "exporters/environment.h"

/* Copies the code's text if it is not empty, else the environment's, if there is one; complains of `max` bytes or more.
 */
void slmi_choose_text(char **out, const char *in_code, const char *in_environment, size_t max,
                      slmi_complaints *complaints);

/* One that has two values. */
typedef struct slmi_choice {
    const char *wanted, *otherwise;
    const char *in_code, *name_in_code;
    const char *in_environment, *name;
} slmi_choice;

/* Whether the code, else the environment, says `wanted`; what is neither is complained of. */
bool slmi_choose(const slmi_choice *choice, slmi_complaints *complaints);

#endif
