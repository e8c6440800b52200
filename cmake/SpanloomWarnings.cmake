# SPDX-License-Identifier: MIT
# The warnings of our own code, and the sanitizers: interface targets, so that no flag reaches a user's build.

include_guard(GLOBAL)

add_library(spanloom-warnings INTERFACE)
if(PROJECT_IS_TOP_LEVEL)
    target_compile_options(spanloom-warnings INTERFACE
        -Wall -Wextra -Wpedantic -Wshadow -Wsign-conversion -Wvla
        $<$<NOT:$<BOOL:$<TARGET_PROPERTY:SPANLOOM_CRITERION>>>:-Wconversion>
        $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes>)
endif()

# SPANLOOM_SANITIZE is a list, as in address;undefined or address,undefined. Everything of ours that is linked with a
# library of ours is instrumented, or the sanitizer would miss what crosses between them.
add_library(spanloom-sanitize INTERFACE)
string(REPLACE "," ";" SPANLOOM_SANITIZE "${SPANLOOM_SANITIZE}")
if(SPANLOOM_SANITIZE)
    list(JOIN SPANLOOM_SANITIZE "," _spanloom_sanitizers)
    target_compile_options(spanloom-sanitize INTERFACE
        -fsanitize=${_spanloom_sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
    target_link_options(spanloom-sanitize INTERFACE -fsanitize=${_spanloom_sanitizers})
    # gcc's ThreadSanitizer does not see fences, which can only hide the order that they make. What is ordered by a fence
    # alone is an atomic of its own here, so no race is reported that is none.
    if("thread" IN_LIST SPANLOOM_SANITIZE AND CMAKE_C_COMPILER_ID STREQUAL GNU)
        target_compile_options(spanloom-sanitize INTERFACE -Wno-tsan)
    endif()
endif()
