#!/bin/sh
# The Istio release (istioctl, add-ons) for this machine, in CACHE.
set -eu
. "$(dirname "$0")/preflight.sh"
. "$(dirname "$0")/istio-release.sh"

fetch_release
say "Istio $ISTIO_VERSION is in $release"
