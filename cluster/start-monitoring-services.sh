#!/bin/sh
# A tunnel to each monitoring service, kept open until Ctrl-C. A lost one is opened again.
set -eu
. "$(dirname "$0")/preflight.sh"

installed() { "$KUBECTL" get deployment "$1" --namespace istio-system >/dev/null 2>&1; }

need_cluster
installed jaeger || installed grafana || installed kiali || installed prometheus ||
  fail "no monitoring service is installed in the cluster of context $context: make deploy-istio"
scratch
tunnels=
pause=

# Where a browser finds a local port: in Cloud Shell, through its Web Preview.
url() {
  if [ -n "${WEB_HOST:-}" ]; then say "https://$1-$WEB_HOST/"
  elif [ -n "${CLOUD_SHELL:-}" ]; then say "Web Preview → Change port → $1"
  else say "http://localhost:$1/"; fi
}

# tunnel NAME LOCAL REMOTE: never returns by itself, except when the local port is taken.
tunnel() {
  # `$!` and not a variable: the signal may come before an assignment.
  trap 'kill "${!:-}" 2>/dev/null; wait; exit 0' INT TERM HUP
  trap - EXIT
  while :; do
    "$KUBECTL" port-forward --namespace istio-system "deployment/$1" "$2:$3" >/dev/null 2>"$work/$1" &
    wait $! || true
    ! grep -q 'unable to listen' "$work/$1" || { say "$1" >"$work/taken"; exit 1; }
    say "$1: the tunnel was lost, opening it again"
    sleep 1 &
    wait $! || true
  done
}

# open NAME LOCAL REMOTE
open() {
  installed "$1" || { printf '%-12s not installed: make deploy-istio\n' "$1"; return 0; }
  tunnel "$@" &
  tunnels="$tunnels $!"
  printf '%-12s %s\n' "$1" "$(url "$2")"
}

# shellcheck disable=SC2329 # the trap calls it
close() {
  # shellcheck disable=SC2086 # a list of process ids
  kill $tunnels $pause 2>/dev/null || true
  wait
  rm -rf "$work"
}
trap close EXIT
trap 'exit 0' INT TERM HUP

open jaeger "$JAEGER_PORT" 16686
open grafana "$GRAFANA_PORT" 3000
open kiali "$KIALI_PORT" 20001
open prometheus "$PROMETHEUS_PORT" 9090
say 'Ctrl-C closes them.'

# Ends early only when a tunnel cannot ever open.
while [ ! -e "$work/taken" ]; do
  sleep 1 &
  pause=$!
  wait "$pause" || true
done
name=$(cat "$work/taken")
fail "the port for $name is in use on this machine: choose another, $(say "$name" | tr '[:lower:]' '[:upper:]')_PORT=…"
