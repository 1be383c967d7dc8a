#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# make.sh FOLDER: a Flatpak runtime and an application in it, made of this
# system's own programs, installed for the person whose HOME it is. The
# application is called org.mozilla.firefox and runs the command it is given.
set -euo pipefail
folder=$1
arch=$(flatpak --default-arch)
triplet=$(basename "$(dirname "$(ldconfig -p | sed -n 's/.*libc\.so\.6.* => //p' | head -n 1)")")
mkdir -p "$folder"
cd "$folder"

mkdir -p runtime/files/bin "runtime/files/lib/$triplet/pkcs11" runtime/files/lib64 app/files/bin app/export
for program in bash sh env cat certutil modutil tstclnt pkcs11-tool; do
  cp -L "$(command -v "$program")" runtime/files/bin/
done
cp -L /usr/lib/*/pkcs11/p11-kit-client.so "runtime/files/lib/$triplet/pkcs11/"
for library in /usr/lib/*/nss/*.so /usr/lib/*/libsoftokn3.so /usr/lib/*/libfreebl*.so /usr/lib/*/libnssckbi.so; do
  if [ -e "$library" ]; then cp -L "$library" "runtime/files/lib/$triplet/"; fi
done
# What those need; the loader goes where a program looks for it.
find runtime/files -type f -exec ldd {} + 2>/dev/null | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | sort -u |
  while read -r library; do cp -Ln "$library" "runtime/files/lib/$triplet/"; done
for loader in /lib64/ld-linux-*.so.* /lib/ld-linux-*.so.*; do
  if [ -e "$loader" ]; then cp -L "$loader" runtime/files/lib64/ && cp -L "$loader" runtime/files/lib/; fi
done

cat >runtime/metadata <<T
[Runtime]
name=org.freedesktop.Platform
runtime=org.freedesktop.Platform/$arch/test
sdk=org.freedesktop.Sdk/$arch/test
T
cat >app/metadata <<T
[Application]
name=org.mozilla.firefox
runtime=org.freedesktop.Platform/$arch/test
sdk=org.freedesktop.Sdk/$arch/test
command=firefox

[Context]
shared=network;
persistent=.mozilla;
T
printf '#!/bin/sh\nexec "$@"\n' >app/files/bin/firefox
chmod 755 app/files/bin/firefox
flatpak build-export --disable-sandbox --runtime --files=files repository runtime test
flatpak build-export --disable-sandbox repository app stable
flatpak --user remote-add --no-gpg-verify local "file://$PWD/repository"
flatpak --user install -y --noninteractive local org.freedesktop.Platform//test org.mozilla.firefox//stable
