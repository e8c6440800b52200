/* SPDX-License-Identifier: MIT */
#include "viewer/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>

const char slmi_view_usage[] =
    "Usage: spanloom view [OPTION]...\n"
    "Receives spans on this machine and prints each trace as a tree.\n"
    "\n"
    "  --otlp-port PORT    take OTLP/JSON, POST /v1/traces, on 127.0.0.1:PORT (4318; 0: any free one)\n"
    "  --zipkin-port PORT  take Zipkin v2 JSON, POST /api/v2/spans, on 127.0.0.1:PORT (9411; 0: any free one)\n"
    "  --settle SECONDS    print a trace when its root is there and nothing came for so long (1)\n"
    "  --root-wait SECONDS print a trace without its root after so long (10)\n"
    "  --once              end after the first trace that has its root\n"
    "  --max-bytes SIZE    memory for traces, as in 512K, 64M, 1G (64M); the oldest go first\n"
    "  --max-spans COUNT   print at most so many spans of one trace (1000; 0: all)\n"
    "  --dump FILE         append each span that arrives to FILE, as a line of JSON\n"
    "  --color WHEN        auto, always or never (auto: on a terminal, unless NO_COLOR is set)\n"
    "  --open WHEN         show what is still open, below the traces: auto, always or never (auto: on a terminal)\n"
    "  --ascii             draw without box characters\n"
    "  --help              print this\n"
    "\n"
    "A program that uses OpenTelemetry sends here without being told where, if it speaks JSON:\n"
    "OTEL_EXPORTER_OTLP_PROTOCOL=http/json.\n";

static bool parse_count(const char *text, unsigned long long most, unsigned long long *out)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value > most)
        return false;
    *out = value;
    return true;
}

static bool parse_port(const char *text, uint16_t *port)
{
    unsigned long long value;
    if (!parse_count(text, UINT16_MAX, &value))
        return false;
    *port = (uint16_t)value;
    return true;
}

static bool parse_seconds(const char *text, uint64_t *ms)
{
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(seconds >= 0 && seconds <= 86400))
        return false;
    *ms = (uint64_t)llround(seconds * 1000);
    return true;
}

static bool parse_size(const char *text, size_t *bytes)
{
    static const char units[] = "KMG";
    char digits[32];
    size_t len = strlen(text);
    if (len == 0 || len >= sizeof digits)
        return false;
    memcpy(digits, text, len + 1);
    const char *unit = strchr(units, digits[len - 1]);
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    if (unit)
        digits[len - 1] = '\0';
    unsigned long long value;
    if (!parse_count(digits, (unsigned long long)SIZE_MAX >> shift, &value) || value == 0)
        return false;
    *bytes = (size_t)value << shift;
    return true;
}

static bool parse_colours(const char *text, slmi_view_colours *colours)
{
    static const char *const names[] = { "auto", "always", "never" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) == 0) {
            *colours = (slmi_view_colours)i;
            return true;
        }
    }
    return false;
}

static bool parse_max_spans(const char *text, size_t *out)
{
    unsigned long long value;
    if (!parse_count(text, SIZE_MAX, &value))
        return false;
    *out = (size_t)value;
    return true;
}

enum { OTLP_PORT = 256, ZIPKIN_PORT, SETTLE, ROOT_WAIT, ONCE, MAX_BYTES, MAX_SPANS, DUMP, COLOR, OPEN, ASCII, HELP };

static const struct option long_options[] = {
    { "otlp-port", required_argument, NULL, OTLP_PORT },
    { "zipkin-port", required_argument, NULL, ZIPKIN_PORT },
    { "settle", required_argument, NULL, SETTLE },
    { "root-wait", required_argument, NULL, ROOT_WAIT },
    { "once", no_argument, NULL, ONCE },
    { "max-bytes", required_argument, NULL, MAX_BYTES },
    { "max-spans", required_argument, NULL, MAX_SPANS },
    { "dump", required_argument, NULL, DUMP },
    { "color", required_argument, NULL, COLOR },
    { "open", required_argument, NULL, OPEN },
    { "ascii", no_argument, NULL, ASCII },
    { "help", no_argument, NULL, HELP },
    { NULL, 0, NULL, 0 },
};

static bool apply(slmi_view_options *options, int option, const char *value)
{
    switch (option) {
    case OTLP_PORT:
        return parse_port(value, &options->otlp_port);
    case ZIPKIN_PORT:
        return parse_port(value, &options->zipkin_port);
    case SETTLE:
        return parse_seconds(value, &options->patience.settle_ms);
    case ROOT_WAIT:
        return parse_seconds(value, &options->patience.root_wait_ms);
    case MAX_BYTES:
        return parse_size(value, &options->max_bytes);
    case MAX_SPANS:
        return parse_max_spans(value, &options->max_spans);
    case COLOR:
        return parse_colours(value, &options->colours);
    case OPEN:
        return parse_colours(value, &options->open);
    case DUMP:
        options->dump = value;
        return *value != '\0';
    case ONCE:
        return options->once = true;
    case ASCII:
        return options->ascii = true;
    default:
        return options->help = true;
    }
}

bool slmi_view_options_parse(slmi_view_options *options, int argc, char **argv, slmi_view_text *complaint)
{
    *options = (slmi_view_options){ .otlp_port = 4318,
                                    .zipkin_port = 9411,
                                    .max_bytes = (size_t)64 << 20,
                                    .max_spans = 1000,
                                    .patience = { .settle_ms = 1000, .root_wait_ms = 10000 } };
    optind = 0; /* Begin anew, whoever called getopt before. */
    opterr = 0;
    int option, index = 0;
    while ((option = getopt_long(argc, argv, "+", long_options, &index)) != -1) {
        if (option == '?' || option == ':') {
            slmi_view_text_puts(complaint, "no such option, or its value is missing: ");
            slmi_view_text_safe(complaint, argv[optind - 1], 80);
            return false;
        }
        if (!apply(options, option, optarg)) {
            slmi_view_text_addf(complaint, "--%s cannot be \"", long_options[index].name);
            slmi_view_text_safe(complaint, optarg, 80);
            slmi_view_text_puts(complaint, "\"");
            return false;
        }
    }
    if (optind < argc) {
        slmi_view_text_puts(complaint, "unexpected argument: ");
        slmi_view_text_safe(complaint, argv[optind], 80);
        return false;
    }
    return true;
}
