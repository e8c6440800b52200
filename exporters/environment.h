/* SPDX-License-Identifier: MIT */
/* Reading single values of a configuration, and collecting what is wrong with them. OpenTelemetry Environment Variable
 * Specification: an empty variable is unset; a value that makes no sense is warned of and ignored. */
#ifndef SPANLOOM_EXPORTERS_ENVIRONMENT_H
#define SPANLOOM_EXPORTERS_ENVIRONMENT_H

#include <spanloom/string.h>

/* What there is to say, collected into one line. What has no room is cut, and ends in "...". */
typedef struct slmi_complaints {
    char text[480];
    size_t len;
} slmi_complaints;

/* Adds one, separated by a semicolon. Unprintable bytes of its arguments become '?'. */
void slmi_complain(slmi_complaints *complaints, const char *format, ...) SLM_PRINTF(2, 3);

/* The variable's value; NULL if it is unset or empty. */
const char *slmi_env(const char *name);
/* The first of two that is set, and its name in `*name`. */
const char *slmi_env_either(const char *first, const char *second, const char **name);

/* Sets `*out` from a decimal number of at least `min` and at most `max`, else complains. Nothing if unset. */
void slmi_env_number(const char *name, uint32_t min, uint32_t max, uint32_t *out, slmi_complaints *complaints);
/* The same of milliseconds, of which 0 means no end. */
void slmi_env_timeout(const char *name, uint32_t *out, slmi_complaints *complaints);
/* True only for "true", in any case; complains of what is neither that nor "false". */
bool slmi_env_bool(const char *name, slmi_complaints *complaints);

/* Splits at commas: the next member of `*list` without spaces around it, in `*member`; false at the end. Members may be
 * empty. */
bool slmi_list_next(const char **list, slm_string *member);
/* `member` taken apart at its first '='; both without spaces around. False if it has none. */
bool slmi_pair_split(slm_string member, slm_string *key, slm_string *value);
/* Percent-decodes `text` into `out`, which has room for `text.len` + 1 bytes, and terminates it. False for a bad
 * escape.
 * `*len` may be less than what strlen() sees of it: %00 decodes. */
bool slmi_percent_decode(slm_string text, char *out, size_t *len);

#endif
