#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: memory.sh DIR      DIR holds BOX.objects: the object files of one box of the house, one a line
#
# Who asks the system for memory: alloc.c, and for what is kept for good the platform's file. The viewer is a program of
# its own, with its own place for it.
set -euo pipefail
cd "$1"
export LC_ALL=C

asks='malloc|calloc|realloc|reallocarray|free|strdup|strndup|wcsdup|(__)?v?asprintf(_chk)?|getline|(__)?getdelim'
asks+='|open_memstream|fopen(64)?|fdopen|freopen(64)?|opendir|scandir(64)?|realpath|posix_memalign|aligned_alloc'
asks+='|memalign|valloc|pvalloc|sbrk|brk|mmap(64)?|mremap|shmat|cJSON_(malloc|free|InitHooks)|cJSON_Print[A-Za-z]*'

status=0
read=0
for list in *.objects; do
    box=${list%.objects}
    [[ $box != viewer && $box != testing ]] || continue
    while read -r object symbol; do
        case $object:$symbol in
        alloc.c.o:malloc | alloc.c.o:calloc | alloc.c.o:realloc | alloc.c.o:free) ;;
        platform_linux.c.o:mmap* | platform_posix.c.o:mmap*) ;;
        *)
            echo "$box: $object calls $symbol: memory is asked for in core/alloc.c"
            status=1
            ;;
        esac
    done < <(xargs -r nm -A -u <"$list" | awk -v asks="^($asks)\$" '{
        file = $1; sub(/:$/, "", file); sub(/.*\//, "", file); sub(/:.*/, "", file)
        symbol = $NF; sub(/@.*/, "", symbol)
        if (symbol ~ asks) print file, symbol
    }' | sort -u)
    read=$((read + $(wc -l <"$list")))
    echo "$box: $(wc -l <"$list") objects"
done
((read > 0)) || status=1
exit $status
