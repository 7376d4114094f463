#!/usr/bin/env bash
# A reader on the host: prints all keys.
set -eu
exec 3<>"/dev/tcp/$SHUTDOWNKIT_HOST/$SHUTDOWNKIT_PORT_6379"
printf 'KEYS *\r\n' >&3
read -r count <&3
count=${count%$'\r'}
for ((n = 0; n < ${count#\*}; n++)); do
  read -r _ <&3
  read -r key <&3
  echo "${key%$'\r'}"
done
