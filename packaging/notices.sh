# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Who wrote what is in the programs, with the licences as they came: what a
# package has to carry. Sourced by package.sh and windows/msi.sh, not run.

# notices GOOS PACKAGES...: of these packages of Go, built for a system.
notices() {
  local system=$1
  shift
  cat packaging/copyright
  GOOS=$system CGO_ENABLED=1 go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' "$@" |
    sort -u | while read -r path module_version dir; do
    printf '\n\n== %s %s\n\n' "$path" "$module_version"
    licence=$(find "$dir" -maxdepth 1 -iname 'LICEN[SC]E*' | sort | head -n 1)
    # Debian has the text of Apache's licence once for all packages.
    if grep -q 'Apache License' "$licence"; then
      echo 'Apache License, version 2.0, as above.'
    else
      cat "$licence"
    fi
  done
  printf '\n\n== The Go programming language: standard library and runtime\n\n'
  cat "$(go env GOROOT)/LICENSE"
}

# windows_notices: the same for Windows, where mingw's start code and library
# are inside.
windows_notices() {
  notices windows ./cmd/tscns ./pkcs11export/tscns-pkcs11 ./minidriver/tscns-minidriver
  local licence
  for licence in /usr/share/doc/mingw-w64-common/copyright /usr/share/licenses/mingw*/COPYING*; do
    [ -f "$licence" ] || continue
    printf '\n\n== mingw-w64: start code and library of C\n\n'
    cat "$licence"
    return
  done
  echo "msi.sh: the licence of mingw-w64 was not found: NOTICES.txt is without it" >&2
}
