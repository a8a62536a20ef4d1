#!/bin/sh
set -eu

# Starts nginx with the configuration beside this file. A node without IPv6 would stop it at the first listener of that kind, so those are
# left out there.

conf=${PROXY_CONFIG:-/etc/gateway-proxy/nginx.conf}
inet6=${PROXY_INET6:-/proc/net/if_inet6}
if [ ! -e "$inet6" ]; then
  grep -v 'listen \[::\]' "$conf" >/tmp/nginx.conf
  conf=/tmp/nginx.conf
fi
exec nginx -e stderr -c "$conf" -g 'daemon off;'
