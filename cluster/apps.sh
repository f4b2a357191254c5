# shellcheck shell=sh disable=SC2154 # variables that the sourcing script sets or reads
# Sourced: what apps.txt says of the apps that APP names.

# said APP WHAT: the words, one to a line.
said() { awk -v app="$1" -v what="$2" '$1 == app && $2 == what { for (i = 3; i <= NF; i++) print $i }' apps.txt; }

every_app() { awk '$1 != "#" && $2 == "services" { print $1 }' apps.txt; }
is_app() { every_app | grep -qx -e "$1"; }

# services APP: the app's own manifests; any other name is that of a single file.
services() { if is_app "$1"; then said "$1" services; else say "k8s/$1.yaml"; fi; }

# routes APP: its first routes in the form that ROUTES names.
routes() { case $ROUTES in istio) said "$1" start ;; gateway-api) said "$1" gateway-api ;; esac; }

# ROUTES names a form, and every app has its routes in it.
settle_routes() {
  case $ROUTES in '' | istio | gateway-api) ;; *) fail "ROUTES=$ROUTES: choose istio or gateway-api, or leave it out" ;; esac
  for app in $APP; do
    [ -z "$ROUTES" ] || [ -n "$(routes "$app")" ] ||
      fail "ROUTES=$ROUTES: $app has no routes in this form; these have: $(for one in $(every_app); do [ -z "$(routes "$one")" ] || printf '%s ' "$one"; done)"
  done
}

# APP as a list of names that mean something; nothing is the chain, as for `make up`.
settle_apps() {
  APP=${APP:-chain}
  case " $APP " in *' all '*) APP=$(every_app | tr '\n' ' ') ;; esac
  for app in $APP; do
    is_app "$app" || [ -f "k8s/$app.yaml" ] ||
      fail "APP=$app: choose one of $(every_app | awk '{ printf "%s, ", $1 }')all, or name a file of k8s/; there is no k8s/$app.yaml"
  done
}
