#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: callsite_size.sh SOURCE_DIR COMPILER
#
# What one more callsite costs a shared library in bytes: the mean of twenty, so that alignment tells nothing. Text is
# hot and cold code together; data is what the loader maps writable or constant, relocations included.
set -euo pipefail
root=$1 compiler=$2
case $(basename "$compiler") in
*++*) language=c++ standard=c++17 ;;
*) language=c standard=c11 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# sizes COUNT BODY: prints text and data of a library whose one function holds COUNT times BODY.
sizes() {
    local count=$1 body=$2 i
    {
        printf '%s\n' '#include <spanloom/trace.h>' 'void other(int n);' \
            'void subject(int n, const char *text);' 'void subject(int n, const char *text)' '{'
        for ((i = 0; i < count; i++)); do
            printf '    { %s }\n' "$body"
        done
        printf '%s\n' '    (void)n, (void)text;' '}'
    } >"$work/subject"
    "$compiler" -x $language -std=$standard -O2 -fPIC -shared -I"$root/include" "$work/subject" -o "$work/subject.so"
    size -A "$work/subject.so" | awk '
        $1 == ".text" { text += $2 }
        $1 ~ /^\.(data|bss|rodata|rela\.dyn|relr\.dyn|gcc_except_table)/ { data += $2 }
        END { print text, data }'
}

# costs WHAT TEXT_MAX DATA_MAX BODY
costs() {
    local what=$1 text_max=$2 data_max=$3 body=$4 few many text data
    read -r -a few < <(sizes 20 "$body")
    read -r -a many < <(sizes 40 "$body")
    text=$(((many[0] - few[0] + 19) / 20))
    data=$(((many[1] - few[1] + 19) / 20))
    printf '%-28s %4d of %4d bytes of text, %4d of %4d of data\n' "$what" $text "$text_max" $data "$data_max"
    if ((text <= 0 || data <= 0 || text > text_max || data > data_max)); then
        echo "$compiler: $what costs too much"
        status=1
    fi
}

costs "event, two fields" 100 384 'SLM_INFO(("number", n), ("text", text)); other(n);'
costs "event, text" 100 384 'SLM_INFO("a text"); other(n);'
costs "event, two fields and text" 140 384 'SLM_INFO(("number", n), ("text", text), "%d of them", n); other(n);'
costs "scope, two fields" 180 384 'SLM_SCOPE("scope", ("number", n), ("text", text)); other(n);'
costs "scope" 180 384 'SLM_SCOPE("scope"); other(n);'
costs "function, two fields" 180 384 'SLM_FUNCTION(("number", n), ("text", text)); other(n);'
exit $status
