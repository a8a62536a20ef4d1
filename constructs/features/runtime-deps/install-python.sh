#!/bin/sh
set -eu

# Installs Python onto the data volume, once, and puts links to it and uv itself where the agent finds them and cannot change them.
# Input: PYTHON_VERSION (3.12), PYTHON_FOLDER on the volume, TOOLS, the folder of the links. Runs on the image of uv.
# Python that is there already needs no network.

python="$PYTHON_FOLDER/current/bin/python$PYTHON_VERSION"
work=/tmp/python
mkdir -p "$work"

# uv takes the roots in a file in place of its own, so the system's go with those of the company.
if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
  cat /etc/ssl/certs/ca-certificates.crt "$NODE_EXTRA_CA_CERTS" >"$work/roots.pem" 2>/dev/null ||
    cat "$NODE_EXTRA_CA_CERTS" >"$work/roots.pem"
  SSL_CERT_FILE="$work/roots.pem"
  export SSL_CERT_FILE
fi

install_python() {
  # What was cut in the middle begins anew.
  rm -rf "$PYTHON_FOLDER" || mv "$PYTHON_FOLDER" "$PYTHON_FOLDER.broken.$$" || true
  if ! mkdir -p "$PYTHON_FOLDER"; then
    # The agent's own doing: it can undo that only if it starts.
    echo "python: left out, since $PYTHON_FOLDER cannot be made" >&2
    exit 0
  fi
  attempt=1
  until UV_PYTHON_INSTALL_DIR="$PYTHON_FOLDER" uv python install "$PYTHON_VERSION"; do
    if [ "$attempt" -ge 4 ]; then
      echo "python: could not install Python $PYTHON_VERSION: check the pod's network" >&2
      exit 1
    fi
    sleep "$((attempt * ${PYTHON_WAIT_SECONDS:-5}))"
    attempt=$((attempt + 1))
  done
  for found in "$PYTHON_FOLDER"/cpython-"$PYTHON_VERSION"*; do
    [ -x "$found/bin/python$PYTHON_VERSION" ] || continue
    # Made beside and renamed: the link says that all is there.
    ln -s "$(basename "$found")" "$PYTHON_FOLDER/current.next"
    mv -T "$PYTHON_FOLDER/current.next" "$PYTHON_FOLDER/current"
    return
  done
  echo "python: uv reported success, and there is no Python $PYTHON_VERSION in $PYTHON_FOLDER" >&2
  exit 1
}

if ! "$python" --version >/dev/null 2>&1; then
  install_python
fi
"$python" --version

for name in python3 python "python$PYTHON_VERSION"; do
  ln -sfn "$python" "$TOOLS/$name"
done
for name in uv uvx; do
  cp "$(command -v "$name")" "$TOOLS/$name.next"
  mv -f "$TOOLS/$name.next" "$TOOLS/$name"
done
"$TOOLS/uv" --version
