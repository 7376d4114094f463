#!/usr/bin/env bash
# A reader of ShutdownKit's line protocol: prints the id of each order that the service has stored.
set -eu
exec 3<>"/dev/tcp/$SHUTDOWNKIT_HOST/$SHUTDOWNKIT_PORT_8080"
printf 'GET /orders HTTP/1.0\r\nHost: orders\r\n\r\n' >&3
read -r _ status _ <&3
if [[ $status != 200 ]]; then
  echo "GET /orders answered $status" >&2
  exit 1
fi
while IFS= read -r header <&3 && [[ $header != $'\r' ]]; do :; done
cat <&3
