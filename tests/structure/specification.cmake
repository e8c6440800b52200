# SPDX-License-Identifier: MIT
# Where every test is built that docs/specification.tsv names.
find_program(SPANLOOM_PYTHON3 python3)
if(TARGET spanloom-exporters AND TARGET spanloom-cli AND SPANLOOM_PYTHON3 AND TARGET test_tls
        AND NOT SPANLOOM_SANITIZE)
    structure_test(the_specification_page_names_tests_that_run
        COMMAND ${tools}/specification.sh check ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
    structure_test(a_specification_that_names_other_tests_is_refused
        COMMAND ${tools}/specification.sh check ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}
            ${tools}/wrong/specification.tsv)
    set_tests_properties(a_specification_that_names_other_tests_is_refused PROPERTIES PASS_REGULAR_EXPRESSION
        "specification.tsv:3: neither a test nor a reason.*b3/no_such_case: no test of that name is compiled here.*test_nothing: CTest does not run test_nothing")
endif()
