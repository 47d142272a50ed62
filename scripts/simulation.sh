# The simulator: what ./dev test runs of it, and its campaigns in ./dev soak.

SIM=build/release/bin/saga-sim
SIM_TEST_SEEDS=1..900            # Some 300 000 sagas.
SIM_DETERMINISM_SEEDS=1..1000
SIM_DETERMINISM_SAGAS=40         # Small worlds: sanitizers are slow.

# Ends with 0 when the simulator reports what it is told to hold, and does not hold.
sim_false_check() {
    local said
    # It ends with 1, as it must: what counts is what it says.
    said=$("$SIM" --no-shrink --false-check --seed 1) || true
    grep '^I-99 violated' <<<"$said"
}

# The release is built by the time that this is called.
simulation_tests() {
    one_test simulation "$SIM" --reach --seeds "$SIM_TEST_SEEDS"
    one_test simulation-sweep "$SIM" --sweep single
    one_test simulation-can-fail sim_false_check
}

# Seeds that nobody has chosen, until the time is up.
soak_sim() {
    local seconds=$1 first
    compile release
    SECONDS=0
    while [ "$SECONDS" -lt "$seconds" ]; do
        first=$(($(date +%s) * 1000))
        "$SIM" --seeds "$first..$((first + 499))" || fail "the promise is broken; see the seed above"
    done
}

soak_sweep() {
    compile release
    "$SIM" --sweep single && timeout "$1" "$SIM" --sweep double || {
        [ $? -eq 124 ] || fail "the sweep found something"
        printf 'the double sweep did not finish in time; what was seen of it held\n'
    }
}

# One hash from a preset's simulator.
sim_hash() {
    "build/$1/bin/saga-sim" --json --sagas "$SIM_DETERMINISM_SAGAS" --seeds "$SIM_DETERMINISM_SEEDS" |
        sed -n 's/.*"trace_hash":"\([0-9a-f]*\)".*/\1/p'
}

# Optimised by gcc, not optimised at all, and both compilers with sanitizers.
soak_determinism() {
    local preset hash wanted=
    for preset in release coverage dev dev-clang; do
        compile "$preset"
        hash=$(sim_hash "$preset")
        printf '%s  %s\n' "$hash" "$preset"
        [ -n "$hash" ] && [ "${wanted:=$hash}" = "$hash" ] ||
            fail "one seed has left two traces"
    done
}
