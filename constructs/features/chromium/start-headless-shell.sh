#!/bin/sh
set -eu

# Starts the browser of the headless-shell image with the flags that are this program's arguments, each one kept whole.
# The browser opens its debugging port on the loopback interface only; socat carries it to the pod's address.
# Input: CDP_PORT.

inner_port=$((CDP_PORT + 1))
if [ -e /proc/net/if_inet6 ]; then
  listener="TCP6-LISTEN:$CDP_PORT,fork,reuseaddr,ipv6only=0"
else
  listener="TCP4-LISTEN:$CDP_PORT,fork,reuseaddr"
fi
socat "$listener" "TCP4:127.0.0.1:$inner_port" &

exec "${HEADLESS_SHELL:-/headless-shell/headless-shell}" \
  --remote-debugging-address=127.0.0.1 \
  "--remote-debugging-port=$inner_port" \
  "$@"
