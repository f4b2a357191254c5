#!/bin/sh
# Pushes what build.sh built. The project's own repository is created, and Docker allowed to use it, when it is the target.
set -eu
. "$(dirname "$0")/preflight.sh"
. "$(dirname "$0")/names.sh"

need_docker
settle_registry
settle_tag
for service in $SERVICES; do
  "$DOCKER" inspect "$(image "$service")" >/dev/null 2>&1 || fail "$(image "$service") is not built: make build with the same REGISTRY and TAG"
done

# Without --quiet gcloud would ask whether to enable the API, where nobody can see the question.
prepare_repository() {
  gcloud artifacts repositories describe mesh101 --project "$PROJECT_ID" --location "$(region)" --quiet >/dev/null 2>&1 || {
    gcloud services enable artifactregistry.googleapis.com --project "$PROJECT_ID" ||
      fail "cannot enable the Artifact Registry API in $PROJECT_ID: is the project's name right, and does it have billing?"
    gcloud artifacts repositories create mesh101 --project "$PROJECT_ID" --location "$(region)" \
      --repository-format docker --description 'Images of mesh101'
  }
  gcloud auth configure-docker "$(region)-docker.pkg.dev" --quiet
}

[ -z "$own_registry" ] || prepare_repository
for service in $SERVICES; do
  "$DOCKER" push "$(image "$service")" || fail "cannot push $(image "$service"): $DOCKER login ${REGISTRY%%/*}, or another REGISTRY"
done
