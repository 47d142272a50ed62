# Every test, with both compilers, and a memory of what was green.

STAMP=build/test.stamp
PASSED=0
FAILED=0

test_usage() {
    cat <<'END'
usage: ./dev test [--force] [--quick] [-R REGEX]

Build and run every test: gcc and clang with address and undefined-behaviour sanitizers, the
threaded ones under the thread sanitizer, failing allocations, fuzz targets over their seeds, whole
servers, planted bugs, mutants, and the house style. Ends with `N passed, N failed`.

When nothing has changed since a green run, says so and is done; --force runs anyway.

  --force    run although nothing has changed
  --quick    gcc only, without whole servers
  -R REGEX   only tests whose name matches, gcc only

Logs are in build/*/test.log. One test by hand: ctest --preset dev -R NAME
END
}

# What a result depends on: every file of the tree, the history's head, the tools, the libraries.
tree_stamp() {
    {
        if git rev-parse --git-dir >/dev/null 2>&1; then
            git rev-parse HEAD
            git ls-files -zco --exclude-standard
        else
            find . -path ./build -prune -o -type f -print0
        fi | sort -z | xargs -0 sha256sum 2>/dev/null || true
        # shellcheck disable=SC2086
        dpkg-query -W -f '${Package} ${Version}\n' $PACKAGES_BUILD $PACKAGES_TEST 2>/dev/null || true
    } | sha256sum | cut -d' ' -f1
}

count() {
    PASSED=$((PASSED + $1))
    FAILED=$((FAILED + $2))
}

# A step that is one test: name, then its command.
one_test() {
    local name=$1 log=build/$1.log
    shift
    mkdir -p build
    if "$@" >"$log" 2>&1; then
        printf 'ok      %s\n' "$name"
        count 1 0
    else
        printf 'FAILED  %s\n' "$name"
        tail -n 60 "$log"
        count 0 1
    fi
}

# Build a preset and run its tests; the arguments after it go to ctest.
preset_tests() {
    local preset=$1 log=build/$1/test.log total failed
    shift
    if ! (compile "$preset"); then
        printf 'FAILED  %s does not build\n' "$preset"
        count 0 1
        return 0
    fi
    ctest --preset "$preset" -j "$(nproc)" --no-tests=ignore "$@" >"$log" 2>&1 || true
    # "100% tests passed, 0 tests failed out of 12"; no such line means that ctest itself broke.
    read -r failed total < <(sed -n 's/^[0-9]*% tests passed, \([0-9]*\) tests failed out of \([0-9]*\)$/\1 \2/p' "$log") || {
        if grep -q '^No tests were found' "$log"; then
            printf 'ok      %s: no such tests\n' "$preset"
            return 0
        fi
        failed=1 total=1
    }
    if [ "$failed" -eq 0 ]; then
        printf 'ok      %s: %s tests\n' "$preset" "$total"
    else
        printf 'FAILED  %s: %s of %s tests\n' "$preset" "$failed" "$total"
        tail -n 150 "$log"
    fi
    count $((total - failed)) "$failed"
}

# The sweep prints its own last line of figures.
fault_tests() {
    local log=build/faults/test.log passed failed
    if ! (compile faults); then
        printf 'FAILED  faults does not build\n'
        count 0 1
        return 0
    fi
    python3 tests/faults/sweep.py --seconds 2 build/faults >"$log" 2>&1 || true
    read -r passed failed < <(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$log") ||
        { passed=0 failed=1; }
    if [ "$failed" -eq 0 ]; then
        printf 'ok      faults: %s programs\n' "$passed"
    else
        printf 'FAILED  faults: %s programs\n' "$failed"
        grep -v '^ok' "$log" | tail -n 60
    fi
    count "$passed" "$failed"
}

all_tests() {
    one_test release-build compile release
    simulation_tests
    preset_tests dev
    preset_tests dev-clang -LE 'e2e|crash|tidy|slow'
    determinism_tests
    preset_tests tsan
    fault_tests
    bug_tests
    mutant_tests
    one_test docs python3 tests/e2e/test_docs.py build/release/bin
}

dev_test() {
    local force=no quick=no only= stamp
    while [ $# -gt 0 ]; do
        case $1 in
            --force) force=yes; shift ;;
            --quick) quick=yes; shift ;;
            -R) only=$(value_of "$@"); shift 2 ;;
            -h | --help) test_usage; return 0 ;;
            *) misuse "test takes no '$1'" ;;
        esac
    done
    packages_for_test
    if [ -n "$only" ]; then
        preset_tests dev -R "$only"
    elif [ "$quick" = yes ]; then
        preset_tests dev -LE 'e2e|crash|slow'
    else
        stamp=$(tree_stamp)
        if [ "$force" = no ] && [ "$(sed -n 1p "$STAMP" 2>/dev/null)" = "$stamp" ]; then
            printf 'nothing has changed since the last green run (--force runs anyway)\n'
            sed -n 2p "$STAMP"
            return 0
        fi
        rm -f "$STAMP"
        all_tests
        # Files that changed meanwhile were not tested.
        if [ "$FAILED" -eq 0 ] && [ "$(tree_stamp)" = "$stamp" ]; then
            printf '%s\n%s passed, %s failed\n' "$stamp" "$PASSED" "$FAILED" >"$STAMP"
        fi
    fi
    printf '%s passed, %s failed\n' "$PASSED" "$FAILED"
    [ "$FAILED" -eq 0 ] && [ "$PASSED" -gt 0 ]
}
