#!/bin/sh
set -eu

# Asks for changes of the instance that you run in. `sh selfconfig.sh help` tells how.
exec /usr/local/bin/node /operator-config/selfconfig.mjs "$@"
