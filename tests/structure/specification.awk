# SPDX-License-Identifier: MIT
# usage: awk -f specification.awk specification.tsv > specification.md
#
# The page of docs/specification.tsv. Columns, between tabs: requirement, level, function, tests, note. A line that
# begins with `=` opens a section, one with `#` is a comment.
BEGIN {
    FS = "\t"
    print "<!-- Made by tests/structure/specification.sh from specification.tsv: change that. -->"
    print "# What of the OpenTelemetry specification is there"
    print ""
    print "Each row is a requirement of the trace part of the specification (v1.60), the function that meets it, and the"
    print "tests that show it. Levels: M is MUST, S SHOULD, m MAY, D a part of the specification that is still in"
    print "development. A test is a CTest test, or one of its cases after a slash. A CTest test,"
    print "`the_specification_page_names_tests_that_run`, fails when a named test does not exist or is not among those that"
    print "run, and `.ci/run` checks that each ran and passed. Tests against the real Jaeger, Zipkin and Collector"
    print "(`..._gives_every_field_back`) are those of `./dev test --interop`."
}
/^#/ || /^$/ { next }
/^=/ {
    print ""
    print "## " substr($1, 3)
    print ""
    print "| requirement | level | function | tests | note |"
    print "|---|---|---|---|---|"
    next
}
{
    tests = ""
    count = split($4, names, " ")
    for (i = 1; i <= count; i++)
        if (names[i] != "-")
            tests = tests (tests == "" ? "" : ", ") "`" names[i] "`"
    function_column = $3 == "-" ? "" : $3
    for (i = 1; i <= NF; i++)
        gsub(/\|/, "\\|", $i)
    print "| " $1 " | " $2 " | " function_column " | " tests " | " $5 " |"
}
