#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Signs files by Authenticode: DLL, EXE and MSI.
#
#   packaging/windows/sign.sh FILE...
#
# From the publisher, in the environment:
#   TSCNS_SIGN_CERT       the certificate and those between it and the root (PEM)
#   TSCNS_SIGN_KEY        its key: a file (PEM), or a URI of pkcs11: with the options below
#   TSCNS_SIGN_TIMESTAMP  address of a time stamp service, by which a signature outlives the certificate
#   TSCNS_SIGN_OPTIONS    more options of osslsigncode, such as "-readpass FILE" or "-pkcs11module FILE"
# Without the first two nothing is signed, and one line says so.
set -euo pipefail
# shellcheck source=packaging/progress.sh
. "$(dirname "${BASH_SOURCE[0]}")/../progress.sh"

if [ -z "${TSCNS_SIGN_CERT:-}${TSCNS_SIGN_KEY:-}" ]; then
  say "Not signed (TSCNS_SIGN_CERT, TSCNS_SIGN_KEY): SmartScreen warns of a download, and Windows names no publisher." \
    "Senza firma (TSCNS_SIGN_CERT, TSCNS_SIGN_KEY): SmartScreen avvisa di chi scarica, e Windows non indica l'editore."
  exit 0
fi
for variable in TSCNS_SIGN_CERT TSCNS_SIGN_KEY; do
  [ -n "${!variable:-}" ] || die "to sign, $variable is wanted too" "per firmare serve anche $variable"
done
command -v osslsigncode >/dev/null || die "osslsigncode is not installed" "osslsigncode non è installato"

read -r -a options <<<"${TSCNS_SIGN_OPTIONS:-}"
[ -z "${TSCNS_SIGN_TIMESTAMP:-}" ] || options+=(-ts "$TSCNS_SIGN_TIMESTAMP")
for file; do
  rm -f "$file.signed"
  osslsigncode sign -h sha256 -certs "$TSCNS_SIGN_CERT" -key "$TSCNS_SIGN_KEY" ${options[@]+"${options[@]}"} \
    -n tscns -in "$file" -out "$file.signed" >/dev/null
  mv "$file.signed" "$file"
done
