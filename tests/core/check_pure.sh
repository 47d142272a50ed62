#!/bin/sh
# The core cannot reach out: every symbol that it leaves undefined is on the list below.
#
#   check_pure.sh CORE_DIR            check the core, with every compiler that is here
#   check_pure.sh CORE_DIR --proof    check that a forbidden call would be found
#
# Built -O2, without LTO or instrumentation, into a folder of its own.
set -eu

core=$1
proof=${2:-}
allowed='memcpy memset memcmp memmove __assert_fail __stack_chk_fail'
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Prints the symbols that are neither defined in the core nor allowed.
forbidden_symbols() {
    compiler=$1
    sources=$2
    mkdir -p "$folder/$compiler"
    for source in $sources; do
        "$compiler" -std=c17 -O2 -I"$core/.." -c "$source" \
            -o "$folder/$compiler/$(basename "$source" .c).o"
    done
    nm --defined-only --extern-only --format=posix "$folder/$compiler"/*.o |
        awk 'NF > 1 { print $1 }' | sort -u >"$folder/defined"
    printf '%s\n' $allowed _GLOBAL_OFFSET_TABLE_ | sort -u - "$folder/defined" >"$folder/known"
    nm -u --format=posix "$folder/$compiler"/*.o |
        awk 'NF > 1 { print $1 }' | sort -u | comm -23 - "$folder/known"
}

sources=$(ls "$core"/*.c)
if [ "$proof" = --proof ]; then
    printf '#include <time.h>\nlong leak(void);\nlong leak(void) { return (long)time(0); }\n' \
        >"$folder/leak.c"
    sources="$sources $folder/leak.c"
fi

for compiler in gcc clang; do
    command -v "$compiler" >/dev/null || continue
    found=$(forbidden_symbols "$compiler" "$sources")
    if [ "$proof" = --proof ]; then
        [ "$found" = time ] || { echo "$compiler: expected to find time, found: $found"; exit 1; }
    elif [ -n "$found" ]; then
        echo "$compiler: the core must not call:" $found
        exit 1
    fi
    echo "$compiler: ok"
done
