#!/bin/sh
set -eu

# Puts the tailscale program where the agent's container finds it: the application asks it who a visitor is.
# Where the identity lies on a volume, it makes a folder there that the sidecar, another user of the same group, can write to.
# Input: TAILSCALE_STATE, that folder, or nothing; TAILSCALE_CLI, the program (default: that of the image); TAILSCALE_BIN, the folder.
# Copied beside and renamed, so that a run that is cut leaves no half program under the name.

cli=${TAILSCALE_CLI:-/usr/local/bin/tailscale}
folder=${TAILSCALE_BIN:-/tailscale-bin}
if [ ! -x "$cli" ]; then
  echo "tailscale: the image has no program $cli: use one that is built as ghcr.io/tailscale/tailscale is" >&2
  exit 1
fi
if [ -n "${TAILSCALE_STATE:-}" ]; then
  mkdir -p "$TAILSCALE_STATE"
  # Of an earlier user of the pod, it has its mode already.
  chmod 2770 "$TAILSCALE_STATE" || [ -w "$TAILSCALE_STATE" ]
fi
cp "$cli" "$folder/.tailscale.new"
chmod 0755 "$folder/.tailscale.new"
mv -f "$folder/.tailscale.new" "$folder/tailscale"
