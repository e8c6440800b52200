#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: facade.sh SOURCE_DIR COMPILER
#
# A program written for rxi's log.c compiles in silence, with its include replaced and with none changed, in each
# language, at each static level; and -Wformat judges what it says.
set -euo pipefail
root=$1 compiler=$2
program=$root/tests/unit/log_program.c
case $(basename "$compiler") in
*++*) language=c++ standards=(c++17 c++20) ;;
*) language=c standards=(c11 c17 gnu11) ;;
esac

warnings=(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wvla -Wformat=2 -Werror)
status=0

for standard in "${standards[@]}"; do
    for level in 0 2 5; do
        flags=(-x "$language" -std="$standard" -DSLM_STATIC_MAX_LEVEL="$level" -O1 "${warnings[@]}" -I"$root"
            -I"$root/include")
        if ! "$compiler" "${flags[@]}" -DINCLUDE_IS_REPLACED -c "$program" -o /dev/null ||
            ! "$compiler" "${flags[@]}" -include spanloom/log_facade.h -DLOG_H -I"$root/tests/unit/log_c" \
                -c "$program" -o /dev/null; then
            echo "$compiler -std=$standard at level $level: not silent"
            status=1
        fi
    done
done

# warns TITLE WORDS: the call on stdin draws a warning with WORDS in its line, whether or not its level is compiled in.
warns() {
    local body output level
    body=$(cat)
    for level in 5 1; do
        output=$(printf '%s\n' '#include <syslog.h>' '#include <spanloom/log_facade.h>' \
            '#include <spanloom/syslog_facade.h>' 'void f(int n, const char *s);' \
            'void f(int n, const char *s) { (void)n, (void)s;' "$body" '}' |
            "$compiler" -x $language -std="${standards[0]}" -Wall -DSLM_STATIC_MAX_LEVEL=$level -I"$root/include" \
                -fsyntax-only - 2>&1) || true
        if ! grep -qE "warning:.*($2)" <<<"$output"; then
            printf '%s, level %s: %s: no warning with "%s", but:\n%s\n' "$compiler" $level "$1" "$2" \
                "${output:-silence}"
            status=1
        fi
    done
}
wrong="expects argument of type|format specifies type"
few="expects a matching|more '%' conversions"
warns "a number for %s" "$wrong" <<<'log_info("%s", n);'
warns "a string for %d" "$wrong" <<<'log_debug("%d", s);'
warns "%n that writes nowhere" "$few" <<<'log_warn("%n");'
warns "%n that writes through a number" "$wrong" <<<'log_error("%n", n);'
warns "%n that writes into a text" "$wrong" <<<'log_fatal("%n", s);'
warns "nothing for %s" "$few" <<<'log_trace("%s");'
warns "more than there is a conversion for" "too many arguments|not used by format" <<<'log_info("x", n);'
warns "a number for %s of syslog()" "$wrong" <<<'syslog(LOG_ERR, "%s", n);'
warns "%n of log_log()" "$wrong" <<<'log_log(n, s, n, "%n", n);'
exit $status
