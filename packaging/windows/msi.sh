#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the installers for 64-bit Windows, one a language.
#
#   packaging/windows/msi.sh FOLDER VERSION OUTPUT [LANGUAGE...]
#
# FOLDER has tscns-minidriver.dll, tscns-pkcs11.dll and tscns.exe; OUTPUT gets
# tscns-VERSION-x64-en.msi and -it.msi, or those of the languages. ./build.sh
# windows calls it. Two runs over the same files give the same bytes: codes are
# made of what is inside, the time is SOURCE_DATE_EPOCH, or else that of the last
# commit.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$(cd "${1:?folder with the programs}" && pwd)
version=${2:?version}
output=$(mkdir -p "${3:?output folder}" && cd "$3" && pwd)
shift 3
[ $# -gt 0 ] || set -- en it
cd "$top"
umask 022
# shellcheck source=packaging/progress.sh
. packaging/progress.sh
# shellcheck source=packaging/notices.sh
. packaging/notices.sh
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] ||
  die "no installer for $version: Windows compares versions of three numbers, such as 1.2.3" \
    "nessun programma di installazione per $version: Windows confronta solo versioni come 1.2.3"
for program in wixl msibuild; do
  command -v "$program" >/dev/null || die "$program is not installed" "$program non è installato"
done
export LC_ALL=C TZ=UTC
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}

go build -trimpath -buildvcs=false -o "$work/msi" ./packaging/windows/msi
stage=$work/stage
mkdir "$stage"
cp "$folder/tscns-minidriver.dll" "$folder/tscns-pkcs11.dll" "$folder/tscns.exe" "$stage"
# Line ends as older editors of Windows want them.
sed 's/$/\r/' LICENSE >"$stage/LICENSE.txt"
windows_notices | sed 's/$/\r/' >"$stage/NOTICES.txt"
find "$stage" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +

# installer LANGUAGE
installer() {
  local file=$output/tscns-$version-x64-$1.msi name template code queries
  "$work/msi" source "$version" "$1" "$stage" >"$work/tscns.wxs"
  mv "$work/tscns.wxs" "$stage/tscns.wxs" # wixl finds the files beside it
  rm -f "$file"
  wixl -a x64 -o "$file" "$stage/tscns.wxs"
  rm "$stage/tscns.wxs"
  "$work/msi" queries "$version" "$1" "$stage" >"$work/queries"
  mapfile -t queries <"$work/queries"
  msibuild "$file" -q "${queries[@]}"
  { read -r name; read -r template; read -r code; } < <("$work/msi" summary "$version" "$1" "$stage")
  msibuild "$file" -s "$name" 'tscns developers' "$template" "$code"
  "$work/msi" seal "$file" "$SOURCE_DATE_EPOCH"
  "$top/packaging/windows/sign.sh" "$file"
}
for language; do installer "$language"; done
