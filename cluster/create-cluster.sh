#!/bin/sh
# A GKE cluster, and kubectl pointing at it. An existing one is only pointed at.
set -eu
. "$(dirname "$0")/preflight.sh"
. "$(dirname "$0")/istio-release.sh"

need_gcloud
need_kubectl
need gke-gcloud-auth-plugin 'gcloud components install gke-gcloud-auth-plugin (kubectl logs in to GKE with it)'

# What the later targets of the same command line need is also better known before a cluster costs money.
later() { case " $GOALS " in *" $1 "*) return 0 ;; *) return 1 ;; esac }
if later build || later push; then need_docker; fi
if later deploy-istio; then
  settle_istioctl
  settle_addons
fi

say "project: $PROJECT_ID, zone: $ZONE, cluster: $CLUSTER_NAME"
# Without --quiet gcloud would ask whether to enable the API, where nobody can see the question.
if gcloud container clusters describe "$CLUSTER_NAME" --project "$PROJECT_ID" --zone "$ZONE" --quiet >/dev/null 2>&1; then
  say "The cluster $CLUSTER_NAME exists already."
else
  gcloud services enable container.googleapis.com --project "$PROJECT_ID" ||
    fail "cannot enable the Kubernetes Engine API in $PROJECT_ID: is the project's name right, and does it have billing?"
  gcloud container clusters create "$CLUSTER_NAME" --project "$PROJECT_ID" --zone "$ZONE" \
    --num-nodes "$NODES" --machine-type "$MACHINE_TYPE" --release-channel "$GKE_CHANNEL"
fi
gcloud container clusters get-credentials "$CLUSTER_NAME" --project "$PROJECT_ID" --zone "$ZONE"
say "kubectl context: $("$KUBECTL" config current-context)"
say 'Next: make deploy-istio build push deploy-stuff. The cluster costs money until: make delete-cluster'
