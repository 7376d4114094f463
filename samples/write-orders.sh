#!/usr/bin/env bash
# A writer of ShutdownKit's line protocol: posts one order after the other until it is ended, and prints the id of each that the service
# acknowledges. Needs nothing but bash, which speaks TCP by itself.
set -u
trap '' PIPE # a connection that breaks is no end of the load
run=${EPOCHREALTIME/[.,]/}

# post_order ID: whether the service answered 201.
post_order() {
  local body="{\"id\":\"$1\",\"item\":\"tea\",\"quantity\":1}" status=
  exec 3<>"/dev/tcp/$SHUTDOWNKIT_HOST/$SHUTDOWNKIT_PORT_8080" || return 1
  printf 'POST /orders HTTP/1.0\r\nHost: orders\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' "${#body}" "$body" >&3 &&
    read -r _ status _ <&3
  exec 3>&-
  [[ $status == 201 ]]
} 2>/dev/null

for ((n = 1; ; n++)); do
  if post_order "$run-$n"; then echo "$run-$n" || exit; else sleep 0.1; fi
done
