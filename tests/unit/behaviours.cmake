# SPDX-License-Identifier: MIT
# The behaviours that docs/tracing-differences.md numbers, one program for each of its sections.
foreach(section IN ITEMS caching details directives export fields layers lifecycle parents tasks)
    spanloom_test(NAME behaviour_${section} SOURCES behaviour_${section}.c raw.c LIBS spanloom-test-static
        LABELS unit CRITERION)
endforeach()

# Filters, beyond them.
foreach(noun IN ITEMS directives event_filters filter_limits filter_reload)
    spanloom_test(NAME test_${noun} SOURCES test_${noun}.c LIBS spanloom-test-static LABELS unit CRITERION)
endforeach()

spanloom_test(NAME test_dynamic SOURCES test_dynamic.c LIBS spanloom-test-static LABELS unit CRITERION)
spanloom_test(NAME test_subscriber_life SOURCES test_subscriber_life.c raw.c LIBS spanloom-static LABELS unit CRITERION)
spanloom_test(NAME test_raw_cost SOURCES test_raw_cost.c raw.c LIBS spanloom-static LABELS unit CRITERION)
spanloom_test(NAME test_view_cost SOURCES test_view_cost.c LIBS spanloom-test-static LABELS unit CRITERION)
if(TARGET test_view_cost)
    target_link_options(test_view_cost PRIVATE LINKER:--wrap=slmi_skip_item)
endif()
if(TARGET test_raw_cost)
    foreach(function IN ITEMS now_of_the_system pool_take writer_long_value alloc alloc_zeroed realloc)
        target_link_options(test_raw_cost PRIVATE LINKER:--wrap=slmi_${function})
    endforeach()
endif()
