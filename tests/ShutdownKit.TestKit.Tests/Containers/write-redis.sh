#!/usr/bin/env bash
# A writer on the host: sets one key after the other, and prints each that Redis acknowledges.
set -eu
[[ -n $SHUTDOWNKIT_CONTAINER ]]
exec 3<>"/dev/tcp/$SHUTDOWNKIT_HOST/$SHUTDOWNKIT_PORT_6379"
for ((n = 1; ; n++)); do
  printf 'SET order-%d tea\r\n' "$n" >&3
  read -r answer <&3 || exit 0 # it has ended
  [[ $answer == +OK* ]] && echo "order-$n"
  sleep 0.01
done
