# SPDX-License-Identifier: MIT
# spanloom_test(NAME name SOURCES file... [LIBS target...] [LABELS label...] [CRITERION] [TIMEOUT seconds]
#               [ARGS argument...] [DEFINITIONS definition...])
#
# One program, one CTest test of the same name. LIBS default to spanloom-static, whose hidden symbols a unit test may
# reach. CRITERION: the sources hold Criterion tests; without it they hold a main() that answers with its status.
# TIMEOUT defaults to 60 s; sanitizers slow a program down, so it is multiplied under them.

include_guard(GLOBAL)

find_package(PkgConfig REQUIRED)
pkg_check_modules(CRITERION REQUIRED IMPORTED_TARGET GLOBAL criterion)

set(SPANLOOM_TEST_SLOWDOWN 1)
set(SPANLOOM_TEST_LAUNCHER "")
if(SPANLOOM_SANITIZE)
    set(SPANLOOM_TEST_SLOWDOWN 4)
    # Where the kernel randomises more of the address than the sanitizer's shadow leaves room for, a program aborts at
    # start ("unexpected memory mapping"). setarch takes the randomness away, where the sandbox lets it.
    find_program(SPANLOOM_SETARCH setarch)
    if(SPANLOOM_SETARCH)
        execute_process(COMMAND ${SPANLOOM_SETARCH} ${CMAKE_HOST_SYSTEM_PROCESSOR} -R true
            RESULT_VARIABLE _setarch_result OUTPUT_QUIET ERROR_QUIET)
        if(_setarch_result EQUAL 0)
            set(SPANLOOM_TEST_LAUNCHER ${SPANLOOM_SETARCH} ${CMAKE_HOST_SYSTEM_PROCESSOR} -R)
        endif()
    endif()
endif()

# What sanitizers are told, in one place. Criterion's worker leaves through _exit, so a leak shows in the text alone.
set(SPANLOOM_TEST_ENVIRONMENT
    "ASAN_OPTIONS=abort_on_error=0:detect_stack_use_after_return=1:strict_string_checks=1"
    "UBSAN_OPTIONS=print_stacktrace=1"
    "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1")

# The properties that every test has, also one that no program of ours runs: spanloom_test_properties(name TIMEOUT s
# LABELS label...).
function(spanloom_test_properties name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "LABELS")
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 60)
    endif()
    math(EXPR timeout "${arg_TIMEOUT} * ${SPANLOOM_TEST_SLOWDOWN}")
    set_tests_properties(${name} PROPERTIES
        TIMEOUT ${timeout}
        LABELS "${arg_LABELS}"
        ENVIRONMENT "${SPANLOOM_TEST_ENVIRONMENT}")
endfunction()

function(spanloom_test)
    cmake_parse_arguments(PARSE_ARGV 0 arg "CRITERION" "NAME;TIMEOUT" "SOURCES;LIBS;LABELS;ARGS;DEFINITIONS")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "spanloom_test(${arg_NAME}): do not know ${arg_UNPARSED_ARGUMENTS}")
    endif()
    # Debian's Criterion 2.4.1 aborts at start under ThreadSanitizer ("Could not initialize inheritable arena").
    if(arg_CRITERION AND "thread" IN_LIST SPANLOOM_SANITIZE)
        return()
    endif()
    if(NOT arg_LIBS)
        set(arg_LIBS spanloom-static)
    endif()
    if(NOT arg_LABELS)
        set(arg_LABELS unit)
    endif()

    add_executable(${arg_NAME} ${arg_SOURCES})
    set_target_properties(${arg_NAME} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}
        CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF)
    spanloom_settings(${arg_NAME})
    target_include_directories(${arg_NAME} PRIVATE ${PROJECT_SOURCE_DIR})
    target_compile_definitions(${arg_NAME} PRIVATE ${arg_DEFINITIONS})
    target_link_libraries(${arg_NAME} PRIVATE ${arg_LIBS} spanloom-sanitize Threads::Threads)
    if(arg_CRITERION)
        target_link_libraries(${arg_NAME} PRIVATE PkgConfig::CRITERION)
        # Its assertions assign an int to a bit-field of one bit, in our file as far as the compiler can tell.
        set_target_properties(${arg_NAME} PROPERTIES SPANLOOM_CRITERION ON)
    endif()

    add_test(NAME ${arg_NAME} COMMAND ${SPANLOOM_TEST_LAUNCHER} $<TARGET_FILE:${arg_NAME}> ${arg_ARGS})
    spanloom_test_properties(${arg_NAME} TIMEOUT ${arg_TIMEOUT} LABELS ${arg_LABELS})
    if(arg_CRITERION)
        # Criterion answers 0 although LeakSanitizer reported: what it printed decides.
        set_tests_properties(${arg_NAME} PROPERTIES FAIL_REGULAR_EXPRESSION "LeakSanitizer")
    endif()
endfunction()
