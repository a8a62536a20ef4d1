#!/bin/sh
set -eu

# Runs a command as a container of a pod runs it: on a root file system that cannot be written, with the given volumes, without rights.
# Wants to be root in a mount namespace of its own.
# Arguments: an empty folder for the root, a file with the mounts, the node program of the image, user and group, then variables and the
# command, as `env` takes them. A line of the file has four columns between tabs: source, subPath (- for none), mount path, ro or rw.

root=$1 mounts=$2 node=$3 user=$4 group=$5
shift 5

fail() {
  echo "the kubelet: $1" >&2
  exit 128
}

mount -t tmpfs -o mode=755 root "$root"
for name in usr etc bin sbin lib lib64; do
  if [ -L "/$name" ]; then
    cp -a "/$name" "$root/$name"
  elif [ -d "/$name" ]; then
    mkdir "$root/$name"
    mount --bind "/$name" "$root/$name"
    mount -o remount,ro,bind "$root/$name"
  fi
done
mount -t tmpfs -o mode=755 bin "$root/usr/local/bin"
touch "$root/usr/local/bin/node"
mount --bind "$node" "$root/usr/local/bin/node"
mount -o remount,ro "$root/usr/local/bin"
# Where images have the packages of node: what a test binds there.
mount -t tmpfs -o mode=755 lib "$root/usr/local/lib"
mkdir "$root/proc" "$root/dev"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"

tab=$(printf '\t')
while IFS=$tab read -r source sub path mode; do
  if [ "$sub" != - ]; then
    # As the kubelet does: a missing folder is made for root, and a link must stay on the volume.
    base=$(realpath "$source")
    [ -e "$base/$sub" ] || [ -L "$base/$sub" ] || mkdir -p "$base/$sub"
    source=$(realpath -e "$base/$sub" 2>/dev/null) || fail "subPath $sub leads nowhere"
    case $source in
      "$base" | "$base"/*) ;;
      *) fail "subPath $sub leads out of the volume" ;;
    esac
  fi
  if [ -d "$source" ]; then
    mkdir -p "$root$path"
  else
    mkdir -p "$(dirname "$root$path")"
    touch "$root$path"
  fi
  mount --bind "$source" "$root$path"
  [ "$mode" = rw ] || mount -o remount,ro,bind "$root$path"
done <"$mounts"
mount -o remount,ro "$root"

exec env -i /usr/sbin/chroot --userspec="$user:$group" --groups="$group" "$root" /usr/bin/setpriv --no-new-privs /usr/bin/env "$@"
