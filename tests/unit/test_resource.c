/* SPDX-License-Identifier: MIT */
/* OpenTelemetry Resource SDK. */
#include "tests/unit/settings.h"

Test(resource, the_service_name_variable_beats_the_attribute)
{
    slmi_settings *s = READ(NULL, { "OTEL_SERVICE_NAME", "a" }, { "OTEL_RESOURCE_ATTRIBUTES", "service.name=b,k=v" });
    expect_attribute(s, "service.name", "a");
    expect_attribute(s, "k", "v");
    slmi_settings_free(s);
    s = READ(NULL, { "OTEL_RESOURCE_ATTRIBUTES", "service.name=b" });
    expect_attribute(s, "service.name", "b");
    slmi_settings_free(s);
}

Test(resource, resource_attributes_are_decoded_or_dropped_as_a_whole)
{
    static const struct {
        const char *text, *value; /* of k; NULL: absent */
        bool complains;
    } cases[] = {
        { "k=v", "v", false },     { " k = v ", "v", false },   { "k=a%2Cb%3Dc%20d", "a,b=c d", false },
        { "%6b=v", "v", false },   { "k=", "", false },         { "k=a=b", "a=b", false },
        { "k=1,k=2", "2", false }, { "k=v,,", "v", false },     { "k=%zz", NULL, true },
        { "k=%4", NULL, true },    { "k=v,other", NULL, true }, { "k=v,=x", NULL, true },
        { "k=v,x=%", NULL, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_settings *s = READ(NULL, { "OTEL_RESOURCE_ATTRIBUTES", cases[i].text });
        if (cases[i].value)
            expect_attribute(s, "k", cases[i].value);
        else
            cr_expect(attribute(s, "k").data == NULL, "%s", cases[i].text);
        cr_expect(eq(int, complaints.len > 0, cases[i].complains), "%s: %s", cases[i].text, complaints.text);
        slmi_settings_free(s);
    }
}

Test(resource, more_attributes_than_there_is_room_for_are_refused_not_overrun)
{
    static char text[3 * SLMI_RESOURCE_BYTES];
    size_t len = 0;
    for (unsigned i = 0; i < 200; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "k%u=v,", i);
    slmi_settings *s = READ(NULL, { "OTEL_RESOURCE_ATTRIBUTES", text });
    cr_expect(complaints.len > 0);
    cr_expect(attribute(s, "k0").data == NULL);
    slmi_settings_free(s);

    memset(text, 'x', sizeof text - 1);
    memcpy(text, "k=", 2);
    s = READ(NULL, { "OTEL_RESOURCE_ATTRIBUTES", text });
    cr_expect(complaints.len > 0);
    slmi_settings_free(s);

    text[SLMI_RESOURCE_BYTES - 40] = '\0';
    s = READ(NULL, { "OTEL_RESOURCE_ATTRIBUTES", text }, { "OTEL_SERVICE_NAME", text });
    cr_expect(complaints.len > 0);
    slmi_settings_free(s);
}

Test(resource, attributes_in_code_may_have_any_type)
{
    static const bool truths[] = { true, false };
    static const short shorts[] = { -1, 2 };
    static const unsigned char bytes[] = { 255, 1 };
    static const float floats[] = { 0.5f };
    static const char *const strings[] = { "a", NULL, "bc" };
    const slm_field fields[] = {
        { { "truths", 6 }, slm_value_array(SLM_TYPE_BOOL, truths, sizeof *truths, 2) },
        { { "shorts", 6 }, slm_value_array(SLM_TYPE_I64, shorts, sizeof *shorts, 2) },
        { { "bytes", 5 }, slm_value_array(SLM_TYPE_U64, bytes, sizeof *bytes, 2) },
        { { "floats", 6 }, slm_value_array(SLM_TYPE_F64, floats, sizeof *floats, 1) },
        { { "strings", 7 }, slm_value_array(SLM_TYPE_STRING, strings, sizeof *strings, 3) },
        { { "", 0 }, slm_value_i64(1) },
    };
    const slm_config config = { .size = (uint32_t)sizeof config, .resource = fields, .resource_count = 6 };
    slmi_settings *s = READ(&config, { NULL, NULL });
    const slm_field *got = s->resource.resource.fields + 4;
    cr_assert(eq(uint, s->resource.resource.field_count, 9u));
    cr_expect(eq(int, memcmp(got[0].value.as.p, truths, sizeof truths), 0));
    cr_expect(eq(i64, ((const int64_t *)got[1].value.as.p)[0], (int64_t)-1));
    cr_expect(eq(u64, ((const uint64_t *)got[2].value.as.p)[0], (uint64_t)255));
    cr_expect(eq(dbl, ((const double *)got[3].value.as.p)[0], 0.5));
    const slm_string *copied = got[4].value.as.p;
    cr_expect(slm_string_equal(copied[2], slm_string_from_c("bc")));
    cr_expect(copied[1].data == NULL);
    cr_expect(strstr(complaints.text, "it has no key") != NULL);
    slmi_settings_free(s);
}
