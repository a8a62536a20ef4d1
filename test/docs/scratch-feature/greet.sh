#!/bin/sh
set -eu
while :; do
  printf '%s\n' "$GREETING"
  sleep 60
done
