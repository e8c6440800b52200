/* SPDX-License-Identifier: MIT */
/* The options of `spanloom view`. */
#include "tests/unit/view.h"

#include "viewer/options.h"

enum { MOST_ARGUMENTS = 8 };

/* Parses "view" and these; the list ends with NULL. */
static bool parse(const char *const *arguments, slmi_view_options *options, slmi_view_text *complaint)
{
    char *argv[MOST_ARGUMENTS + 2] = { strdup("view") };
    int argc = 1;
    for (; arguments[argc - 1]; argc++)
        argv[argc] = strdup(arguments[argc - 1]);
    bool good = slmi_view_options_parse(options, argc, argv, complaint);
    options->dump = options->dump ? "given" : NULL; /* It points into what is freed now. */
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return good;
}

Test(view_options, unset_means_the_well_known_ports_and_a_second)
{
    slmi_view_options options;
    slmi_view_text complaint = slmi_view_text_up_to(512);
    cr_assert(parse((const char *[]){ NULL }, &options, &complaint));
    cr_expect(eq(int, options.otlp_port, 4318));
    cr_expect(eq(int, options.zipkin_port, 9411));
    cr_expect(eq(u64, options.patience.settle_ms, 1000));
    cr_expect(eq(u64, options.patience.root_wait_ms, 10000));
    cr_expect(not(options.once));
    cr_expect(options.dump == NULL);
}

Test(view_options, each_is_read)
{
    slmi_view_options options;
    slmi_view_text complaint = slmi_view_text_up_to(512);
    cr_assert(parse((const char *[]){ "--otlp-port=0", "--zipkin-port", "65535", "--settle=0.25", "--once",
                                      "--max-bytes=2M", "--dump=f", NULL },
                    &options, &complaint));
    cr_expect(zero(int, options.otlp_port));
    cr_expect(eq(int, options.zipkin_port, 65535));
    cr_expect(eq(u64, options.patience.settle_ms, 250));
    cr_expect(options.once);
    cr_expect(eq(sz, options.max_bytes, 2097152));
    cr_expect(options.dump != NULL);
    cr_assert(parse((const char *[]){ "--root-wait=3", "--color=always", "--ascii", "--max-spans=0", "--help", NULL },
                    &options, &complaint));
    cr_expect(eq(u64, options.patience.root_wait_ms, 3000));
    cr_expect(eq(int, (int)options.colours, SLMI_VIEW_ALWAYS));
    cr_expect(options.ascii);
    cr_expect(zero(sz, options.max_spans));
    cr_expect(options.help);
}

Test(view_options, nonsense_is_named)
{
    static const char *const cases[] = { "--otlp-port=65536",  "--otlp-port=-1",  "--otlp-port=",
                                         "--zipkin-port=http", "--settle=-1",     "--settle=nan",
                                         "--settle=1s",        "--settle=1e9",    "--max-bytes=0",
                                         "--max-bytes=x",      "--max-bytes=1T",  "--max-bytes=99999999999G",
                                         "--max-spans=-1",     "--color=perhaps", "--dump=",
                                         "--nonsense",         "--otlp-port",     "extra" };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_view_options options;
        slmi_view_text complaint = slmi_view_text_up_to(512);
        cr_expect(not(parse((const char *[]){ cases[i], NULL }, &options, &complaint)), "%s", cases[i]);
        cr_expect(gt(sz, complaint.len, 0), "%s", cases[i]);
        slmi_view_text_free(&complaint);
    }
}
