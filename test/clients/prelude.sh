# What the rows of the tables may use besides the clients.

# first N COMMAND…: the first N lines of what a command prints that does not end by itself.
first() {
  local count=$1 line pid
  shift
  exec 3< <(exec "$@" 2>&1)
  pid=$!
  while [ "$count" -gt 0 ] && IFS= read -r line <&3; do
    printf '%s\n' "$line"
    count=$((count - 1))
  done
  kill "$pid" 2>/dev/null
  exec 3<&-
}

# meanwhile 'COMMAND…' ACTION…: runs the action when the command has printed its first line, with the port that this
# line names in PORT; then ends the command.
meanwhile() {
  local line pid code
  exec 3< <(exec $1 2>&1)
  pid=$!
  shift
  IFS= read -r line <&3
  PORT=$(printf '%s\n' "$line" | sed -n 's/.*127\.0\.0\.1:\([0-9]*\).*/\1/p')
  printf '%s\n' "$line"
  eval "$*"
  code=$?
  kill "$pid" 2>/dev/null
  exec 3<&-
  return "$code"
}

# later N 'COMMAND…' ACTION…: runs the action when the command has printed a line, and prints N lines of it in all.
later() {
  local count=$1 line pid
  exec 3< <(exec $2 2>&1)
  pid=$!
  shift 2
  IFS= read -r line <&3
  printf '%s\n' "$line"
  eval "$*" >/dev/null
  while [ "$count" -gt 1 ] && IFS= read -r line <&3; do
    printf '%s\n' "$line"
    count=$((count - 1))
  done
  kill "$pid" 2>/dev/null
  exec 3<&-
}

# api METHOD PATH [CURL ARGUMENTS…]: asks the API server by hand, and prints the status with the answer's message.
api() {
  local method=$1 path=$2 server
  shift 2
  server=$(kubectl config view --raw --minify -o 'jsonpath={.clusters[0].cluster.server}')
  for part in client-certificate client-key; do
    kubectl config view --raw --flatten --minify -o "jsonpath={.users[0].user.$part-data}" | base64 -d >"$HOME/$part.pem"
  done
  rm -f "$HOME/answer"
  curl -sk --cert "$HOME/client-certificate.pem" --key "$HOME/client-key.pem" -X "$method" -o "$HOME/answer" \
    -w '%{http_code} ' "$@" "$server$path"
  grep -o '"message": *"\([^"\\]\|\\.\)*"' "$HOME/answer" | head -n 1 | sed 's/^"message": *"//; s/"$//' | grep . || echo
}
