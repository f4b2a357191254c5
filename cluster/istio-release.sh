# shellcheck shell=sh disable=SC2034,SC2154 # variables that the sourcing script sets or reads
# Sourced by the scripts that need istioctl or the add-ons: where the Istio release is, and how it gets there.

release=$CACHE/istio-$ISTIO_VERSION

# ISTIOCTL when named, else an istioctl of the right version on PATH, else the release's own.
settle_istioctl() {
  [ -z "$ISTIOCTL" ] || { need "$ISTIOCTL" 'ISTIOCTL names no program; leave it out to have one downloaded'; return; }
  if [ "$(istioctl version --remote=false --short 2>/dev/null)" = "$ISTIO_VERSION" ]; then
    ISTIOCTL=istioctl
  else
    fetch_release
    ISTIOCTL=$release/bin/istioctl
  fi
}

# The archive's platform, as Istio names it.
platform() {
  case $(uname -s) in Darwin) system=osx ;; Linux) system=linux ;; *) fail "Istio has no release for $(uname -s): use Cloud Shell" ;; esac
  case $(uname -m) in
    x86_64 | amd64) say "$system-amd64" ;;
    aarch64 | arm64) say "$system-arm64" ;;
    *) fail "Istio has no release for $(uname -m): use Cloud Shell" ;;
  esac
}

# Downloads into a folder beside the final one and moves it there when it is whole and has the published checksum.
fetch_release() {
  [ ! -x "$release/bin/istioctl" ] || return 0
  need curl 'install it with your package manager'
  need tar 'install it with your package manager'
  archive=istio-$ISTIO_VERSION-$(platform).tar.gz || exit 1
  url=https://github.com/istio/istio/releases/download/$ISTIO_VERSION/$archive
  scratch
  say "Downloading $url"
  curl -fsL --retry 3 -o "$work/$archive" "$url" || fail "cannot download $url: no network, or there is no release $ISTIO_VERSION"
  curl -fsL --retry 3 -o "$work/sum" "$url.sha256" || fail "cannot download $url.sha256, so the archive cannot be checked"
  check_sum "$work/$archive" "$(cut -d ' ' -f 1 "$work/sum")"
  mkdir -p "$CACHE"
  tar -xzf "$work/$archive" -C "$work" || fail "$archive cannot be unpacked"
  rm -rf "$release"
  mv "$work/istio-$ISTIO_VERSION" "$release"
}

check_sum() {
  if command -v sha256sum >/dev/null 2>&1; then sum=$(sha256sum "$1"); else sum=$(shasum -a 256 "$1"); fi
  [ "${sum%% *}" = "$2" ] || fail "$(basename "$1") has the checksum ${sum%% *}, published is $2: nothing was installed"
}

# addon NAME: its manifest. Jaeger is the project's own, as the services need ports that Istio's sample leaves closed.
addon() { if [ "$1" = jaeger ]; then say k8s/monitoring/jaeger.yaml; else say "$release/samples/addons/$1.yaml"; fi; }

# Every add-on's manifest is on this machine, or the line says which is not.
settle_addons() {
  for name in $ADDONS; do
    [ "$name" = jaeger ] || fetch_release
    [ -f "$(addon "$name")" ] || fail "ADDONS names $name, but there is no file $(addon "$name")"
  done
}
