#!/bin/sh
# Git asks this program for the user name and for the password of an HTTPS remote. Both come by environment, so that neither ever stands in
# a URL, in an argument or in a file.
set -eu

case ${1:-} in
  Username*) printf '%s\n' "$OPENCLAW_GIT_USERNAME" ;;
  Password*) printf '%s\n' "$OPENCLAW_GIT_PASSWORD" ;;
  *) exit 1 ;;
esac
