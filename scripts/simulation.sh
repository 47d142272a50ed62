# The simulator: what ./dev test runs of it, and its campaigns in ./dev soak.

SIM=build/release/bin/saga-sim
SIM_TEST_SEEDS=1..1000           # Some 300 000 sagas.
SIM_DETERMINISM_SEEDS=1..1000
SIM_DETERMINISM_SAGAS=40         # Small worlds: sanitizers are slow.
SIM_TEST_TRACE_SEEDS=1..60       # Of the same small worlds, with the builds that are there.

# Ends with 0 when the simulator reports what it is told to hold, and does not hold.
sim_false_check() {
    local said
    # It ends with 1, as it must: what counts is what it says.
    said=$("$SIM" --no-shrink --false-check --seed 1) || true
    grep '^I-99 violated' <<<"$said"
}

# Both halves of a sweep at once, for so many seconds at most; 0: to the end. Ends with 124 when the
# time was up, and with 1 when something was found.
sim_sweep() {
    local seconds=$1 half pid r worst=0
    local -a pids=()
    shift
    for half in 1/2 2/2; do
        timeout "$seconds" "$SIM" --sweep "$@" --slice "$half" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        r=0
        wait "$pid" || r=$?
        if [ "$worst" -eq 0 ] || [ "$worst" -eq 124 ]; then
            [ "$r" -eq 0 ] || worst=$r
        fi
    done
    return "$worst"
}

# The release is built by the time that this is called.
simulation_tests() {
    one_test simulation "$SIM" --reach --seeds "$SIM_TEST_SEEDS"
    one_test simulation-sweep sim_sweep 0 single
    one_test simulation-pivots sim_sweep 0 pivots --steps 3
    one_test simulation-graphs sim_sweep 0 graphs --steps 3
    one_test simulation-pairs sim_sweep 0 pairs --steps 4
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

# All sweeps, the long ones as far as the time goes.
soak_sweep() {
    local until=$1 name left r
    compile release
    SECONDS=0
    for name in single pairs pivots graphs double; do
        left=$((until - SECONDS)) r=0
        if [ "$left" -le 0 ]; then
            printf 'sweep %s: no time was left\n' "$name"
            continue
        fi
        sim_sweep "$left" "$name" || r=$?
        [ "$r" -ne 124 ] || printf 'sweep %s: not to its end; what was seen of it held\n' "$name"
        [ "$r" -eq 0 ] || [ "$r" -eq 124 ] || fail "the sweep $name found something"
    done
}

# ---- one seed, one trace, whoever compiled it ----

# The trace of so many seeds, by the simulator of a build folder.
sim_trace() {
    "$1/bin/saga-sim" --json --sagas "$SIM_DETERMINISM_SAGAS" --seeds "$2" |
        sed -n 's/.*"trace_hash":"\([0-9a-f]*\)".*/\1/p'
}

# A simulator by itself, with a compiler and its flags.
sim_compile() {
    local folder=$1 compiler=$2 flags=$3 log=$1.log
    mkdir -p "$folder"
    { cmake --preset bugs -B "$folder" -DCMAKE_C_COMPILER="$compiler" -DCMAKE_C_FLAGS="$flags" &&
        ninja -C "$folder" saga-sim; } >"$log" 2>&1 ||
        fail "$folder does not build; all of it is in $log"
}

# Reads lines of `name|folder`; prints a table, and fails when two traces differ.
sim_compare() {
    local seeds=$1 name folder trace wanted= differs=no
    while IFS='|' read -r name folder; do
        trace=$(sim_trace "$folder" "$seeds") || trace='it ends with a failure'
        printf '%-34s %s\n' "$name" "$trace"
        [ -n "$trace" ] && [ "${wanted:=$trace}" = "$trace" ] || differs=yes
    done
    [ "$differs" = no ] || fail "one seed has left two traces"
    grep -qx '[0-9a-f]\{16\}' <<<"$wanted" || fail "there is no trace"
    printf 'one trace of seeds %s, from all of them\n' "$seeds"
}

# The builds that every test makes anyway; called when they are there.
determinism_tests() {
    one_test simulation-one-trace sim_compare "$SIM_TEST_TRACE_SEEDS" <<'END'
gcc -O3, link-time optimised|build/release
gcc -O1, sanitizers|build/dev
clang -O1, sanitizers|build/dev-clang
END
}

soak_determinism() {
    local at=build/determinism
    local sanitizers='-O1 -fsanitize=address,undefined -fno-sanitize-recover=all'
    sim_compile "$at/gcc-O0" gcc -O0
    sim_compile "$at/gcc-O2" gcc -O2
    sim_compile "$at/gcc-sanitizers" gcc "$sanitizers"
    sim_compile "$at/clang-O0" clang -O0
    sim_compile "$at/clang-O2" clang -O2
    sim_compile "$at/clang-sanitizers" clang "$sanitizers"
    sim_compare "$SIM_DETERMINISM_SEEDS" <<END
gcc -O0|$at/gcc-O0
gcc -O2|$at/gcc-O2
gcc, address and UB sanitizers|$at/gcc-sanitizers
clang -O0|$at/clang-O0
clang -O2|$at/clang-O2
clang, address and UB sanitizers|$at/clang-sanitizers
END
}
