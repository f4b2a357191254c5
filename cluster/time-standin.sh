#!/bin/sh
# Points the name time.jsontest.com at the Service of k8s/time-standin.yaml in NAMESPACE, for every pod of the cluster:
# one line in CoreDNS' Corefile. `time-standin.sh down` takes the line out again. Nothing is restarted: CoreDNS reads its
# file anew by itself.
set -eu
. "$(dirname "$0")/preflight.sh"

HOST=time.jsontest.com
MARK='# mesh101 time-standin'
[ "${1-up}" = up ] || [ "${1-}" = down ] || fail "$1: say up (or nothing) or down"

need_cluster
scratch
corefile=$("$KUBECTL" get configmap coredns --namespace kube-system --output 'jsonpath={.data.Corefile}' 2>/dev/null) || corefile=
[ -n "$corefile" ] || {
  [ "${1-up}" = up ] || exit 0
  fail "this cluster's DNS is not CoreDNS (GKE has kube-dns), so the name cannot be redirected in one place: the top of k8s/time-standin.yaml says how"
}

# The node's answer, from a pod whose own program looks it up as any other would.
resolved() {
  "$KUBECTL" exec --namespace "$NAMESPACE" deployment/time-standin -- node -e \
    "require('node:dns').lookup('$HOST', (error, address) => console.log(error ? error.code : address))" 2>/dev/null || true
}

# put_corefile: from standard input into the ConfigMap, its other keys untouched; only when that changes it.
put_corefile() {
  cat >"$work/Corefile"
  printf '%s\n' "$corefile" | cmp -s - "$work/Corefile" && { say 'the cluster DNS is already so'; return; }
  "$KUBECTL" create configmap coredns --from-file "$work/Corefile" --dry-run=client --output yaml >"$work/patch.yaml"
  "$KUBECTL" patch configmap coredns --namespace kube-system --type merge --patch-file "$work/patch.yaml"
}

without_ours() { printf '%s\n' "$corefile" | grep -vF "$MARK"; }

if [ "${1-up}" = down ]; then
  without_ours | put_corefile
  exit 0
fi

address=$("$KUBECTL" get service time-standin --namespace "$NAMESPACE" --output 'jsonpath={.spec.clusterIP}' 2>/dev/null) ||
  fail "there is no Service time-standin in the namespace $NAMESPACE: make deploy-stuff STANDIN=1"
rule="rewrite name exact $HOST time-standin.$NAMESPACE.svc.cluster.local answer auto $MARK"
without_ours | awk -v rule="$rule" '{ print } /^\.:53 *\{/ { print "    " rule }' | put_corefile

say "waiting until $HOST is $address (CoreDNS looks at its file about every 30 s, and the node takes up to a minute) …"
waited=0
until [ "$(resolved)" = "$address" ]; do
  [ "$waited" -lt "$TIMEOUT" ] || fail "after $TIMEOUT s pods still resolve $HOST to $(resolved): kubectl -n kube-system rollout restart deployment coredns"
  sleep 3
  waited=$((waited + 3))
done
say "$HOST now is the time-standin in the namespace $NAMESPACE, until make time-standin-down"
