# Measures and long campaigns.

dev_bench() {
    local seconds=10 flights='1 64 1024' lists= n
    while [ $# -gt 0 ]; do
        case $1 in
            --seconds) seconds=$(value_of "$@"); shift 2 ;;
            --in-flight) flights=$(value_of "$@"); shift 2 ;;
            --lists) lists=yes; shift ;;
            -h | --help)
                cat <<'END'
usage: ./dev bench [--seconds S] [--in-flight "N…" | --lists]

Run saga-bench at 1, 64 and 1024 sagas in flight, S seconds each (default 10): its own server, five
participants that do nothing, and every commit synced. One JSON line each.

With --lists: what do four clients that list without a pause cost the sagas that run? Five pairs of
stretches of S seconds, without and with them, under a steady load; two minutes in all.
END
                return 0 ;;
            *) misuse "bench takes no '$1'" ;;
        esac
    done
    packages_for_build
    compile release
    if [ -n "$lists" ]; then
        "$BIN/saga-bench" --listers 4 --seconds "$seconds"
        return
    fi
    for n in $flights; do
        "$BIN/saga-bench" --in-flight "$n" --seconds "$seconds" --json
    done
}

soak_usage() {
    cat <<'END'
usage: ./dev soak CAMPAIGN [--minutes M]

Campaigns, each for M minutes (default 10), until it finds something:

  fuzz     every fuzz target in turn, optimised build, sharing the minutes; finds are kept in
           build/fuzz/fuzz/NAME.found and the inputs that break something beside them
  crash    the tests labelled crash: kill -9 under load, again and again
  faults   every allocation and sync of the libraries made to fail, one run for each
  race     the tests labelled threads under the thread sanitizer, again and again
  bugs     every planted bug against the simulator: which invariant caught it, and when
  sim      the simulator, on seeds that nobody has chosen
  sweep    every short saga, graph and order of messages, with a crash at every effect; then a
           second one at every effect after it (to their ends: half an hour to two hours of both cores)
  determinism  1000 seeds leave one trace: gcc and clang, -O0, -O2 and with sanitizers (once)
  mutation every small change of the core against the tests; the score
END
}

soak_fuzz() {
    local seconds=$1 target count each
    compile fuzz
    count=$(find build/fuzz/fuzz -maxdepth 1 -type f -executable | wc -l)
    [ "$count" -gt 0 ] || fail "there are no fuzz targets"
    each=$((seconds / count + 1))
    for target in build/fuzz/fuzz/fuzz_*; do
        [ -f "$target" ] && [ -x "$target" ] || continue
        printf 'fuzzing %s for %s s\n' "${target##*/}" "$each" >&2
        fuzz_one "$target" "$each"
    done
}

# The seeds lie beside the target's source; only the folder of finds is written to.
fuzz_one() {
    local target=$1 seconds=$2 name=${1##*/}
    local -a seeds
    mapfile -t seeds < <(find tests/fuzz/"${name#fuzz_}" -maxdepth 1 -type d \
        \( -name corpus -o -name seeds \) 2>/dev/null)
    mkdir -p "$target.found"
    "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -verbosity=0 \
        -print_final_stats=1 -artifact_prefix="$target." "$target.found" "${seeds[@]}" ||
        fail "$name found something; the input is $target.crash-… (or leak-, timeout-)"
}

# Run ctest with these arguments over and over until the time is up.
soak_tests() {
    local seconds=$1 rounds=0
    shift
    SECONDS=0
    while [ "$SECONDS" -lt "$seconds" ] || [ "$rounds" -eq 0 ]; do
        ctest "$@" --output-on-failure || fail "failed in round $((rounds + 1))"
        rounds=$((rounds + 1))
    done
    printf '%s rounds without a failure\n' "$rounds"
}

dev_soak() {
    local campaign=${1:-} minutes=10
    case $campaign in
        '' | -h | --help) soak_usage; return 0 ;;
    esac
    shift
    while [ $# -gt 0 ]; do
        case $1 in
            --minutes) minutes=$(value_of "$@"); shift 2 ;;
            -h | --help) soak_usage; return 0 ;;
            *) misuse "soak takes no '$1'" ;;
        esac
    done
    [[ $minutes =~ ^[0-9]+$ ]] || misuse "--minutes takes a whole number, not '$minutes'"
    packages_for_test
    case $campaign in
        fuzz) soak_fuzz $((minutes * 60)) ;;
        crash) compile dev; soak_tests $((minutes * 60)) --preset dev -L crash ;;
        race) compile tsan; soak_tests $((minutes * 60)) --preset tsan ;;
        faults) compile faults
            python3 tests/faults/sweep.py --seconds $((minutes * 6)) build/faults ;;
        sim) soak_sim $((minutes * 60)) ;;
        sweep) soak_sweep $((minutes * 60)) ;;
        determinism) soak_determinism ;;
        bugs) soak_bugs $((minutes * 60)) ;;
        mutation) soak_mutation $((minutes * 60)) ;;
        *) misuse "no campaign '$campaign'" ;;
    esac
}
