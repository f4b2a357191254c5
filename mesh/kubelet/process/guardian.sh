#!/bin/sh
# Watches over the runner's process group ($1) from a session of its own. Its standard input is a pipe from the runner;
# when that ends, the runner has ended, and whatever it left behind is ended here: nothing after an orderly stop,
# everything after kill -9.
while read -r _; do :; done
kill -s TERM -- "-$1" 2>/dev/null || exit 0
tries=0
while kill -s 0 -- "-$1" 2>/dev/null && [ "$tries" -lt 30 ]; do
  sleep 0.1
  tries=$((tries + 1))
done
kill -s KILL -- "-$1" 2>/dev/null
exit 0
