#!/bin/sh
# Istio as OPERATOR says, the injection label on NAMESPACE, the add-ons. All of it can be repeated, for instance after a change.
set -eu
. "$(dirname "$0")/preflight.sh"
. "$(dirname "$0")/istio-release.sh"

need_cluster
settle_istioctl
settle_addons
for file in $OPERATOR; do
  [ -f "$file" ] || fail "OPERATOR names $file, but there is no such file"
  set -- "$@" --filename "$file"
done

# Istio's Grafana reads every dashboard of this ConfigMap, also one that comes later; applying its manifest again leaves ours there.
add_dashboard() {
  scratch
  { say 'data:'; say '  mesh101-chain.json: |'; awk '{print "    " $0}' k8s/monitoring/mesh101-chain.json; } >"$work/dashboard.yaml"
  "$KUBECTL" patch configmap istio-grafana-dashboards --namespace istio-system --type merge --patch-file "$work/dashboard.yaml"
}

"$ISTIOCTL" install "$@" --skip-confirmation || fail "istioctl could not install Istio into $context: kubectl get pods --namespace istio-system"
ensure_namespace
for name in $ADDONS; do "$KUBECTL" apply --namespace istio-system --filename "$(addon "$name")"; done
for name in $ADDONS; do
  "$KUBECTL" rollout status "deployment/$name" --namespace istio-system --timeout "${TIMEOUT}s" ||
    fail "$name is not ready within $TIMEOUT s: kubectl describe pods --namespace istio-system"
done
case " $ADDONS " in *" grafana "*) add_dashboard ;; esac
say "Istio is installed. Next: make build push deploy-stuff"
