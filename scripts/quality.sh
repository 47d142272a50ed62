# Form: the formatter, the style test, coverage.

sources() {
    if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files -co --exclude-standard -- '*.c' '*.h'
    else
        find orchestrator participants client tests -name '*.[ch]'
    fi
}

dev_fmt() {
    local mode=-i
    while [ $# -gt 0 ]; do
        case $1 in
            --check) mode='--dry-run --Werror'; shift ;;
            -h | --help)
                cat <<'END'
usage: ./dev fmt [--check] [FILE…]

Format the C sources (or the FILEs) by .clang-format; with --check only say which differ, and fail.
END
                return 0 ;;
            -*) misuse "fmt takes no '$1'" ;;
            *) break ;;
        esac
    done
    packages_for_test
    if [ $# -eq 0 ]; then
        # shellcheck disable=SC2086
        sources | xargs -r -d '\n' clang-format $mode
    else
        # shellcheck disable=SC2086
        clang-format $mode "$@"
    fi
}

dev_tidy() {
    case ${1:-} in
        -h | --help)
            cat <<'END'
usage: ./dev tidy [FILE…]

Check the house style: sizes, layers, names, words, commits. tests/tidy/tidy.py --list names the
rules. First the rules themselves are tried on samples that they must catch.
END
            return 0 ;;
    esac
    packages_for_test
    python3 tests/tidy/test_tidy.py --quiet
    python3 tests/tidy/tidy.py "$@"
}

# What the core must have; the branches that `assert` makes are left out.
CORE_LINE=100
CORE_BRANCH=95

# One folder's figures; remaining arguments go to gcovr.
coverage_of() {
    local folder=$1
    shift
    (cd build/coverage && gcovr --root ../.. --filter "../../$folder/" \
        --exclude-branches-by-pattern '.*\bassert\(.*' --exclude-unreachable-branches \
        --exclude-throw-branches --print-summary "$@" .)
}

dev_coverage() {
    case ${1:-} in
        '') ;;
        -h | --help)
            cat <<END
usage: ./dev coverage

Run the tests with counters and print line and branch figures: of the whole, and of the core file
by file. Fails when the core has less than $CORE_LINE % of lines or $CORE_BRANCH % of branches; the
branches of assert() are not counted. The pages are in build/coverage/html.
END
            return 0 ;;
        *) misuse "coverage takes no '$1'" ;;
    esac
    packages_for_test
    compile coverage
    find build/coverage -name '*.gcda' -delete
    ctest --preset coverage -j "$(nproc)" -LE 'crash|tidy|slow' --output-on-failure \
        >build/coverage/test.log 2>&1 || { tail -n 60 build/coverage/test.log >&2; fail "tests fail"; }

    mkdir -p build/coverage/html
    local part
    for part in orchestrator participants client; do
        printf '\n%s\n' "$part"
        coverage_of "$part" -o /dev/null | grep -E '^(lines|branches)'
    done
    coverage_of '(orchestrator|participants|client)' --html-details html/index.html >/dev/null
    printf '\norchestrator/core\n'
    coverage_of orchestrator/core --fail-under-line "$CORE_LINE" \
        --fail-under-branch "$CORE_BRANCH" ||
        fail "the core must have $CORE_LINE % of lines and $CORE_BRANCH % of branches"
}
