/* SPDX-License-Identifier: MIT */
#include "exporters/detectors.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { FILE_BYTES = 32 * 1024, UUID_BYTES = 36, TIME_BYTES = 24 };

typedef struct detection {
    slmi_resource *out;
    slmi_complaints *complaints;
} detection;

static void put(const detection *d, const char *key, slm_string text)
{
    if (text.len > 0)
        slmi_resource_set(d->out, slm_string_from_c(key), slm_value_string(text.data, text.len), d->complaints);
}

/* The file's first bytes, terminated; none if it cannot be read: not every system has it. */
static slm_string read_file(const char *path, char *bytes, size_t room)
{
    size_t len = 0;
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && len < room - 1 && (n = read(fd, bytes + len, room - 1 - len)) != 0) {
        if (n < 0 && errno != EINTR)
            break;
        len += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0)
        close(fd);
    bytes[len] = '\0';
    return slm_string_of(bytes, len);
}

/* -- process ------------------------------------------------------------------------------------------------------- */

static uint64_t seconds_and_ns(clockid_t clock)
{
    struct timespec now = { .tv_sec = 0 };
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Nanoseconds since 1970; 0 if the system does not say. The name in brackets may hold anything, brackets too. */
static uint64_t creation_ns(void)
{
    char bytes[1024];
    long hz = sysconf(_SC_CLK_TCK);
    (void)read_file("/proc/self/stat", bytes, sizeof bytes);
    const char *at = strrchr(bytes, ')');
    for (unsigned field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    unsigned long long ticks = at && hz > 0 ? strtoull(at, NULL, 10) : 0;
    if (ticks == 0)
        return 0;
    uint64_t after_boot = ticks * (1000000000u / (uint64_t)hz);
    return seconds_and_ns(CLOCK_REALTIME) - (seconds_and_ns(CLOCK_BOOTTIME) - after_boot);
}

static void put_time(char text[TIME_BYTES + 1], uint64_t ns)
{
    struct tm utc = { .tm_year = 0 };
    time_t seconds = (time_t)(ns / 1000000000u);
    char day[TIME_BYTES + 1];
    gmtime_r(&seconds, &utc);
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text, TIME_BYTES + 1, "%.19s.%03uZ", day, (unsigned)(ns / 1000000u % 1000u));
}

/* What a command was given may hold secrets, so of its line only the first word is told. */
static void detect_process(const detection *d)
{
    char bytes[4096], text[TIME_BYTES + 1];
    uint64_t created = creation_ns();
    slmi_resource_set(d->out, slm_string_from_c("process.pid"), slm_value_i64(getpid()), d->complaints);
    if (created > 0) {
        put_time(text, created);
        put(d, "process.creation.time", slm_string_from_c(text));
    }
    put(d, "process.executable.name", slm_string_from_c(program_invocation_short_name));
    ssize_t len = readlink("/proc/self/exe", bytes, sizeof bytes);
    put(d, "process.executable.path", slm_string_of(bytes, len > 0 ? (size_t)len : 0));
    slm_string line = read_file("/proc/self/cmdline", bytes, sizeof bytes);
    put(d, "process.command", slm_string_of(line.data, strlen(line.data)));
}

/* -- host and os ----------------------------------------------------------------------------------------------------
 */

static void detect_host(const detection *d)
{
    static const struct {
        const char *machine, *name;
    } archs[] = { { "x86_64", "amd64" },  { "aarch64", "arm64" }, { "armv7l", "arm32" },
                  { "ppc64le", "ppc64" }, { "i686", "x86" },      { "s390x", "s390x" } };
    char name[256] = "", id[64];
    struct utsname system;
    if (gethostname(name, sizeof name - 1) == 0)
        put(d, "host.name", slm_string_from_c(name));
    slm_string machine_id = read_file("/etc/machine-id", id, sizeof id);
    put(d, "host.id", slm_string_of(id, strcspn(machine_id.data, "\n")));
    if (uname(&system) != 0)
        return;
    const char *arch = system.machine;
    for (size_t i = 0; i < sizeof archs / sizeof *archs; i++)
        if (strcmp(arch, archs[i].machine) == 0)
            arch = archs[i].name;
    put(d, "host.arch", slm_string_from_c(arch));
}

/* The value of NAME= in os-release, without the quotes that may be around it. */
static slm_string release_value(const char *text, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, len) != 0 || line[len] != '=')
            continue;
        const char *value = line + len + 1;
        size_t quoted = *value == '"' || *value == '\'';
        return slm_string_of(value + quoted, strcspn(value + quoted, quoted ? "\"'\n" : "\n"));
    }
    return slm_string_of("", 0);
}

static void detect_os(const detection *d)
{
    char bytes[4096];
    struct utsname system;
    if (uname(&system) == 0) {
        for (char *c = system.sysname; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        put(d, "os.type", slm_string_from_c(system.sysname));
    }
    slm_string text = read_file("/etc/os-release", bytes, sizeof bytes);
    put(d, "os.name", release_value(text.data, "NAME"));
    put(d, "os.version", release_value(text.data, "VERSION_ID"));
    put(d, "os.description", release_value(text.data, "PRETTY_NAME"));
}

/* -- container ------------------------------------------------------------------------------------------------------
 */

static bool is_lower_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool slmi_container_id(slm_string text, char out[SLMI_CONTAINER_ID_BYTES + 1])
{
    size_t run = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && is_lower_hex(text.data[i])) {
            run++;
            continue;
        }
        bool begins = i > run && (text.data[i - run - 1] == '/' || text.data[i - run - 1] == '-');
        if (run == SLMI_CONTAINER_ID_BYTES && begins) {
            memcpy(out, text.data + i - run, run);
            out[run] = '\0';
            return true;
        }
        run = 0;
    }
    return false;
}

/* Of the mounts, only those that a container's runtime makes for it name it: /…/containers/ID/hostname. */
static bool id_in_mounts(slm_string text, char out[SLMI_CONTAINER_ID_BYTES + 1])
{
    static const char folder[] = "/containers/";
    const char *at = strstr(text.data, folder);
    if (!at)
        return false;
    at += sizeof folder - 2;
    return slmi_container_id(slm_string_of(at, strcspn(at, " \n")), out);
}

static void detect_container(const detection *d)
{
    char bytes[FILE_BYTES], id[SLMI_CONTAINER_ID_BYTES + 1];
    if (slmi_container_id(read_file("/proc/self/cgroup", bytes, sizeof bytes), id) ||
        id_in_mounts(read_file("/proc/self/mountinfo", bytes, sizeof bytes), id))
        put(d, "container.id", slm_string_from_c(id));
}

/* -- service --------------------------------------------------------------------------------------------------------
 */

/* RFC 9562, version 4. */
static bool put_uuid(char text[UUID_BYTES + 1])
{
    unsigned char b[16];
    if (getentropy(b, sizeof b) != 0)
        return false;
    b[6] = (unsigned char)((b[6] & 0x0fu) | 0x40u);
    b[8] = (unsigned char)((b[8] & 0x3fu) | 0x80u);
    snprintf(text, UUID_BYTES + 1, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
             b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
    return true;
}

static void detect_service(const detection *d)
{
    char text[UUID_BYTES + 1];
    if (put_uuid(text))
        put(d, "service.instance.id", slm_string_from_c(text));
    d->out->made_instance_id = true;
}

static const struct {
    const char *name;
    void (*detect)(const detection *d);
} detectors[] = {
    { "container", detect_container }, { "host", detect_host },       { "os", detect_os },
    { "process", detect_process },     { "service", detect_service },
};

bool slmi_detectors_run(slmi_resource *out, const char *name, const char *names, slmi_complaints *complaints)
{
    const detection d = { out, complaints };
    slm_string one;
    bool ran = false;
    while (slmi_list_next(&names, &one)) {
        bool known = one.len == 0 || slm_string_equal(one, slm_string_from_c("none"));
        bool all = slm_string_equal(one, slm_string_from_c("all"));
        for (size_t i = 0; i < sizeof detectors / sizeof *detectors; i++) {
            if (!all && !slm_string_equal(one, slm_string_from_c(detectors[i].name)))
                continue;
            detectors[i].detect(&d);
            known = ran = true;
        }
        if (!known)
            slmi_complain(complaints, "%s: no detector is named \"%.*s\"", name, (int)(one.len < 40 ? one.len : 40),
                          one.data);
    }
    return ran;
}

static slm_value *find(slmi_resource *resource, const char *key)
{
    for (uint32_t i = 0; i < resource->resource.field_count; i++)
        if (slm_string_equal(resource->fields[i].key, slm_string_from_c(key)))
            return &resource->fields[i].value;
    return NULL;
}

/* The new text is as long as the old one, which lies in the resource's own bytes. */
static void replace(const slm_value *value, const char *text, size_t len)
{
    if (value && value->type == SLM_TYPE_STRING && value->len == len)
        memcpy((char *)(uintptr_t)value->as.s, text, len);
}

void slmi_detectors_forked(slmi_resource *resource)
{
    char text[UUID_BYTES + 1];
    slm_value *pid = find(resource, "process.pid");
    if (!pid || pid->type != SLM_TYPE_I64 || pid->as.i != resource->pid)
        pid = NULL;
    if (pid) {
        pid->as.i = getpid();
        put_time(text, seconds_and_ns(CLOCK_REALTIME));
        replace(find(resource, "process.creation.time"), text, TIME_BYTES);
    }
    if (resource->made_instance_id && put_uuid(text))
        replace(find(resource, "service.instance.id"), text, UUID_BYTES);
    resource->pid = getpid();
}
