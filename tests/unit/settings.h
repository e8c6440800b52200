/* SPDX-License-Identifier: MIT */
/* Settings read from an environment that the test gives. Each Criterion test has a process, and so one, of its own. */
#ifndef SPANLOOM_TESTS_SETTINGS_H
#define SPANLOOM_TESTS_SETTINGS_H

#include "exporters/config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>

typedef struct variable {
    const char *name, *value;
} variable;

static slmi_complaints complaints; /* of the last reading */

static inline slmi_settings *read_with(const slm_config *config, const variable *variables, size_t count)
{
    slm_status status;
    clearenv();
    for (size_t i = 0; i < count && variables[i].name; i++)
        setenv(variables[i].name, variables[i].value, 1);
    complaints = (slmi_complaints){ .len = 0 };
    slmi_settings *settings = slmi_settings_read(config, &complaints, &status);
    cr_assert(settings != NULL);
    return settings;
}

#define READ(config, ...)                                                                                              \
    read_with((config), (const variable[]){ __VA_ARGS__ }, sizeof((const variable[]){ __VA_ARGS__ }) / sizeof(variable))

static inline slm_string attribute(const slmi_settings *settings, const char *key)
{
    const slm_resource *resource = &settings->resource.resource;
    for (uint32_t i = 0; i < resource->field_count; i++) {
        if (slm_string_equal(resource->fields[i].key, slm_string_from_c(key)))
            return slm_string_of(resource->fields[i].value.as.s, resource->fields[i].value.len);
    }
    return slm_string_from_c(NULL);
}

static inline void expect_attribute(const slmi_settings *settings, const char *key, const char *expected)
{
    slm_string got = attribute(settings, key);
    cr_expect(slm_string_equal(got, slm_string_from_c(expected)), "%s is \"%.*s\", not \"%s\"", key, (int)got.len,
              got.data ? got.data : "(absent)", expected);
}

#endif
