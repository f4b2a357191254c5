# shellcheck shell=sh disable=SC2034,SC2154 # variables that the sourcing script sets or reads
# Sourced by the other scripts: what must be true before anything is changed. Each mistake is one line on stderr.

fail() { printf '%s: %s\n' "${GOAL:-$(basename "$0" .sh)}" "$1" >&2; exit 1; }
say() { printf '%s\n' "$*"; }

# need TOOL HOW: the tool is on PATH, or the line says how to get it.
need() { command -v "$1" >/dev/null 2>&1 || fail "$1 is not installed: $2"; }

need_docker() {
  need "$DOCKER" 'https://docs.docker.com/get-docker/ (or name another: DOCKER=podman)'
  "$DOCKER" version >/dev/null 2>&1 || fail "$DOCKER does not answer: start Docker, or join the group that may use it"
}

need_kubectl() { need "$KUBECTL" 'https://kubernetes.io/docs/tasks/tools/ (or: gcloud components install kubectl)'; }

need_gcloud() {
  need gcloud 'https://cloud.google.com/sdk/docs/install (or use Cloud Shell, which has it)'
  [ -n "$(gcloud auth list --filter=status:ACTIVE --format='value(account)' 2>/dev/null)" ] ||
    fail 'gcloud is not logged in: gcloud auth login'
  PROJECT_ID=$(project)
  [ -n "$PROJECT_ID" ] || fail 'no project is set: PROJECT_ID=your-project, or gcloud config set project your-project'
}

# The project asked for, else gcloud's current one. gcloud prints (unset) on stderr and nothing on stdout.
project() {
  if [ -n "$PROJECT_ID" ]; then say "$PROJECT_ID"; else gcloud config get-value project 2>/dev/null || true; fi
}

# kubectl is there and its cluster answers; says which one, since the next thing may change it.
need_cluster() {
  need_kubectl
  context=$("$KUBECTL" config current-context 2>/dev/null) ||
    fail 'kubectl has no current context: make create-cluster, kind-up or minikube-up, or kubectl config use-context NAME'
  "$KUBECTL" get --raw /readyz --request-timeout=10s >/dev/null 2>&1 ||
    fail "no cluster answers at kubectl's context $context: start it, or kubectl config use-context ANOTHER"
  say "kubectl context: $context"
}

# The injector is what every installation has, whatever its revision is called; the CRDs outlive an uninstall.
need_istio() {
  [ -n "$("$KUBECTL" get mutatingwebhookconfigurations --selector app=sidecar-injector --output name 2>/dev/null)" ] ||
    fail "there is no Istio in the cluster of context $context: make deploy-istio"
}

# The services' sidecars come from a label on their namespace.
ensure_namespace() {
  "$KUBECTL" get namespace "$NAMESPACE" >/dev/null 2>&1 || "$KUBECTL" create namespace "$NAMESPACE"
  "$KUBECTL" label namespace "$NAMESPACE" istio-injection=enabled --overwrite
}

# A folder of its own for this run, removed however it ends.
scratch() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}
