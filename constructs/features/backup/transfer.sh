#!/bin/sh
set -eu
# Copies the volume of an instance to a bucket or back; the one place for arguments of rclone. What to do comes by environment:
#   TRANSFER        periodic, backup or restore
#   TRANSFER_PATH   where in the bucket, for backup and restore
#   INSTANCE NAMESPACE RETENTION_DAYS   for periodic
#   S3_BUCKET, and the remote `bucket` of rclone as RCLONE_CONFIG_BUCKET_..., both from the Secret of the bucket
data=${DATA_FOLDER:-/data}

fail() {
  echo "$1" >&2
  exit 1
}

[ -n "${RCLONE_CONFIG_BUCKET_ENDPOINT:-}" ] || fail 'the Secret of the bucket has no S3_ENDPOINT'
[ -n "${S3_BUCKET:-}" ] || fail 'the Secret of the bucket has no S3_BUCKET'
case "${RCLONE_CONFIG_BUCKET_ACCESS_KEY_ID:+id}${RCLONE_CONFIG_BUCKET_SECRET_ACCESS_KEY:+key}" in
  '' | idkey) ;;
  *) fail 'the Secret of the bucket has half a pair of keys: write both of them, or neither for the identity of the ServiceAccount' ;;
esac
[ -n "${RCLONE_CONFIG_BUCKET_PROVIDER:-}" ] || export RCLONE_CONFIG_BUCKET_PROVIDER=Other

# Modes and times travel with the files. Links of package managers dangle; package managers make them again.
sync() {
  rclone sync "$1" "$2" --metadata --skip-links --exclude '/lost+found/**' --exclude '/.private/**' --transfers=8 --checkers=16 -v
}

# The root of a volume holds the marker, or in an older layout the state itself. An empty volume must not take the place of a good copy.
has_state() {
  [ -e "$1/.openclaw-subfolder" ] || [ -e "$1/openclaw.json" ]
}

backup() {
  has_state "$data" || fail "no state of OpenClaw is on the volume: nothing was copied, and the copies in the bucket stay"
  sync "$data" "bucket:$S3_BUCKET/$1"
}

# A snapshot a day, copied inside the bucket. Only folders that are named like ours are ever removed.
keep_snapshots() {
  root="bucket:$S3_BUCKET/$1"
  now=$(date +%s)
  sync "$root/latest" "$root/snapshots/$(date -u -d "@$now" +%Y-%m-%d)"
  oldest=$(date -u -d "@$((now - RETENTION_DAYS * 86400))" +%Y%m%d)
  folders=$(rclone lsf --dirs-only "$root/snapshots")
  for folder in $folders; do
    case "$folder" in
      [0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]/) ;;
      *) continue ;;
    esac
    day=$(echo "${folder%/}" | tr -d -)
    [ "$day" -ge "$oldest" ] || rclone purge "$root/snapshots/${folder%/}" -v
  done
}

# What is not in the copy goes from the volume, so a path that leads nowhere must not come so far.
restore() {
  from="bucket:$S3_BUCKET/$1"
  rclone lsf "$from" --files-only | grep -qxF -e .openclaw-subfolder -e openclaw.json ||
    fail "no state of OpenClaw is at $1 in the bucket: the volume was left as it is"
  # Links of the layout that was here lead into folders that go.
  find "$data" -maxdepth 1 -type l -exec rm -f {} +
  sync "$from" "$data"
}

case "$TRANSFER" in
  periodic)
    path="backups/${NAMESPACE#oc-tenant-}/$INSTANCE/periodic"
    backup "$path/latest"
    keep_snapshots "$path"
    ;;
  backup) backup "$TRANSFER_PATH" ;;
  restore) restore "$TRANSFER_PATH" ;;
  *) fail "unknown transfer $TRANSFER" ;;
esac
