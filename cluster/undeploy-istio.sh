#!/bin/sh
# The reverse of deploy-istio.sh. Istio's CRDs go with the cluster: removing them would remove everybody's rules.
set -eu
. "$(dirname "$0")/preflight.sh"
. "$(dirname "$0")/istio-release.sh"

need_cluster
settle_istioctl
settle_addons
for name in $ADDONS; do "$KUBECTL" delete --namespace istio-system --ignore-not-found --filename "$(addon "$name")"; done
"$ISTIOCTL" uninstall --purge --skip-confirmation
"$KUBECTL" delete namespace istio-system --ignore-not-found
if "$KUBECTL" get namespace "$NAMESPACE" >/dev/null 2>&1; then "$KUBECTL" label namespace "$NAMESPACE" istio-injection-; fi
