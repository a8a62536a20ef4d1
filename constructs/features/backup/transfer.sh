#!/bin/sh
set -eu
# Copies the volume of an instance to a bucket or back; the one place for arguments of rclone. What to do comes by environment:
#   TRANSFER        periodic, backup or restore
#   TRANSFER_PATH   where in the bucket, for backup and restore
#   ASIDE_PATH      where a restore copies what is on the volume, before it goes
#   HOT             true: the agent runs meanwhile, and its databases lie in SNAPSHOT_FOLDER, copied by their own program
#   INSTANCE NAMESPACE RETENTION_DAYS   for periodic
#   S3_BUCKET, and the remote `bucket` of rclone as RCLONE_CONFIG_BUCKET_..., both from the Secret of the bucket
#
# What lies in the bucket is the content of the agent's state, and beside it the folders that are mounted on their own: the layout that volumes
# had first, whatever that of this volume is. A restore brings that layout, and the next start of the pod moves it where it belongs.
data=${DATA_FOLDER:-/data}
snapshot=${SNAPSHOT_FOLDER:-/snapshot}
state=.openclaw
marker=.openclaw-subfolder
# The volume holds a part of a copy.
restoring=.openclaw-restoring
# Which restore wrote to the volume last.
restored=.openclaw-restored
# Beside a copy in the bucket: `whole` and who wrote it when, or that it is being written or removed, which stays where that was cut: nothing restores
# from there. It goes only with the last of its copy. Copies of the reference operator have none.
seal=.openclaw-copy
# An earlier version had a mark of its own, for copies aside only: the copy is whole.
aside=.openclaw-aside

# Nothing is there to copy. The Job ends at once by this status, and whoever waits for it knows.
NOTHING=42

fail() {
  echo "$1" >&2
  exit "${2:-1}"
}

[ -n "${RCLONE_CONFIG_BUCKET_ENDPOINT:-}" ] || fail 'the Secret of the bucket has no S3_ENDPOINT'
[ -n "${S3_BUCKET:-}" ] || fail 'the Secret of the bucket has no S3_BUCKET'
case "${RCLONE_CONFIG_BUCKET_ACCESS_KEY_ID:+id}${RCLONE_CONFIG_BUCKET_SECRET_ACCESS_KEY:+key}" in
  '' | idkey) ;;
  *) fail 'the Secret of the bucket has half a pair of keys: write both of them, or neither for the identity of the ServiceAccount' ;;
esac
[ -n "${RCLONE_CONFIG_BUCKET_PROVIDER:-}" ] || export RCLONE_CONFIG_BUCKET_PROVIDER=Other

begun=$(date -u +%Y-%m-%dT%H:%M:%SZ)

# Names under which databases and their journals stand.
databases='*.{sqlite,sqlite3,db}{,-wal,-shm,-journal}'

# rclone VERB FROM TO, with what every call has. Modes and times travel with the files; a link travels as a small file with its target, so one
# that dangles or leads out of the volume is neither followed nor a fault. Caches are left out: they are made again. Rules are read in order.
rc() {
  verb=$1 from=$2 to=$3
  shift 3
  rclone "$verb" "$from" "$to" --links \
    --filter '- /lost+found/**' --filter '- /.private/**' --filter '- /cache/**' --filter '- /tmp/**' --filter '- /.cache/**' \
    --filter "- /$marker" --filter "- /$marker.moving" --filter "- /$restoring" --filter "- /$restored" \
    --filter "- /$seal" --filter "- /$aside" "$@"
}

# FROM TO, and further arguments
sync() {
  rc sync "$@" --transfers=8 --checkers=16 -v
}

# FROM TO, and further arguments: compares what arrived with what was there. A file that the agent has written since says nothing.
check() {
  rc check "$@" --one-way --checkers=16 ${HOT:+--min-age "$begun"} || fail "what arrived in $2 is not what is in $1: see above"
}

# FROM TO, and further arguments: a part of the volume. Databases that the agent writes come from their snapshot instead.
copy_part() {
  [ -z "${HOT:-}" ] || set -- "$@" --local-no-check-updated --filter "- $databases"
  sync "$@" --metadata
  check "$@" ${QUICK:+--size-only}
}

is_empty() {
  [ -z "$(find "$data" \( -path "$data/.private" -o -path "$data/lost+found" \) -prune -o -type f -print 2>/dev/null | head -n 1)" ]
}

generation() {
  if [ -f "$data/$restored" ]; then head -c 1000 "$data/$restored"; fi
}

# Nobody but its own programs keeps a restore away from the volume: one may begin at any moment. It says so first (`restoring`), then by `restored`,
# and then writes. Whoever copies looks the other way round, `restored` first, and at that once more when all is read.
begin_copy() {
  if [ -n "${HOT:-}" ]; then
    before=$(cat "$snapshot/generation") || fail 'the databases were not copied by their own program'
  else
    before=$(generation)
  fi
  ! is_half_restored ||
    fail "a restore of this volume has begun and not ended: let it end first. Where it was given up and the agent goes on in the root of the volume, remove $restoring there"
  find_state
}

# Where an agent was started since, it has moved the mark with its state and left a link: somebody goes on with what is there.
is_half_restored() {
  [ -e "$data/$restoring" ] && [ ! -L "$data/$restoring" ]
}

# Where the state is. The volume itself says so, and nothing is guessed where it does not.
find_state() {
  if [ -e "$data/$marker" ]; then
    place=folder
  elif [ -e "$data/$marker.moving" ] && [ ! -L "$data/$state" ]; then
    fail 'the state is being moved into its folder: start the agent once, which ends that'
  elif [ -e "$data/openclaw.json" ]; then
    place=root
  elif is_empty; then
    fail 'the volume is empty: there is nothing to copy' "$NOTHING"
  else
    fail 'no state of OpenClaw is on the volume: nothing was copied, and what is there stays, as do the copies in the bucket'
  fi
}

# The folders beside that of the state. Our own programs name them.
siblings() {
  for path in "$data"/* "$data"/.[!.]*; do
    name=${path##*/}
    case "$name" in
      "$state" | lost+found | .private | .cache) continue ;;
      *[!A-Za-z0-9._-]*) echo "left out: a folder with an unusual name in the root of the volume" >&2 && continue ;;
    esac
    if [ -d "$path" ] && [ ! -L "$path" ]; then echo "$name"; fi
  done
}

# TARGET: until close_copy it is no copy that anybody restores from
open_copy() {
  echo "being written or removed since $begun" | rclone rcat "$1/$seal"
}

# No two writers leave the same words, and none does twice: whoever reads the same before and after has read one copy.
close_copy() {
  echo "whole $begun $(hostname) $$" | rclone rcat "$1/$seal"
}

# TARGET: the seal goes last, so that what is left where this is cut is no copy
remove_copy() {
  open_copy "$1"
  rclone delete "$1" --filter "- /$seal" -v
  rclone purge "$1" -v
}

# PATH in the bucket
copy_out() {
  top="bucket:$S3_BUCKET/$1"
  open_copy "$top"
  if [ "$place" = root ]; then
    copy_part "$data" "$top"
  else
    names=$(siblings)
    set --
    for name in $names; do set -- "$@" --filter "- /$name/**"; done
    copy_part "$data/$state" "$top" "$@"
    for name in $names; do copy_part "$data/$name" "$top/$name"; done
  fi
  [ -z "${HOT:-}" ] || copy_databases "$top"
  [ "$(generation)" = "$before" ] || fail "a restore of this volume began meanwhile: what is at $1 is of both, and nothing restores it"
  close_copy "$top"
}

# Whatever bears such a name comes from the snapshot, so what is not there any more goes from the bucket.
copy_databases() {
  [ -d "$snapshot/databases" ] || fail 'the databases were not copied by their own program'
  sync "$snapshot/databases" "$1" --metadata --filter "+ $databases" --filter '- *'
  (unset HOT && check "$snapshot/databases" "$1")
}

# A snapshot a day, copied inside the bucket. Only folders that are named like ours are ever removed.
keep_snapshots() {
  root="bucket:$S3_BUCKET/$1"
  now=$(date +%s)
  today="$root/snapshots/$(date -u -d "@$now" +%Y-%m-%d)"
  open_copy "$today"
  sync "$root/latest" "$today" --metadata
  close_copy "$today"
  oldest=$(date -u -d "@$((now - RETENTION_DAYS * 86400))" +%Y%m%d)
  folders=$(rclone lsf --dirs-only "$root/snapshots")
  for folder in $folders; do
    case "$folder" in
      [0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]/) ;;
      *) continue ;;
    esac
    day=$(echo "${folder%/}" | tr -d -)
    [ "$day" -ge "$oldest" ] || remove_copy "$root/snapshots/${folder%/}"
  done
}

volume_text() {
  if is_half_restored; then echo 'the volume may hold a part of a copy'; else echo 'the volume was left as it is'; fi
}

# PATH in the bucket: sets `names`, those of the files at its top, and `sealed`, what its seal says
look_at() {
  status=0
  names=$(rclone lsf --files-only "bucket:$S3_BUCKET/$1") || status=$?
  # 3: there is no such folder.
  [ "$status" = 0 ] || [ "$status" = 3 ] || fail "it cannot be seen what is at $1 in the bucket: $(volume_text)"
  sealed=
  if echo "$names" | grep -qxF "$seal"; then
    sealed=$(rclone cat --count 1000 "bucket:$S3_BUCKET/$1/$seal") || fail "it cannot be read whether what is at $1 in the bucket is whole: $(volume_text)"
  fi
}

has_state() {
  echo "$names" | grep -qxF openclaw.json
}

is_whole() {
  case "$sealed" in whole | 'whole '*) ;; *) return 1 ;; esac
}

# What is on the volume is copied before it goes, once a story. A Job that is made anew, since the first one went before anybody had seen its end,
# finds what was restored, which must not take the place of what was there before.
put_aside() {
  ! is_empty || return 0
  look_at "$ASIDE_PATH"
  if is_whole || { [ -z "$sealed" ] && echo "$names" | grep -qxF "$aside"; }; then return; fi
  before=$(generation)
  find_state
  copy_out "$ASIDE_PATH"
}

# PATH in the bucket. What is not in the copy goes from the volume, so a path that leads nowhere must not come so far. The marker on the volume says
# that what was there is aside: whoever begins again finds parts of both. What an agent has gone on with since is copied like any other.
restore() {
  copy="bucket:$S3_BUCKET/$1"
  look_at "$1"
  has_state || fail "no state of OpenClaw is at $1 in the bucket: $(volume_text)"
  [ -z "$sealed" ] || is_whole ||
    fail "what is at $1 in the bucket is not whole: it is being written or removed, or that was cut. Wait for the next run, restore another copy, or remove $seal there to take what there is; $(volume_text)"
  found=$sealed
  if ! is_half_restored; then
    put_aside
    rm -rf "${data:?}/$restoring"
    : >"$data/$restoring"
  fi
  rm -rf "${data:?}/$restored"
  echo "$begun $$ $ASIDE_PATH" >"$data/$restored"
  # Links of the layout that was here lead into folders that go.
  find "$data" -maxdepth 1 -type l -exec rm -f {} +
  rm -f "$data/$marker" "$data/$marker.moving"
  # Whoever made the copy, the files belong to whoever uses them now. A link takes no attributes of a user, and rclone would fail there.
  sync "$copy" "$data" --filter '- *.rclonelink' --metadata --metadata-set "uid=$(id -u)" --metadata-set "gid=$(id -g)"
  sync "$copy" "$data" --filter '+ *.rclonelink' --filter '- *'
  check "$copy" "$data"
  look_at "$1"
  { [ "$sealed" = "$found" ] && has_state; } ||
    fail "what is at $1 in the bucket was written or removed while it was restored: that begins anew when it is whole; $(volume_text)"
  rm -f "$data/$restoring"
}

case "$TRANSFER" in
  periodic)
    HOT=true
    QUICK=true
    begin_copy
    path="backups/${NAMESPACE#oc-tenant-}/$INSTANCE/periodic"
    copy_out "$path/latest"
    keep_snapshots "$path"
    ;;
  backup)
    begin_copy
    copy_out "$TRANSFER_PATH"
    ;;
  restore) restore "$TRANSFER_PATH" ;;
  *) fail "unknown transfer $TRANSFER" ;;
esac
