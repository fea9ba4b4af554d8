#!/bin/bash
#
# Runs a private Pushpin in the foreground until it gets a signal, with a
# condure and a zurl of its own if it needs them.  Nothing of it outlives this
# program.
#
#   demo/pushpin.sh DIR HTTP_PORT CONTROL_PORT ORIGIN [ROUTES [SETTING...]]
#   demo/pushpin.sh --version
#
#   DIR           receives configuration, sockets and logs; may exist already
#   HTTP_PORT     where clients connect, [address:]port, 127.0.0.1 by default
#   CONTROL_PORT  where messages are published, on 127.0.0.1
#   ORIGIN        host:port to which all requests are routed
#   ROUTES        a routes file to use instead ("" for none)
#   SETTING       section.name=value for pushpin.conf, as proxy.sig_key=secret
#
# Prints "ready" when both ports accept connections.  Requests to the origin
# are signed with "changeme", issuer "pushpin", unless a setting says otherwise.

set -u

# t/setup may have got one that is not installed

top=$(cd "$(dirname "$0")/.." && pwd)
command -v pushpin > /dev/null || PATH=$top/build/pushpin/bin:$PATH

if [ "${1-}" = --version ]; then
    version=$(pushpin --version) && echo "${version##* }"
    exit
fi

if [ $# -lt 4 ]; then
    sed -n '3,/^$/s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi

dir=$1
http=$2
control=$3
origin=$4
routes=${5-}
shift $(($# < 5 ? $# : 5))

case $http in
    *:*) ;;
    *)   http=127.0.0.1:$http ;;
esac


fail() {
    echo "pushpin.sh: $*" >&2
    exit 1
}


installed() {
    local program

    for program in "$@"; do
        command -v "$program" > /dev/null || fail "$program is not installed"
    done
}


accepts() {
    (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null
}


accepts_http() {
    case ${http%:*} in
        0.0.0.0) accepts 127.0.0.1 "${http##*:}" ;;
        '[::]')  accepts ::1 "${http##*:}" ;;
        *)       accepts "$(tr -d '[]' <<< "${http%:*}")" "${http##*:}" ;;
    esac
}


# sections may repeat, the last value of a name counts

configure() {
    local setting name

    cat > "$dir/pushpin.conf" <<END
[global]
include=$(internal_conf)
rundir=$run
ipc_prefix=p-

[runner]
services=condure,pushpin-proxy,pushpin-handler
http_port=$http
logdir=$dir
log_level=2
client_buffer_size=8192
client_maxconn=5000

[proxy]
routesfile=$dir/routes
debug=true
sig_iss=pushpin
sig_key=changeme
updates_check=off

[handler]
push_in_spec=ipc://$run/push-in
push_in_sub_specs=ipc://$run/push-in-sub
push_in_http_addr=127.0.0.1
push_in_http_port=$control
command_spec=ipc://$run/command
stats_spec=ipc://$run/stats
message_rate=2500
message_hwm=25000
connection_subscription_max=20
END

    [ -n "$alone" ] || configure_zurl

    for setting in "$@"; do
        name=${setting%%=*}
        printf '\n[%s]\n%s=%s\n' "${name%%.*}" "${name#*.}" "${setting#*=}"
    done >> "$dir/pushpin.conf"

    if [ -n "$routes" ]; then
        cp "$routes" "$dir/routes"
    else
        echo "* $origin,over_http" > "$dir/routes"
    fi
}


# the packaged zurl refuses to connect to private addresses

configure_zurl() {
    cat >> "$dir/pushpin.conf" <<END

[proxy]
zurl_out_specs=ipc://$run/zurl-in
zurl_out_stream_specs=ipc://$run/zurl-in-stream
zurl_in_specs=ipc://$run/zurl-out
END

    cat > "$dir/zurl.conf" <<END
[General]
in_spec=ipc://$run/zurl-in
in_stream_spec=ipc://$run/zurl-in-stream
out_spec=ipc://$run/zurl-out
in_req_spec=ipc://$run/zurl-req
defpolicy=allow
allow=
deny=
max_open_requests=2000
buffer_size=200000
timeout=600
END
}


# since 1.38 Pushpin makes requests itself, and has condure inside

is_alone() {
    local version

    version=$(pushpin --version) || fail 'pushpin does not run'
    version=$(printf '%s\n' 1.38 "${version##* }" | sort -V)

    [ "${version%%$'\n'*}" = 1.38 ]
}


internal_conf() {
    local file

    for file in "$(dirname "$(command -v pushpin)")/../root/usr/lib/pushpin" \
                /usr/lib/pushpin /usr/share/pushpin /usr/local/lib/pushpin; do
        if [ -f "$file/internal.conf" ]; then
            echo "$file/internal.conf"
            return
        fi
    done

    echo '{libdir}/internal.conf'
}


# Each is the leader of a session, by which its children are found and ended;
# should we be killed, the kernel ends it, and it ends its children.

spawn() {
    local log=$1
    shift

    setsid setpriv --pdeathsig TERM -- "$@" < /dev/null > "$log" 2>&1 &
    sessions+=("$!")
}


# the living processes of a session

members() {
    local file stat

    for file in /proc/[0-9]*/stat; do
        { read -r stat < "$file"; } 2>/dev/null || continue
        set -- "$1" ${stat##*) }                    # state ppid pgrp session

        if [ "$5" = "$1" ] && [ "$2" != Z ]; then
            file=${file%/stat}
            echo "${file##*/}"
        fi
    done
}


# a leader ends its children itself; what is left of them then is ended by us

stop() {
    local session signal tries

    trap '' HUP INT TERM
    trap - EXIT

    exec 2>/dev/null
    kill -TERM "${sessions[@]}"

    for session in "${sessions[@]}"; do
        for ((tries = 0; tries < 50; tries++)); do
            kill -0 "$session" || break
            sleep 0.1
        done

        for signal in TERM KILL; do
            for ((tries = 0; tries < 20; tries++)); do
                set -- "$1" $(members "$session")
                [ $# -gt 1 ] || continue 3
                kill -s $signal "${@:2}"
                sleep 0.1
            done
        done
    done

    wait
    rm -rf "$run"
    exit "$1"
}


installed pushpin setpriv

if is_alone; then
    alone=yes
else
    alone=
    installed condure zurl
fi

! accepts_http || fail "port ${http##*:} is taken"
! accepts 127.0.0.1 "$control" || fail "port $control is taken"

mkdir -p "$dir" && dir=$(cd "$dir" && pwd) || fail "cannot use $dir"

# the path of a socket must be short, and that of DIR may not be

run=$(mktemp -d /tmp/pushpin.XXXXXX) || fail "cannot create a folder in /tmp"
sessions=()

trap 'stop $?' EXIT
trap 'stop 0' HUP INT TERM

configure "$@"

[ -n "$alone" ] || spawn "$dir/zurl.log" zurl --config="$dir/zurl.conf"
spawn "$dir/pushpin.log" pushpin --merge-output --config="$dir/pushpin.conf"

for _ in {1..100}; do
    if accepts_http && accepts 127.0.0.1 "$control"; then
        echo ready
        wait -n
        fail "a process ended, see the logs in $dir"
    fi

    for session in "${sessions[@]}"; do
        kill -0 "$session" 2>/dev/null || break 2
    done

    sleep 0.1
done

tail -n 5 "$dir"/*.log >&2
fail "Pushpin did not start"
