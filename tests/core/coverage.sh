#!/bin/sh
# Coverage of the core: lines 100 %, branches at least 95 %; those of asserts do not count.
#
#   coverage.sh BUILD_DIR    a tree that was configured with --coverage and has run its tests
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
gcovr --root "$root" --filter 'orchestrator/core/' --exclude-branches-by-pattern '^\s*assert\(' \
    --exclude-unreachable-branches --fail-under-line 100 --fail-under-branch 95 \
    "$1/orchestrator/core"
