/* SPDX-License-Identifier: MIT */
/* What detectors find, and how it joins the rest of the resource. OpenTelemetry Resource SDK. */
#include "exporters/detectors.h"

#include "tests/unit/settings.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#define DETECTORS "SPANLOOM_RESOURCE_DETECTORS"

static slmi_settings *detected(const char *names)
{
    return READ(NULL, { DETECTORS, names });
}

static const slm_value *value_of(const slmi_settings *settings, const char *key)
{
    const slm_resource *resource = &settings->resource.resource;
    for (uint32_t i = 0; i < resource->field_count; i++)
        if (slm_string_equal(resource->fields[i].key, slm_string_from_c(key)))
            return &resource->fields[i].value;
    return NULL;
}

Test(detectors, are_silent_unless_asked)
{
    slmi_settings *s = READ(NULL, { NULL, NULL });
    cr_expect(eq(u32, s->resource.resource.field_count, 4));
    cr_expect(eq(sz, s->resource.resource.schema_url.len, 0));
    slmi_settings_free(s);
    s = detected("none");
    cr_expect(eq(u32, s->resource.resource.field_count, 4));
    cr_expect(eq(str, complaints.text, (char *)""));
    slmi_settings_free(s);
}

Test(detectors, of_the_process_tell_who_it_is_and_no_arguments)
{
    char path[4096] = "";
    slmi_settings *s = detected("process");
    const slm_value *pid = value_of(s, "process.pid");
    cr_assert(pid != NULL);
    cr_expect(eq(i64, pid->as.i, (int64_t)getpid()));
    cr_expect(gt(sz, (size_t)readlink("/proc/self/exe", path, sizeof path - 1), 0));
    expect_attribute(s, "process.executable.path", path);
    expect_attribute(s, "process.executable.name", program_invocation_short_name);
    slm_string created = attribute(s, "process.creation.time");
    cr_expect(eq(sz, created.len, strlen("2026-01-02T03:04:05.678Z")));
    cr_expect(created.data[10] == 'T' && created.data[23] == 'Z');
    cr_expect(value_of(s, "process.command_args") == NULL && value_of(s, "process.command_line") == NULL);
    cr_expect(value_of(s, "host.name") == NULL);
    slmi_settings_free(s);
}

Test(detectors, of_host_and_system_tell_where_it_runs)
{
    char name[256] = "";
    gethostname(name, sizeof name - 1);
    slmi_settings *s = detected("host, os");
    expect_attribute(s, "host.name", name);
    cr_expect(attribute(s, "host.arch").len > 0);
    expect_attribute(s, "os.type", "linux");
    cr_expect(value_of(s, "process.pid") == NULL);
    slmi_settings_free(s);
}

Test(detectors, of_the_service_make_an_id_of_this_run)
{
    slmi_settings *s = detected("service"), *t = detected("service");
    slm_string one = attribute(s, "service.instance.id"), other = attribute(t, "service.instance.id");
    cr_assert(eq(sz, one.len, 36));
    cr_assert(eq(sz, other.len, 36));
    cr_expect(one.data[14] == '4' && strchr("89ab", one.data[19]) != NULL);
    cr_expect(ne(int, memcmp(one.data, other.data, 36), 0));
    slmi_settings_free(s);
    slmi_settings_free(t);
}

Test(detectors, by_the_name_all_all_run_and_follow_one_schema)
{
    slmi_settings *s = detected("all");
    cr_expect(value_of(s, "process.pid") && value_of(s, "host.arch") && value_of(s, "os.type"));
    cr_expect(value_of(s, "service.instance.id") != NULL);
    cr_expect(slm_string_equal(s->resource.resource.schema_url, slm_string_from_c(SLMI_DETECTORS_SCHEMA_URL)));
    cr_expect(eq(str, complaints.text, (char *)""));
    slmi_settings_free(s);
}

Test(detectors, of_no_name_are_named_and_the_others_run)
{
    slmi_settings *s = detected("ec2,process,");
    cr_expect(value_of(s, "process.pid") != NULL);
    cr_expect(strstr(complaints.text, "no detector is named \"ec2\"") != NULL);
    slmi_settings_free(s);
}

Test(detectors, give_way_to_what_the_environment_and_the_code_say)
{
    const slm_field field = { { "host.name", 9 }, slm_value_string("code", 4) };
    const slm_config config = {
        .size = sizeof config, .resource_detectors = "host,service", .resource = &field, .resource_count = 1
    };
    slmi_settings *s = READ(&config, { DETECTORS, "process" },
                            { "OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=mine,host.arch=,host.name=env" });
    expect_attribute(s, "host.name", "code");
    expect_attribute(s, "service.instance.id", "mine");
    expect_attribute(s, "host.arch", "");
    cr_expect(value_of(s, "process.pid") == NULL);
    slmi_settings_free(s);
}

/* Resource SDK, Merge. */
Test(detectors, schema_urls_join_or_conflict)
{
    static const struct {
        const char *given, *names, *want;
        bool complains;
    } cases[] = {
        { NULL, NULL, "", false },
        { "https://a/1", NULL, "https://a/1", false },
        { NULL, "os", SLMI_DETECTORS_SCHEMA_URL, false },
        { SLMI_DETECTORS_SCHEMA_URL, "os", SLMI_DETECTORS_SCHEMA_URL, false },
        { "", "os", SLMI_DETECTORS_SCHEMA_URL, false },
        { "https://a/1", "os", "", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const slm_config config = { .size = sizeof config,
                                    .resource_detectors = cases[i].names,
                                    .resource_schema_url = cases[i].given };
        slmi_settings *s = READ(&config, { NULL, NULL });
        cr_expect(slm_string_equal(s->resource.resource.schema_url, slm_string_from_c(cases[i].want)), "%zu", i);
        cr_expect(eq(int, complaints.len > 0, cases[i].complains), "%zu: %s", i, complaints.text);
        slmi_settings_free(s);
    }
}

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

Test(detectors, find_a_containers_id_wherever_a_runtime_puts_it)
{
    static const struct {
        const char *text;
        bool found;
    } cases[] = {
        { "12:cpuset:/docker/" ID "\n", true },
        { "0::/system.slice/docker-" ID ".scope\n", true },
        { "1:name=systemd:/kubepods/besteffort/pod1/" ID, true },
        { "0::/machine.slice/libpod-" ID ".scope/container", true },
        { "0::/\n", false },
        { "", false },
        { "0::/docker/" ID "0\n", false },
        { "0::/docker/x" ID "\n", false },
        { "0::/docker/0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef\n", false },
        { ID, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char id[SLMI_CONTAINER_ID_BYTES + 1] = "";
        bool found = slmi_container_id(slm_string_from_c(cases[i].text), id);
        cr_expect(eq(int, found, cases[i].found), "%s", cases[i].text);
        cr_expect(eq(str, id, (char *)(found ? ID : "")));
    }
}

Test(detectors, tell_a_forked_child_from_its_parent)
{
    slmi_settings *s = detected("process,service");
    char before[36];
    memcpy(before, attribute(s, "service.instance.id").data, sizeof before);
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        slmi_detectors_forked(&s->resource);
        bool own = value_of(s, "process.pid")->as.i == getpid() && getpid() != parent &&
                   memcmp(before, attribute(s, "service.instance.id").data, sizeof before) != 0;
        _exit(own ? 0 : 1);
    }
    int status = 1;
    cr_assert(eq(int, (int)waitpid(child, &status, 0), (int)child));
    cr_expect(eq(int, status, 0));
    cr_expect(eq(i64, value_of(s, "process.pid")->as.i, (int64_t)parent));
    slmi_settings_free(s);
}

Test(resource, attributes_in_code_may_be_maps_and_lists)
{
    const slm_value list[] = { slm_value_i64(1), slm_value_string("two", 3) };
    const slm_field map[] = { { { "l", 1 }, slm_value_list(list, 2) } };
    const slm_field field = { { "m", 1 }, slm_value_map(map, 1) };
    const slm_config config = { .size = sizeof config, .resource = &field, .resource_count = 1 };
    slmi_settings *s = READ(&config, { NULL, NULL });
    const slm_value *m = value_of(s, "m");
    cr_assert(m != NULL);
    const slm_field *inner = m->as.p;
    cr_assert(eq(sz, m->len, 1));
    cr_expect(inner != map && inner[0].key.data != map[0].key.data);
    const slm_value *values = inner[0].value.as.p;
    cr_expect(eq(i64, values[0].as.i, (int64_t)1));
    cr_expect(eq(int, memcmp(values[1].as.s, "two", 3), 0));
    slmi_settings_free(s);
    slm_value loop[1];
    loop[0] = slm_value_list(loop, 1);
    const slm_field endless = { { "m", 1 }, loop[0] };
    const slm_config config_of_loop = { .size = sizeof config, .resource = &endless, .resource_count = 1 };
    s = READ(&config_of_loop, { NULL, NULL });
    cr_expect(complaints.len > 0);
    slmi_settings_free(s);
}
