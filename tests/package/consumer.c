/* SPDX-License-Identifier: MIT */
/* A user's program. It is told which version to expect, and answers 0 if header, library and that agree. */
#include <spanloom/version.h>
#ifdef CONSUMER_EXPORTERS
#include <spanloom/sdk.h>
#endif
#ifdef CONSUMER_CURL
#include <spanloom/curl.h>
#endif

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc != 2 || strcmp(argv[1], slm_version()) != 0 || strcmp(argv[1], SLM_VERSION_STRING) != 0) {
        fprintf(stderr, "expected %s, header %s, library %s\n", argc > 1 ? argv[1] : "an argument", SLM_VERSION_STRING,
                slm_version());
        return 1;
    }
    return 0;
}
