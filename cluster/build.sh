#!/bin/sh
# One image for each folder of services/, from one Dockerfile.
set -eu
. "$(dirname "$0")/preflight.sh"
. "$(dirname "$0")/names.sh"

need_docker
for service in $SERVICES; do
  [ -d "services/$service" ] || fail "SERVICES names $service, but there is no folder services/$service"
done
settle_registry
settle_tag
revision=$(git rev-parse HEAD 2>/dev/null) || revision=unknown
for service in $SERVICES; do
  say "Building $(image "$service")"
  "$DOCKER" build --build-arg "SERVICE=$service" --build-arg "VERSION=$TAG" --build-arg "REVISION=$revision" \
    ${BASE_IMAGE:+--build-arg "BASE_IMAGE=$BASE_IMAGE"} ${PLATFORM:+--platform "$PLATFORM"} \
    --tag "$(image "$service")" .
done
