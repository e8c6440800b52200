# SPDX-License-Identifier: MIT
# The behaviours that docs/tracing-differences.md numbers, one program for each of its sections.
foreach(section IN ITEMS caching directives fields layers lifecycle parents)
    spanloom_test(NAME behaviour_${section} SOURCES behaviour_${section}.c raw.c LIBS spanloom-test-static
        LABELS unit CRITERION)
endforeach()
