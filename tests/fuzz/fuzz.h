/* SPDX-License-Identifier: MIT */
/* A fuzz target is one function; clang's libFuzzer calls it with what it makes up, and replay.c with what it once found
 * and with small changes of that. */
#ifndef SPANLOOM_TESTS_FUZZ_H
#define SPANLOOM_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_ASSERT(what)                                                                                              \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);                                  \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

#endif
