#!/bin/sh
set -eu

# Ready means: the gateway says so, and the data volume has room. Arguments: folder, smallest free space in KiB (a whole
# number: some awks compare fractions wrongly), URL of the gateway's readiness. Programs come from the folders of the image, whatever the
# agent's own PATH begins with.

PATH=${IMAGE_PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}
folder=$1
min_kib=$2
url=$3

free_kib=$(df -Pk "$folder" | awk 'NR == 2 { print $4 }')
case $free_kib in
  '' | *[!0-9]*)
    echo "cannot tell how much is left of $folder" >&2
    exit 1
    ;;
esac
if [ "$free_kib" -lt "$min_kib" ]; then
  echo "$folder has $free_kib KiB left, less than $min_kib KiB" >&2
  exit 1
fi
exec curl -fsS -o /dev/null --max-time 3 "$url"
