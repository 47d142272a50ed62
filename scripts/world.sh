# The local world: `sagad dev` with its participants under one folder.

UP_SECONDS=60      # For the world to be ready, and for the message to end.
DOWN_SECONDS=10    # For a polite end, before the impolite one.
STARTED=           # The pid of the sagad that this run started.

up_usage() {
    cat <<'END'
usage: ./dev up [--dir DIR] [--http ADDR:PORT] [--exit]

Build, start a local world (sagad, auth, billing, messaging and a consumer), send one message
through it and show its timeline. The world stays until `./dev down`; a second `up` uses it.

  --dir DIR         where its databases, sockets and log live (default $SAGAD_WORLD or build/run)
  --http ADDR:PORT  where to listen (default $SAGAD_HTTP or 127.0.0.1:8080; port 0: a free one)
  --exit            end with 0 once the message is completed, and stop what was started
END
}

# A text or a number from the ready file, by its key.
ready_text() {
    tr -d '\n' <"$1" | sed -n "s/.*\"$2\"[[:space:]]*:[[:space:]]*\"\([^\"]*\)\".*/\1/p"
}

ready_pid() {
    tr -d '\n' <"$1" | sed -n 's/.*"pids"[^{]*{[^}]*"sagad"[[:space:]]*:[[:space:]]*\([0-9]*\).*/\1/p'
}

# Is this pid the sagad of this folder? A pid from an old file may be anybody's by now.
is_our_sagad() {
    local pid=$1 dir=$2 argument
    local -a arguments
    [ -n "$pid" ] && [ -r "/proc/$pid/cmdline" ] || return 1
    mapfile -d '' -t arguments <"/proc/$pid/cmdline"
    case ${arguments[0]:-} in */sagad | sagad) ;; *) return 1 ;; esac
    for argument in "${arguments[@]}"; do
        [ "$argument" = "$dir" ] && return 0
    done
    return 1
}

# The pid of the world that runs in DIR, or nothing.
world_pid() {
    local pid
    [ -f "$1/ready.json" ] || return 0
    pid=$(ready_pid "$1/ready.json")
    ! is_our_sagad "$pid" "$1" || printf '%s' "$pid"
}

address_is_busy() {
    local host=${1%:*} port=${1##*:}
    [ "$port" != 0 ] || return 1
    host=${host#[} host=${host%]}
    (exec 3<>"/dev/tcp/$host/$port") 2>/dev/null
}

# Start sagad in a session of its own, so that the terminal's signals do not reach it.
world_start() {
    local dir=$1 http=$2 waited=0
    ! address_is_busy "$http" ||
        fail "$http is in use by another program; choose another with --http ADDR:PORT (port 0 picks one)"
    rm -f "$dir/ready.json"
    setsid "$PWD/$BIN/sagad" dev --dir "$dir" --http "$http" --ready "$dir/ready.json" \
        >>"$dir/sagad.log" 2>&1 </dev/null &
    STARTED=$!
    until [ -f "$dir/ready.json" ]; do
        if ! kill -0 "$STARTED" 2>/dev/null; then
            tail -n 5 "$dir/sagad.log" >&2
            ! address_is_busy "$http" || fail "$http is in use; choose another with --http ADDR:PORT"
            fail "sagad did not start; its log is $dir/sagad.log"
        fi
        [ "$waited" -lt $((UP_SECONDS * 20)) ] ||
            fail "not ready after $UP_SECONDS s; see $dir/sagad.log"
        waited=$((waited + 1))
        sleep 0.05
    done
}

# Ask to stop, wait, then insist. The participants die with sagad.
world_stop() {
    local pid=$1 waited=0
    [ -n "$pid" ] || return 0
    kill -TERM "$pid" 2>/dev/null || return 0
    while kill -0 "$pid" 2>/dev/null; do
        if [ "$waited" -ge $((DOWN_SECONDS * 20)) ]; then
            printf 'dev: sagad (%s) does not stop; killing it\n' "$pid" >&2
            kill -KILL "$pid" 2>/dev/null || true
            return 0
        fi
        waited=$((waited + 1))
        sleep 0.05
    done
}

# Send one message with a key of its own; prints its SID. The token goes by stdin, not by `ps`.
send_message() {
    local http=$1 account=$2 token=$3 answer sid
    answer=$(printf 'user = "%s:%s"\n' "$account" "$token" |
        curl -sS -K - -H "Idempotency-Key: up-$$-$(date +%s%N)" \
            --data-urlencode 'To=+15005550010' --data-urlencode 'From=+15005550006' \
            --data-urlencode 'Body=Hello from sagad' \
            "$http/2010-04-01/Accounts/$account/Messages.json") || fail "no answer from $http"
    sid=$(printf '%s' "$answer" | tr -d '\n' |
        sed -n 's/.*[{,][[:space:]]*"sid"[[:space:]]*:[[:space:]]*"\(SM[0-9a-f]*\)".*/\1/p')
    [ -n "$sid" ] || fail "the message was not taken: $answer"
    printf '%s' "$sid"
}

# Poll until the saga has ended; prints its phase.
await_end() {
    local sid=$1 waited=0 phase=
    while [ "$waited" -lt $((UP_SECONDS * 10)) ]; do
        phase=$("$BIN/sagactl" show "$sid" -o json | tr -d '\n' |
            sed -n 's/.*"phase"[[:space:]]*:[[:space:]]*"\([a-z_]*\)".*/\1/p')
        case $phase in completed | compensated | terminated) break ;; esac
        waited=$((waited + 1))
        sleep 0.1
    done
    printf '%s' "$phase"
}

try_this() {
    local dir=$1 http=$2 account=$3 token=$4 down='./dev down' env='./dev env'
    [ "$dir" = "$PWD/build/run" ] || down="./dev down --dir $dir" env="./dev env --dir $dir"
    cat <<END

The world listens at $http. Send a message yourself:

  curl -u $account:$token $http/2010-04-01/Accounts/$account/Messages.json \\
      -d To=%2B15005550010 -d From=%2B15005550006 -d Body=Hello

Look at it as its operator:

  eval "\$($env)"
  sagactl list --all

Stop it: $down
END
}

# What a shell needs to be a client and an operator of the world, as commands for it.
print_environment() {
    local dir=$1 ready=$1/ready.json
    printf 'export %s=%q\n' SAGA_SERVER "$(ready_text "$ready" http)" \
        SAGA_KEY "$(ready_text "$ready" operator_key)" \
        ACCOUNT_SID "$(ready_text "$ready" account_sid)" \
        AUTH_TOKEN "$(ready_text "$ready" auth_token)" WORLD "$dir"
    printf 'export PATH=%q:"$PATH"\n' "$PWD/$BIN"
}

# Through the whole path once: submit, wait for the end, show what happened.
first_message() {
    local dir=$1 ready=$1/ready.json http account token sid phase
    http=$(ready_text "$ready" http)
    account=$(ready_text "$ready" account_sid)
    token=$(ready_text "$ready" auth_token)
    export SAGA_SERVER=$http
    SAGA_KEY=$(ready_text "$ready" operator_key)
    export SAGA_KEY

    sid=$(send_message "$http" "$account" "$token")
    phase=$(await_end "$sid")
    "$BIN/sagactl" trace "$sid" || fail "sagactl cannot show $sid"
    [ "$phase" = completed ] || fail "message $sid is ${phase:-not there}, not completed"
    [ "$2" = yes ] || try_this "$dir" "$http" "$account" "$token"
}

dev_up() {
    local dir=${SAGAD_WORLD:-build/run} http=${SAGAD_HTTP:-127.0.0.1:8080} exits=no pid
    while [ $# -gt 0 ]; do
        case $1 in
            --dir) dir=$(value_of "$@"); shift 2 ;;
            --http) http=$(value_of "$@"); shift 2 ;;
            --exit) exits=yes; shift ;;
            -h | --help) up_usage; return 0 ;;
            *) misuse "up takes no '$1'" ;;
        esac
    done
    [[ $http =~ ^[^[:space:]]+:[0-9]+$ ]] || misuse "--http takes ADDR:PORT, not '$http'"
    packages_for_build
    compile release
    mkdir -p -m 700 "$dir"
    dir=$(readlink -f "$dir")

    pid=$(world_pid "$dir")
    if [ -n "$pid" ]; then
        printf 'using the world that runs in %s\n' "$dir" >&2
    else
        # Whatever happens before the message is through, what was started does not stay behind.
        trap 'world_stop "$STARTED"' EXIT
        world_start "$dir" "$http"
        pid=$(world_pid "$dir")
        [ -n "$pid" ] || fail "$dir/ready.json names another process than the one that was started"
    fi
    first_message "$dir" "$exits"
    [ "$exits" = yes ] || trap - EXIT
}

dev_down() {
    local dir=${SAGAD_WORLD:-build/run} pid
    while [ $# -gt 0 ]; do
        case $1 in
            --dir) dir=$(value_of "$@"); shift 2 ;;
            -h | --help)
                cat <<'END'
usage: ./dev down [--dir DIR]

Stop the world that `./dev up` started in DIR (default build/run). Its databases stay: the next
`up` goes on where it was.
END
                return 0 ;;
            *) misuse "down takes no '$1'" ;;
        esac
    done
    dir=$(readlink -m "$dir")
    pid=$(world_pid "$dir")
    if [ -z "$pid" ]; then
        printf 'nothing runs in %s\n' "$dir" >&2
        return 0
    fi
    world_stop "$pid"
    rm -f "$dir/ready.json"
    printf 'stopped\n' >&2
}

dev_env() {
    local dir=${SAGAD_WORLD:-build/run}
    while [ $# -gt 0 ]; do
        case $1 in
            --dir) dir=$(value_of "$@"); shift 2 ;;
            -h | --help)
                cat <<'END'
usage: eval "$(./dev env [--dir DIR])"

Print what a shell needs to talk to the world that `./dev up` started in DIR (default build/run):
SAGA_SERVER and SAGA_KEY for sagactl, ACCOUNT_SID and AUTH_TOKEN for messages, WORLD, its folder,
and PATH with the programs.
END
                return 0 ;;
            *) misuse "env takes no '$1'" ;;
        esac
    done
    dir=$(readlink -m "$dir")
    [ -n "$(world_pid "$dir")" ] || fail "nothing runs in $dir; start it with ./dev up"
    print_environment "$dir"
}
