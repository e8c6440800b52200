#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: layering.sh DIR      DIR holds BOX.objects: the object files of one box of the house, one a line
#
# Reads which symbols each box defines and which it needs, and refuses a call that the drawing in docs/architecture.md
# has no arrow for. Also refuses a box without objects: a check that reads nothing finds nothing.
set -euo pipefail
cd "$1"
export LC_ALL=C

may_call() {
    case $1 in
    core) echo core ;;
    propagation) echo propagation core ;;
    exporters) echo exporters core ;;
    adapters) echo adapters propagation core ;;
    testing) echo testing core ;;
    viewer) echo viewer exporters core ;;
    *) echo "layering.sh: no box is called $1" >&2 && return 1 ;;
    esac
}

# symbols BOX TYPES: the names of nm's TYPES, each with its object's file name.
symbols() {
    xargs -r nm -A -g <"$1.objects" | awk -v types="$2" '
        index(types, $(NF - 1)) {
            file = $1
            sub(/:[0-9a-f]*$/, "", file)
            sub(/.*\//, "", file)
            sub(/\.o$/, "", file)
            print $NF, file
        }' | sort -u
}

status=0
for list in *.objects; do
    box=${list%.objects}
    symbols "$box" TDBRVWCSGiu >"$box.defined"
    symbols "$box" U >"$box.needed"
    if [[ ! -s $box.defined ]]; then
        echo "$box: no object of it defines a symbol"
        status=1
    fi
done

for list in *.objects; do
    box=${list%.objects}
    allowed=" $(may_call "$box") "
    for other in *.objects; do
        other=${other%.objects}
        [[ $allowed != *" $other "* ]] || continue
        while read -r symbol needs defines; do
            echo "$box must not call $other: $needs needs $symbol of $other/$defines"
            status=1
        done < <(join "$box.needed" "$other.defined")
    done
    echo "$box: $(wc -l <"$list") objects, $(wc -l <"$box.defined") symbols"
done
exit $status
