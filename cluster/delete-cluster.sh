#!/bin/sh
# Deletes the GKE cluster; gcloud asks before it does. The images stay.
set -eu
. "$(dirname "$0")/preflight.sh"
. "$(dirname "$0")/names.sh"

need_gcloud
say "project: $PROJECT_ID, zone: $ZONE, cluster: $CLUSTER_NAME"
found=$(gcloud container clusters list --project "$PROJECT_ID" --zone "$ZONE" --filter="name=$CLUSTER_NAME" --format='value(name)') ||
  fail "cannot list the clusters of $PROJECT_ID: is the project's name right?"
if [ -z "$found" ]; then
  say "There is no cluster $CLUSTER_NAME: nothing to delete."
else
  gcloud container clusters delete "$CLUSTER_NAME" --project "$PROJECT_ID" --zone "$ZONE"
fi
say "The images stay, and cost a little, until:"
say "  gcloud artifacts repositories delete mesh101 --project $PROJECT_ID --location $(region)"
