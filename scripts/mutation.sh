# Who tests the tests: planted bugs, and mutants of the core.

MUTANTS_TRIED=300  # By ./dev test.

# Ten of the planted bugs, other ones with each commit; a part of ./dev test.
bug_tests() {
    local log=build/bugs/test.log passed failed
    if ! (compile bugs saga-sim); then
        printf 'FAILED  bugs does not build\n'
        count 0 1
        return 0
    fi
    python3 tests/bugs/run_bugs.py --rotate 10 build/bugs >"$log" 2>&1 || true
    read -r passed failed < <(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$log") ||
        { passed=0 failed=1; }
    if [ "$failed" -eq 0 ]; then
        printf 'ok      bugs: %s caught; %s\n' "$passed" "$(head -n 1 "$log")"
    else
        printf 'FAILED  bugs: %s not caught\n' "$failed"
        tail -n 60 "$log"
    fi
    count "$passed" "$failed"
}

# A part of the mutants, another one with each commit; a part of ./dev test.
mutant_tests() {
    local log=build/mutation/test.log seed
    seed=$(git rev-parse HEAD 2>/dev/null) || seed=0
    mkdir -p build/mutation
    if python3 tests/mutation/mutate.py --sample "$MUTANTS_TRIED" --seed "$seed" >"$log" 2>&1; then
        printf 'ok      mutants: %s\n' "$(tail -n 1 "$log")"
        count 1 0
    else
        printf 'FAILED  mutants\n'
        tail -n 60 "$log"
        count 0 1
    fi
}

soak_bugs() {
    local seconds=$1
    compile bugs saga-sim
    python3 tests/bugs/run_bugs.py --seconds "$seconds" build/bugs
}

soak_mutation() {
    local seconds=$1
    compile bugs saga-sim
    python3 tests/mutation/mutate.py --seconds "$seconds" --sim build/bugs
}
