#!/bin/sh
# k8s/chain-opentelemetry-VARIANT.yaml in place of the chain: the same names, so the pods are replaced.
set -eu
. "$(dirname "$0")/preflight.sh"

case $VARIANT in
  simple | full) ;;
  *) fail "VARIANT=$VARIANT is neither simple nor full" ;;
esac
APP=chain-opentelemetry-$VARIANT
export APP
exec sh "$(dirname "$0")/deploy-stuff.sh"
