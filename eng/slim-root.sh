#!/usr/bin/env bash
# Turns the root that mmdebstrap extracted ($1) into what a container needs: package scripts never ran there, so what they would have made
# is made here, and what only a person reads is dropped.
set -euo pipefail
root=$1

for folder in bin sbin lib lib64; do # from Debian 13 on no package ships these links
  [[ -e $root/$folder || ! -d $root/usr/$folder ]] || ln -s "usr/$folder" "$root/$folder"
done

rm -rf "$root"/usr/share/{doc,man,info,locale,lintian,perl,perl5,bash-completion} "$root"/usr/lib/*/{perl,perl-base,gconv} \
  "$root"/usr/lib/*/libperl.so.* "$root"/usr/bin/{perl*,dpkg*,debconf*}

install -d -m 1777 "$root/tmp" "$root/var/tmp"
install -d "$root/etc/ssl/certs" "$root/root" "$root/proc" "$root/sys" "$root/run"
cat "$root"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"

# The users of the official .NET images.
cat >"$root/etc/passwd" <<'USERS'
root:x:0:0:root:/root:/bin/sh
app:x:1654:1654:app:/home/app:/bin/false
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
USERS
cat >"$root/etc/group" <<'GROUPS'
root:x:0:
app:x:1654:
nogroup:x:65534:
GROUPS
install -d -o 1654 -g 1654 "$root/home/app"
