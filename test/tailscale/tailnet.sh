#!/bin/sh
set -eu

# A tailnet of one sidecar, in a network namespace without a way out. Wants to be root in one that is new.
# Arguments: the folder of the programs, a folder for what they leave, the user of the sidecar, then its variables, as `env` takes them.
# It runs until it is told to end, and ends with the status of the sidecar.

programs=$1 folder=$2 user=$3
shift 3

# A device takes itself for offline unless it has an interface and a route; what stands at the other end answers nobody.
ip link set lo up
ip link add eth0 type veth peer name eth1
ip addr add 192.0.2.1/24 dev eth0
ip link set eth0 up
ip link set eth1 up
ip route add default via 192.0.2.254

"$programs/control" 127.0.0.1:9911 >"$folder/control.log" 2>&1 &
control=$!
until grep -q '^127' "$folder/control.log"; do sleep 0.1; done

env -i PATH="$programs:/usr/bin:/bin" TS_EXTRA_ARGS=--login-server=http://127.0.0.1:9911 TS_NO_LOGS_NO_SUPPORT=true "$@" \
  setpriv --reuid="$user" --regid=1000 --clear-groups --no-new-privs containerboot >"$folder/boot.log" 2>&1 &
sidecar=$!
trap 'kill "$sidecar"' TERM
status=0
wait "$sidecar" || status=$?
# The signal ended the wait, not the sidecar.
if kill -0 "$sidecar" 2>/dev/null; then
  status=0
  wait "$sidecar" || status=$?
fi
kill "$control"
exit "$status"
