#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the packages: deb (amd64, arm64), rpm and Arch (amd64) into a folder.
#
#   packaging/package.sh OUTPUT [deb|rpm|archlinux:GOARCH ...]
#
# ./build.sh package calls it. Two runs give the same bytes, in any folder: the
# time in them is SOURCE_DATE_EPOCH, or else that of the last commit.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
output=$(mkdir -p "${1:?output folder}" && cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- deb:amd64 deb:arm64 rpm:amd64 archlinux:amd64
cd "$top"
umask 022
export LC_ALL=C TZ=UTC
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

version=$(sed -n '/^## \[[0-9]/{s/^## \[\([^]]*\)\].*/\1/p;q}' CHANGELOG.md)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
export SOURCE_DATE_EPOCH

# shellcheck source=packaging/notices.sh
. packaging/notices.sh

declare -A triplets=([amd64]=x86_64-linux-gnu [arm64]=aarch64-linux-gnu)

# cross GOARCH: the settings by which C is compiled for an architecture. Where
# it is not this machine's, the linker gets a libpcsclite of build.sh's making.
cross() {
  unset CC CGO_LDFLAGS PKG_CONFIG
  export GOOS=linux GOARCH=$1 CGO_ENABLED=1
  [ "$1" != "$(go env GOHOSTARCH)" ] || return 0
  export CC=${triplets[$1]}-gcc PKG_CONFIG=pkg-config CGO_LDFLAGS="-O2 -g -L$work/link"
  command -v "$CC" >/dev/null || { echo "package.sh: $CC is not installed" >&2; exit 1; }
  bash ./build.sh link-pcsclite "$work/link"
}

# binaries GOARCH: library and command, once for each architecture.
binaries() {
  local into=$work/bin-$1
  [ ! -d "$into" ] || return 0
  mkdir "$into"
  (
    cross "$1"
    bash ./build.sh module "$into/tscns-pkcs11.so"
    bash ./build.sh command "$into/tscns"
    "${CC:+${triplets[$1]}-}objcopy" --remove-section=.comment "$into/tscns-pkcs11.so"
    "${CC:+${triplets[$1]}-}objcopy" --remove-section=.comment "$into/tscns"
  )
}

# glibc FILES...: the newest symbol version of libc that they want.
glibc() { for f in "$@"; do readelf -W --dyn-syms "$f"; done | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -Vu | tail -n 1; }

# put MODE SOURCE PATH: a file into the stage; put_gz: compressed.
put() { install -D -m "$1" "$2" "$root$3"; }
put_gz() { mkdir -p "$root$(dirname "$2")"; gzip -9nc "$1" >"$root$2.gz"; chmod 644 "$root$2.gz"; }
# put_text SOURCE PATH: a file in which Debian's path of the library becomes this package's.
put_text() {
  mkdir -p "$root$(dirname "$2")"
  sed "s|/usr/lib/x86_64-linux-gnu/pkcs11|$libdir|g" "$1" >"$root$2"
  chmod 644 "$root$2"
}

# pages FOLDER: what people read, with the links among it as they are in the
# source: /usr/share/doc/tscns/docs/it/guida.md is docs/it/guida.md.
pages() {
  local page
  find docs SECURITY.md -name man -prune -o -type f -print | sort | while read -r page; do
    case $page in
      *.md) put_text "$page" "$1/$page" ;;
      *) put 644 "$page" "$1/$page" ;;
    esac
  done
}

# stage FORMAT GOARCH: the tree of files that a package installs.
stage() {
  local format=$1 arch=$2 zsh=/usr/share/zsh/site-functions man_page shell
  root=$work/stage/root
  rm -rf "$work/stage" && mkdir -p "$root"
  case $format in
    deb) libdir=/usr/lib/${triplets[$arch]}/pkcs11 zsh=/usr/share/zsh/vendor-completions ;;
    rpm) libdir=/usr/lib64/pkcs11 ;;
    archlinux) libdir=/usr/lib/pkcs11 ;;
    *) echo "package.sh: no such format: $format" >&2; exit 2 ;;
  esac
  local mode=644
  [ "$format" = deb ] || mode=755
  put "$mode" "$work/bin-$arch/tscns-pkcs11.so" "$libdir/tscns-pkcs11.so"
  put 755 "$work/bin-$arch/tscns" /usr/bin/tscns
  put 644 packaging/p11-kit/tscns.module /usr/share/p11-kit/modules/tscns.module
  put_text packaging/firefox/tscns.json "/usr/lib/mozilla/pkcs11-modules/tscns.json"
  put 644 packaging/xdg/tscns.desktop /etc/xdg/autostart/tscns.desktop
  put 644 packaging/xdg/tscns-window.desktop /usr/share/applications/tscns-window.desktop
  put 644 cmd/internal/window/assets/icon.svg /usr/share/icons/hicolor/scalable/apps/tscns.svg
  local unit
  for unit in packaging/systemd/*.socket packaging/systemd/*.service; do
    if [ -f "$unit" ]; then put_text "$unit" "/usr/lib/systemd/user/$(basename "$unit")"; fi
  done
  for shell in bash fish zsh; do "$work/tscns" completion "$shell" >"$work/completion.$shell"; done
  put 644 "$work/completion.bash" /usr/share/bash-completion/completions/tscns
  put 644 "$work/completion.fish" /usr/share/fish/vendor_completions.d/tscns.fish
  put 644 "$work/completion.zsh" "$zsh/_tscns"
  for man_page in tscns.1 it/tscns.1; do
    put_gz "docs/man/$man_page" "/usr/share/man/$(dirname "$man_page" | sed 's/^\.$//;s|^it$|it/|')man1/tscns.1"
  done
  sed "s|/usr/lib/<triplet>/pkcs11|${libdir//-/\\\\-}|g" docs/man/tscns-pkcs11.8 >"$work/tscns-pkcs11.8"
  put_gz "$work/tscns-pkcs11.8" /usr/share/man/man8/tscns-pkcs11.8
  local doc=/usr/share/doc/tscns sample
  for sample in packaging/openssl/*.cnf; do put_text "$sample" "/usr/share/tscns/openssl/$(basename "$sample")"; done
  put_text packaging/firefox/policies.json "$doc/examples/policies.json"
  pages "$doc"
  notices linux ./cmd/tscns ./pkcs11export/tscns-pkcs11 >"$work/notices"
  case $format in
    deb)
      put 644 packaging/chromium/tscns /etc/chromium.d/tscns
      put 644 "$work/notices" "$doc/copyright"
      put_gz CHANGELOG.md "$doc/changelog"
      put 644 packaging/deb/lintian-overrides /usr/share/lintian/overrides/tscns
      ;;
    *)
      put 644 CHANGELOG.md "$doc/CHANGELOG.md"
      put 644 LICENSE /usr/share/licenses/tscns/LICENSE
      put 644 "$work/notices" /usr/share/licenses/tscns/NOTICES
      ;;
  esac
}

# scripts FORMAT: the lines of nfpm's settings that name the package's scripts.
scripts() {
  case $1 in
    deb) printf '  postinstall: packaging/deb/postinst\n  preremove: packaging/deb/prerm\n  postremove: packaging/deb/postrm\n' ;;
    *) printf '  postinstall: packaging/%s/post\n  preremove: packaging/%s/preun\n' "$1" "$1" ;;
  esac
}

# contents FORMAT: the lines of nfpm's settings that name the files. Those in
# /etc are the administrator's. Folders are named where they are the package's
# own: rpm removes no other.
contents() {
  local file type
  while IFS= read -r file; do
    case $1:$file in
      *:/etc/*) type='config|noreplace' ;;
      rpm:/usr/share/man/* | rpm:/usr/share/doc/*) type=doc ;;
      rpm:/usr/share/licenses/*) type=license ;;
      *) type= ;;
    esac
    printf '  - {src: "%s", dst: "%s"%s}\n' "$root$file" "$file" "${type:+, type: \"$type\"}"
  done < <(cd "$root" && find . -type f | sed 's/^\.//' | sort)
  [ "$1" = rpm ] || return 0
  (cd "$root" && find ./usr/share/doc/tscns ./usr/share/licenses/tscns ./usr/share/tscns -type d) | sort |
    sed 's|^\.\(.*\)|  - {dst: "\1", type: dir, file_info: {mode: 0755}}|'
}

# description FORMAT: Debian wants a line and the rest, Arch a line, rpm has
# the line elsewhere.
description() {
  local line rest
  line=$(head -n 1 packaging/description)
  rest=$(tail -n +2 packaging/description)
  case $1 in
    deb) printf '%s\n%s\n' "$line" "$rest" ;;
    rpm) printf '%s\n' "$rest" ;;
    archlinux) printf '%s\n' "$line" ;;
  esac | sed 's/^/  /'
}

# changelog: what nfpm writes into deb and rpm.
changelog() {
  cat <<YAML
- semver: $version-1
  date: $(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
  packager: tscns developers <developers@tscns.invalid>
  deb:
    urgency: medium
    distributions: [unstable]
  changes:
    - note: "Release $version; what is new in it is in the project's own changelog."
YAML
}

# settings FORMAT GOARCH: nfpm.yaml.in with its blanks filled in.
settings() {
  # Debian has the licence in the file copyright, and no such field.
  local licence=Apache-2.0
  [ "$1" != deb ] || licence='""'
  VALUE_GOARCH=$2 VALUE_LICENCE=$licence VALUE_VERSION=$version VALUE_STAGE=$work/stage \
    VALUE_DESCRIPTION=$(description "$1") VALUE_CONTENTS=$(contents "$1")$'\n' \
    VALUE_SCRIPTS=$(scripts "$1")$'\n' VALUE_GLIBC=$(glibc "$work/bin-$2"/*) \
    awk '{
      line = $0; out = ""
      while (match(line, /@[A-Z]+@/)) {
        out = out substr(line, 1, RSTART - 1) ENVIRON["VALUE_" substr(line, RSTART + 1, RLENGTH - 2)]
        line = substr(line, RSTART + RLENGTH)
      }
      print out line
    }' packaging/nfpm.yaml.in
}

# one FORMAT GOARCH: one package.
one() {
  binaries "$2"
  stage "$1" "$2"
  changelog >"$work/stage/changelog.yaml"
  find "$work/stage" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  settings "$1" "$2" >"$work/nfpm.yaml"
  "$work/nfpm" package --config "$work/nfpm.yaml" --packager "$1" --target "$output/"
}

(cd packaging/tools && unset GOOS GOARCH && go build -trimpath -buildvcs=false -o "$work/nfpm" github.com/goreleaser/nfpm/v2/cmd/nfpm)
go build -trimpath -buildvcs=false -o "$work/tscns" ./cmd/tscns # writes the completions
for package in "$@"; do one "${package%%:*}" "${package##*:}"; done
