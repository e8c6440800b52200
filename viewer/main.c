/* SPDX-License-Identifier: MIT */
/* The command: spanloom view, spanloom --version. */
#include "viewer/view.h"
#include <spanloom/version.h>

#include <stdio.h>

enum { EXIT_USAGE = 2 };

static const char usage[] = "Usage: spanloom view [OPTION]...\n"
                            "       spanloom --version | --help\n"
                            "\n"
                            "  view       receive spans on this machine and print each trace as a tree\n"
                            "  --version  print the version\n"
                            "  --help     print this; `spanloom view --help` tells of its options\n";

static int print(const char *text)
{
    return fputs(text, stdout) < 0 || fflush(stdout) != 0;
}

static int run_view(int argc, char **argv)
{
    slmi_view_options options;
    slmi_view_text complaint = slmi_view_text_up_to(512);
    bool good = slmi_view_options_parse(&options, argc, argv, &complaint);
    if (!good)
        fprintf(stderr, "spanloom view: %s\nTry `spanloom view --help`.\n", slmi_view_text_of(&complaint));
    slmi_view_text_free(&complaint);
    if (!good)
        return EXIT_USAGE;
    return options.help ? print(slmi_view_usage) : slmi_view_run(&options);
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";
    if (strcmp(command, "view") == 0)
        return run_view(argc - 1, argv + 1);
    if (strcmp(command, "--version") == 0)
        return print("spanloom ") || print(slm_version()) || print("\n");
    if (strcmp(command, "--help") == 0 || strcmp(command, "help") == 0)
        return print(usage);
    if (argc > 1)
        fprintf(stderr, "spanloom: no such command: %s\n", command);
    fputs(usage, stderr);
    return EXIT_USAGE;
}
