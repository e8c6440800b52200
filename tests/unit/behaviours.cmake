# SPDX-License-Identifier: MIT
# The behaviours that docs/tracing-differences.md numbers, one program for each of its sections.
foreach(section IN ITEMS caching directives fields layers lifecycle parents)
    spanloom_test(NAME behaviour_${section} SOURCES behaviour_${section}.c raw.c LIBS spanloom-test-static
        LABELS unit CRITERION)
endforeach()

# Filters, beyond them.
foreach(noun IN ITEMS directives filter_limits filter_reload)
    spanloom_test(NAME test_${noun} SOURCES test_${noun}.c LIBS spanloom-test-static LABELS unit CRITERION)
endforeach()
