#!/bin/sh
set -eu

# Pulls the models that are missing, before the agent starts. Input: OLLAMA_PULL, one model a line.
# A model that cannot be pulled stops the pod with a message; one that is there already needs no network.

ollama serve &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT

tries=0
until ollama list >/dev/null 2>&1; do
  if ! kill -0 "$server" 2>/dev/null; then
    echo "ollama: the server ended before it answered" >&2
    exit 1
  fi
  tries=$((tries + 1))
  if [ "$tries" -ge "${OLLAMA_WAIT_TRIES:-120}" ]; then
    echo "ollama: no answer from the server after $tries tries" >&2
    exit 1
  fi
  sleep "${OLLAMA_WAIT_SECONDS:-1}"
done

printf '%s\n' "$OLLAMA_PULL" | while IFS= read -r model; do
  [ -n "$model" ] || continue
  if ollama show "$model" </dev/null >/dev/null 2>&1; then
    echo "ollama: $model is there"
    continue
  fi
  attempt=1
  until ollama pull "$model" </dev/null; do
    if [ "$attempt" -ge 3 ]; then
      echo "ollama: could not pull $model: check its name and the pod's network" >&2
      exit 1
    fi
    sleep "$((attempt * ${OLLAMA_WAIT_SECONDS:-1} * 5))"
    attempt=$((attempt + 1))
  done
done
