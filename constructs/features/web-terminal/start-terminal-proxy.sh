#!/bin/sh
set -eu

# Starts nginx in front of the web terminal, with the user and password of a Secret.
# Input: TERMINAL_CREDENTIAL, the folder with the files `username` and `password`; TERMINAL_CONF, the configuration of nginx.
# The password goes through pipes from one program to the next, never through arguments, which every process list shows.

credential=${TERMINAL_CREDENTIAL:-/etc/web-terminal/credential}
conf=${TERMINAL_CONF:-/etc/web-terminal/proxy/nginx.conf}
users=${TERMINAL_USERS:-/tmp/users}
inet6=${PROXY_INET6:-/proc/net/if_inet6}

fail() {
  echo "web-terminal: $1" >&2
  exit 1
}

# `read` takes one line, with or without a line feed at its end. A second line would be a second user of the file.
one_line() {
  [ -r "$1" ] || fail "the Secret has no key ${1##*/}"
  line='' second=''
  {
    IFS= read -r line || true
    IFS= read -r second || true
  } <"$1"
  [ -n "$line" ] || fail "the key ${1##*/} of the Secret is empty"
  [ -z "$second" ] || fail "the key ${1##*/} of the Secret has more than one line"
}

one_line "$credential/username"
user=$line
case $user in
  *:*) fail 'the username has a colon in it, which ends a username in HTTP' ;;
  '#'*) fail 'the username begins with #, which begins a comment in the file of users' ;;
esac
one_line "$credential/password"

# A hash in the one form that every build of nginx reads, since a colon would end a plain password.
digest=$(printf '%s' "$line" | sha1sum)
digest=${digest%% *}
hash=$(
  while [ -n "$digest" ]; do
    rest=${digest#??}
    printf '%b' "\\0$(printf '%03o' "0x${digest%"$rest"}")"
    digest=$rest
  done | base64
)
umask 077
printf '%s:{SHA}%s\n' "$user" "$hash" >"$users"

if [ ! -e "$inet6" ]; then
  grep -v 'listen \[::\]' "$conf" >"$users.conf"
  conf=$users.conf
fi
exec nginx -e stderr -c "$conf" -g 'daemon off;'
