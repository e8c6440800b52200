#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: misuse.sh SOURCE_DIR COMPILER
#
# What must not compile, and the words that say why: in an error that names the rule wherever the language has room for
# one. All of it is refused below the static maximum level too.
set -euo pipefail
root=$1 compiler=$2
case $(basename "$compiler") in
*++*) language=c++ standard=c++17 ;;
*) language=c standard=c11 ;;
esac
if "$compiler" --version | grep -q clang; then
    brand=clang
else
    brand=gcc
fi
status=0 cases=0

# compile LEVEL: the body on stdin, in a function that has something of everything in scope.
compile() {
    {
        cat <<'END'
#include <spanloom/trace.h>
struct point { int x; unsigned bits : 3; };
extern int wanted(void);
int subject(int n, const char *text, slm_span span, struct point p);
int subject(int n, const char *text, slm_span span, struct point p)
{
    (void)n, (void)text, (void)span, (void)p;
END
        cat
        printf '%s\n' '    return 0;' '}'
    } | "$compiler" -x $language -std=$standard -Wall -DSLM_STATIC_MAX_LEVEL="$1" -I"$root/include" -fsyntax-only - 2>&1
}

# judge KIND LANGUAGES TITLE WORDS: the body on stdin draws an error or a warning with WORDS (an extended regular
# expression) in its line. LANGUAGES: c, c++, or e.g. c/gcc where only one compiler can tell.
judge() {
    local kind=$1 languages=$2 title=$3 words=$4 level output body
    body=$(cat)
    if [[ " $languages " != *" $language "* && " $languages " != *" $language/$brand "* ]]; then
        return
    fi
    for level in 5 0; do
        cases=$((cases + 1))
        output=$(compile $level <<<"$body") || true
        if ! grep -qE "$kind:.*($words)" <<<"$output"; then
            printf '%s, level %s: %s: no %s with "%s", but:\n%s\n' \
                "$compiler" $level "$title" "$kind" "$words" "${output:-silence}"
            status=1
        fi
    done
}
refuses() { judge error "$@"; }
warns() { judge warning "$@"; }

# takes TITLE: the body on stdin compiles without a word, so that what is refused is refused for its own sake.
takes() {
    local output body
    body=$(cat)
    cases=$((cases + 1))
    if ! output=$(compile 5 <<<"$body") || [[ -n $output ]]; then
        printf '%s: %s: refused:\n%s\n' "$compiler" "$1" "$output"
        status=1
    fi
}

# -- values
takes "members and pointers" <<<'SLM_INFO(("x", p.x), ("bits", +p.bits), ("p", &p));'
value='slm_error_a_value_is_a_bool_number_string_pointer_or_slm_value'
refuses "c c++" "a struct is no value" $value <<<'SLM_INFO(("p", p));'
refuses "c c++" "a struct is no value of a span" $value <<<'SLM_SCOPE("s", ("p", p));'
refuses "c c++" "a struct is no value of SLM_SET" $value <<<'SLM_SET(span, "p", p);'
refuses "c c++" "a slm_span is no value" $value <<<'SLM_INFO(("span", span));'
refuses "c/gcc" "a bit-field without +" $value <<<'SLM_INFO(("bits", p.bits));'
refuses "c c++" "128 bits" "$value|ambiguous" <<<'__extension__ __int128 wide = n; SLM_INFO(("wide", wide));'
refuses "c c++" "no value at all" "slm_error_a_field_is_a_key_and_a_value" <<<'SLM_INFO(("n"));'
refuses "c c++" "no value after the comma" "slm_error_a_field_is_a_key_and_a_value" <<<'SLM_INFO(("n", ));'
refuses "c c++" "an unknown name" "not_there" <<<'SLM_INFO(("n", not_there));'
refuses "c c++" "a key that is no literal" "expected" <<<'SLM_INFO((text, n));'
refuses "c c++" "an array of structs" "holds_bools|holds bools|incompatible type" <<<'SLM_INFO(("p", slm_array(&p, 1)));'

# -- how many
eight='("a", n), ("b", n), ("c", n), ("d", n), ("e", n), ("f", n), ("g", n), ("h", n)'
most="$eight, $eight, $eight, $eight"
takes "32 fields" <<<"SLM_INFO($most, \"%d\", n); SLM_SCOPE(\"s\", $most); slm_span_end(SLM_SPAN(\"s\", $most));"
refuses "c c++" "33 fields" "slm_error_a_callsite_takes_at_most_32_fields" <<<"SLM_INFO($most, (\"n\", n));"
refuses "c c++" "33 fields and text" "slm_error_a_callsite_takes_at_most_32_fields" \
    <<<"SLM_INFO($most, (\"n\", n), \"text\");"
refuses "c c++" "33 fields of a scope" "slm_error_a_callsite_takes_at_most_32_fields" \
    <<<"SLM_SCOPE(\"s\", $most, (\"n\", n));"

# -- formats and names
refuses "c c++" "a format that is no literal" "expected" <<<'SLM_INFO(text);'
refuses "c c++" "a format that is no literal, after fields" "expected" <<<'SLM_INFO(("n", n), text);'
refuses "c c++" "a name that is no literal" "expected" <<<'slm_span_end(SLM_SPAN(text));'
refuses "c c++" "an event of nothing" "an event has fields, a format, or both" <<<'SLM_INFO();'
refuses "c c++" "an event of nothing at a level" "an event has fields, a format, or both" \
    <<<'SLM_EVENT_AT(SLM_LEVEL_WARN);'
only='after the name of a span come fields only'
refuses "c c++" "no field after a span's name" "$only" <<<'slm_span_end(SLM_SPAN("s", "text"));'
refuses "c c++" "no field after a span's fields" "$only" <<<'slm_span_end(SLM_SPAN("s", ("n", n), n));'
refuses "c c++" "no field after a scope's name" "$only" <<<'SLM_SCOPE("s %d", n);'
refuses "c c++" "a cast after a scope's name" "$only" <<<'SLM_SCOPE("s", (long)n);'
refuses "c c++" "no field in SLM_FUNCTION" "$only" <<<'SLM_FUNCTION("s");'
warns "c c++" "fields after the format" "too many arguments for format|not used by format" \
    <<<'SLM_INFO("text", ("n", n));'
warns "c c++" "an argument of another type" "expects argument of type|format specifies type" <<<'SLM_INFO("%s", n);'
warns "c c++" "an argument of another type, after fields" "expects argument of type|format specifies type" \
    <<<'SLM_INFO(("n", n), "%d", text);'
warns "c c++" "an argument too few" "expects a matching|more '%' conversions" <<<'SLM_INFO(("n", n), "%d and %d", n);'
warns "c c++" "a conversion that is none" "[Uu]nknown conversion|invalid conversion" <<<'SLM_INFO("%y", n);'
warns "c c++" "a reason that does not match" "expects argument of type|format specifies type" \
    <<<'slm_span_fail(span, 1, "%s", n);'

# -- levels
level='level'
refuses "c c++" "a level that is no constant" "not constant|not an integral constant|static assertion|non-constant" \
    <<<'SLM_EVENT_AT(n, "text");'
refuses "c c++" "a level of a scope that is no constant" \
    "not constant|not an integral constant|static assertion|non-constant" <<<'SLM_SCOPE_AT(n, "text");'
level='a level is one of the constants SLM_LEVEL_\.\.\.'
refuses "c c++" "a level too high" "$level" <<<'SLM_EVENT_AT(6, "text");'
refuses "c c++" "a level too low" "$level" <<<'SLM_EVENT_AT(SLM_LEVEL_OFF, ("n", n));'
refuses "c c++" "a negative level" "$level" <<<'slm_span_end(SLM_SPAN_AT(-1, "text"));'
refuses "c c++" "a level of a scope too high" "$level" <<<'SLM_SCOPE_AT(SLM_LEVEL_TRACE + 1, "text");'
refuses "c c++" "a level of a function too high" "$level" <<<'SLM_FUNCTION_AT(99);'
refuses "c c++" "a level asked for too high" "$level" <<<'if (SLM_ENABLED(0)) n++;'

# -- options
refuses "c" "an option there is not" "no member named|does not refer to any field" \
    <<<'slm_span_end(SLM_SPAN_WITH((.colour = 3), "s"));'
refuses "c++" "an option there is not" "no member named" <<<'slm_span_end(SLM_SPAN_WITH((.colour(3)), "s"));'
refuses "c" "a span for a parent" "initializing|invalid initializer|incompatible" \
    <<<'slm_span_end(SLM_SPAN_WITH((.parent = span), "s"));'
refuses "c++" "a span for a parent" "could not convert|no viable conversion|cannot convert" \
    <<<'slm_span_end(SLM_SPAN_WITH((.parent(span)), "s"));'

# -- where a scope may stand
takes "a goto out of a scope" <<<'{ SLM_SCOPE("s"); if (n) goto out; } SLM_INFO("t"); out: SLM_INFO("u");'
takes "a case of its own block" <<<'switch (n) { case 1: { SLM_SCOPE("s"); break; } case 2: SLM_INFO("t"); }'
takes "a scope in braces" <<<'if (n) { SLM_SCOPE("s"); }'
jump='jump into scope|switch jumps into|cannot jump|jump to label|jump to case|jumps into'
alone='slm_error_a_scope_needs_a_block_of_its_own' # clang's C shows it in the note below its error
if [[ $language/$brand == c/clang ]]; then
    alone='expected expression'
fi
refuses "c c++" "if without braces" "$alone" <<<'if (n) SLM_SCOPE("s");'
refuses "c c++" "else without braces" "$alone" <<<'if (n) n++; else SLM_SCOPE("s");'
refuses "c c++" "if without braces, named" "$alone" <<<'if (n) SLM_SCOPE_AS(s, "s");'
refuses "c c++" "if without braces, of a task" "$alone" <<<'if (n) SLM_ENTER(span);'
refuses "c c++" "a loop without braces" "$alone" <<<'while (wanted()) SLM_FUNCTION();'
refuses "c c++" "a goto past a scope" "$jump" <<<'if (n) goto out; SLM_SCOPE("s"); n++; out: n++;'
refuses "c c++" "a goto past a function's scope" "$jump" <<<'if (n) goto out; SLM_FUNCTION(("n", n)); n++; out: n++;'
refuses "c c++" "a goto past an entered task" "$jump" <<<'if (n) goto out; SLM_ENTER(span); n++; out: n++;'
refuses "c c++" "a goto backwards into a scope" "$jump" <<<'{ SLM_SCOPE("s"); back: n++; } if (n < 3) goto back;'
refuses "c c++" "a case past a scope" "$jump" <<<'switch (n) { case 1:; SLM_SCOPE("s"); n++; break; case 2: n++; }'
refuses "c c++" "a default past an entered task" "$jump" <<<'switch (n) { case 1:; SLM_ENTER(span); break; default: n++; }'

# -- results
warns "c/clang c++/clang" "a span that nobody ends" "ignoring return value" <<<'SLM_SPAN("s");'

echo "$compiler: $cases cases"
exit $status
