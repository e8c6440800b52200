/* SPDX-License-Identifier: MIT */
#include "exporters/unsupported.h"

static const char *const variables[] = { "OTEL_CONFIG_FILE", "OTEL_ENTITIES" };
static const char *const propagators[] = { "tracecontext", "baggage", "b3", "b3multi", "jaeger", "none" };

static bool is_propagator(slm_string name)
{
    for (size_t i = 0; i < sizeof propagators / sizeof *propagators; i++)
        if (slm_string_equal(name, slm_string_from_c(propagators[i])))
            return true;
    return false;
}

void slmi_unsupported_name(slmi_complaints *complaints)
{
    static const char list[] = "OTEL_PROPAGATORS";
    const char *names = slmi_env(list);
    slm_string name;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (slmi_env(variables[i]))
            slmi_complain(complaints, "%s is not supported and is ignored", variables[i]);
    while (slmi_list_next(&names, &name))
        if (name.len > 0 && !is_propagator(name))
            slmi_complain(complaints, "%s: \"%.*s\" is not supported and is left out", list,
                          (int)(name.len < 40 ? name.len : 40), name.data);
}
