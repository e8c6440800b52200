#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: needed.sh LIBRARY SONAME ALLOWED_PATTERN
#
# A shared library asks the loader for nothing beyond libc, the loader itself and what ALLOWED_PATTERN names, carries
# SONAME, and is never unmapped.
set -euo pipefail
library=$1 soname=$2 allowed="^(libc\.so\.6|ld-linux.*|libc\.musl.*|$3)\$"
status=0
dynamic=$(readelf -dW "$library")
for needed in $(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' <<<"$dynamic"); do
    echo "needs $needed"
    if ! grep -qE "$allowed" <<<"$needed"; then
        echo "$library must not need $needed"
        status=1
    fi
done
if ! grep -q "(SONAME).*\[$soname\]" <<<"$dynamic"; then
    echo "$library: its soname is not $soname"
    status=1
fi
if ! grep -q NODELETE <<<"$dynamic"; then
    echo "$library: is linked without -z nodelete"
    status=1
fi
exit $status
