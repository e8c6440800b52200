/* SPDX-License-Identifier: MIT */
#include "exporters/sampler.h"

static const char variable[] = "OTEL_TRACES_SAMPLER";
static const char argument[] = "OTEL_TRACES_SAMPLER_ARG";

enum { DIGITS_MAX = 18, EXPONENT_MAX = 400 };

/* Its digits as one number, at most 18 of them, and how many stood behind the point. */
static bool take_digits(const char **text, double *number, int *behind)
{
    bool any = false, point = false;
    int digits = 0;
    for (*number = 0, *behind = 0; (**text >= '0' && **text <= '9') || (**text == '.' && !point); ++*text) {
        if (**text == '.') {
            point = true;
            continue;
        }
        any = true;
        if (digits < DIGITS_MAX) {
            *number = 10 * *number + (**text - '0');
            *behind += point;
            digits += *number > 0;
        } else if (!point) {
            return false; /* far beyond 1 */
        }
    }
    return any;
}

static bool take_exponent(const char **text, int *exponent)
{
    *exponent = 0;
    if (**text != 'e' && **text != 'E')
        return true;
    ++*text;
    bool negative = **text == '-';
    if (**text == '-' || **text == '+')
        ++*text;
    if (**text < '0' || **text > '9')
        return false;
    for (; **text >= '0' && **text <= '9'; ++*text)
        if (*exponent < EXPONENT_MAX)
            *exponent = 10 * *exponent + (**text - '0');
    if (negative)
        *exponent = -*exponent;
    return true;
}

bool slmi_ratio_parse(const char *text, double *out)
{
    double number;
    int behind, exponent;
    if (!take_digits(&text, &number, &behind) || !take_exponent(&text, &exponent) || *text)
        return false;
    double scale = 1;
    exponent -= behind;
    for (int left = exponent < 0 ? -exponent : exponent; left > 0 && scale < 1e300; left--)
        scale *= 10;
    number = exponent < 0 ? number / scale : number * scale;
    if (!(number >= 0 && number <= 1))
        return false;
    *out = number;
    return true;
}

static slm_sampler *ratio(slmi_complaints *complaints)
{
    const char *text = slmi_env(argument);
    double part = 1;
    if (text && !slmi_ratio_parse(text, &part))
        slmi_complain(complaints, "%s=%.40s is no number from 0 to 1, using 1", argument, text);
    return slm_sampler_trace_id_ratio(part);
}

static slm_sampler *on(slmi_complaints *complaints)
{
    (void)complaints;
    return slm_sampler_always_on();
}

static slm_sampler *off(slmi_complaints *complaints)
{
    (void)complaints;
    return slm_sampler_always_off();
}

static const struct {
    const char *name;
    slm_sampler *(*make)(slmi_complaints *complaints); /* NULL: known, and not supported */
    bool under_parent;
} samplers[] = {
    { "always_on", on, false },
    { "always_off", off, false },
    { "traceidratio", ratio, false },
    { "parentbased_always_on", on, true },
    { "parentbased_always_off", off, true },
    { "parentbased_traceidratio", ratio, true },
    { "jaeger_remote", NULL, false },
    { "parentbased_jaeger_remote", NULL, true },
    { "xray", NULL, false },
};

slm_sampler *slmi_sampler_read(const slm_config *config, slmi_complaints *complaints)
{
    const char *name = slmi_env(variable);
    if (config->sampler)
        return slm_sampler_retain(config->sampler);
    for (size_t i = 0; name && i < sizeof samplers / sizeof *samplers; i++) {
        if (strcmp(name, samplers[i].name) != 0)
            continue;
        if (!samplers[i].make) {
            slmi_complain(complaints, "%s=%s is not supported, using parentbased_always_on", variable, name);
            return NULL;
        }
        slm_sampler *sampler = samplers[i].make(complaints);
        return samplers[i].under_parent ? slm_sampler_parent_based(&(slm_sampler_delegates){ .root = sampler })
                                        : sampler;
    }
    if (name)
        slmi_complain(complaints, "%s: no sampler is named \"%.40s\", using parentbased_always_on", variable, name);
    return NULL;
}
