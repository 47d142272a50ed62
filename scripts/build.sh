# Building: one preset, one folder under build/.

BIN=build/release/bin

# Configure once; afterwards ninja itself notices a changed CMakeLists.txt or preset's cache.
configure() {
    local preset=$1 log=build/$1/configure.log
    [ -f "build/$preset/build.ninja" ] && [ "build/$preset/build.ninja" -nt CMakePresets.json ] &&
        return 0
    mkdir -p "build/$preset"
    printf 'configuring %s\n' "$preset" >&2
    cmake --preset "$preset" >"$log" 2>&1 || {
        cat "$log" >&2
        fail "cannot configure build/$preset"
    }
    touch "build/$preset/build.ninja"
}

# compile PRESET [TARGET…]: progress on a terminal, one line otherwise, the whole story on error.
compile() {
    local preset=$1 log=build/$1/build.log
    configure "$preset"
    if [ -t 2 ]; then
        ninja -C "build/$@" >&2 || fail "build/$preset does not build"
        return 0
    fi
    printf 'building %s\n' "$preset" >&2
    ninja -C "build/$@" >"$log" 2>&1 || {
        grep -v '^\[' "$log" | tail -n 100 >&2
        fail "build/$preset does not build; all of it is in $log"
    }
}

dev_build() {
    case ${1:-} in
        '') ;;
        -h | --help)
            cat <<'END'
usage: ./dev build

Build sagad, sagactl, saga-bench and the participants, optimised, asserts on, into
build/release/bin. Installs the packages that building needs, and no others.
END
            return 0 ;;
        *) misuse "build takes no '$1'" ;;
    esac
    packages_for_build
    compile release
    printf 'built %s\n' "$BIN"
}
