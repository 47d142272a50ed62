# Debian packages: what each command needs, and how to get what is missing.

PACKAGES_BUILD="gcc libc6-dev cmake ninja-build pkg-config curl ca-certificates procps
    libprotobuf-c-dev protobuf-c-compiler libmicrohttpd-dev
    libjansson-dev libyaml-dev libsodium-dev libsqlite3-dev libcurl4-openssl-dev"
PACKAGES_TEST="clang libclang-rt-14-dev clang-format libcmocka-dev gcovr python3 jq binutils
    ccache"

packages_missing() {
    local name have
    have=$(dpkg-query -W -f '${Package}=${db:Status-Status}\n' "$@" 2>/dev/null) || true
    for name in "$@"; do
        grep -qx "$name=installed" <<<"$have" || printf '%s ' "$name"
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "need root or sudo to run: $*"
    fi
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        -o Dpkg::Use-Pty=0 "$@" </dev/null >&2
}

# Silent when everything is there. The lists are fetched only when what we have is too old.
packages_need() {
    local missing
    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || fail "these packages are missing, and apt-get too: $missing"
    printf 'installing %s\n' "$missing" >&2
    # shellcheck disable=SC2086
    apt_install $missing 2>/dev/null || {
        as_root apt-get update -q >&2
        # shellcheck disable=SC2086
        apt_install $missing || fail "apt-get could not install: $missing"
    }
}

# Node may have come from elsewhere, as one package with npm in it.
packages_for_node() {
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        packages_need nodejs npm
    fi
}

packages_for_build() {
    # shellcheck disable=SC2086
    packages_need $PACKAGES_BUILD
}

packages_for_test() {
    # shellcheck disable=SC2086
    packages_need $PACKAGES_BUILD $PACKAGES_TEST
    packages_for_node
}
