#!/bin/sh
set -eu

# Ready means: the gateway says so, and the data volume has room. Arguments: folder, smallest free space (a Kubernetes
# quantity), URL of the gateway's readiness.
folder=$1
min_free=$2
url=$3

# Whole KiB only: some awks compare large fractions wrongly.
case $min_free in
  *Ki) min_kib=${min_free%Ki} ;;
  *Mi) min_kib=$((${min_free%Mi} * 1024)) ;;
  *Gi) min_kib=$((${min_free%Gi} * 1024 * 1024)) ;;
  *Ti) min_kib=$((${min_free%Ti} * 1024 * 1024 * 1024)) ;;
  *k) min_kib=$((${min_free%k} * 1000 / 1024)) ;;
  *M) min_kib=$((${min_free%M} * 1000000 / 1024)) ;;
  *G) min_kib=$((${min_free%G} * 1000000000 / 1024)) ;;
  *) min_kib=$((min_free / 1024)) ;;
esac

free_kib=$(df -Pk "$folder" | awk 'NR == 2 { print $4 }')
if [ "$free_kib" -lt "$min_kib" ]; then
  echo "$folder has $free_kib KiB left, less than $min_free" >&2
  exit 1
fi
exec curl -fsS -o /dev/null --max-time 3 "$url"
