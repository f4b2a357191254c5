# shellcheck shell=sh disable=SC2034,SC2154 # variables that the sourcing script sets or reads
# Sourced: the address of the ingress gateway as this machine reaches it.

gateway() { "$KUBECTL" get service istio-ingressgateway --namespace istio-system --output "jsonpath=$1" 2>/dev/null || true; }

# Prints nothing while the load balancer has no address yet.
gateway_url() {
  address=$(gateway '{.status.loadBalancer.ingress[0].ip}{.status.loadBalancer.ingress[0].hostname}')
  [ -z "$address" ] || { say "$address"; return; }
  [ "$(gateway '{.spec.type}')" = NodePort ] || return 0
  port=$(gateway '{.spec.ports[?(@.name=="http2")].nodePort}')
  case $context in
    # kind's node is a container; its port is published on this machine (cluster/kind.yaml).
    kind-*)
      published=$("$DOCKER" port "${context#kind-}-control-plane" "$port/tcp" 2>/dev/null | head -n 1)
      [ -z "$published" ] || say "localhost:${published##*:}"
      ;;
    *) say "$("$KUBECTL" get nodes --output 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}'):$port" ;;
  esac
}
