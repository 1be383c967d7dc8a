#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs every test on what ./build.sh built and prints one line a package, the
# output of what failed, the reason of what was skipped, and the totals.
# ./build.sh test calls it after installing what the tests need.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export TSCNS_MODULE=$PWD/dist/tscns-pkcs11.so
export TSCNS_SIM_MODULE=$PWD/dist/tscns-pkcs11-sim.so
export TSCNS_COMMAND=$PWD/dist/tscns
export TSCNS_SIMCARD_COMMAND=$PWD/dist/simcard
export TSCNS_CONFORMANCE=$PWD/dist/log/conformance.txt
mkdir -p dist/log tests/artifacts

echo "== static checks"
unformatted=$(gofmt -l cardos cmd module pkcs11export tests)
if [ -n "$unformatted" ]; then
  printf 'gofmt would change:\n%s\n' "$unformatted"
  exit 1
fi
go vet ./...
go vet -tags simcard ./pkcs11export
go vet -tags installed ./tests/e2e/browser
go vet -tags bench ./tests/bench
if command -v shellcheck >/dev/null; then
  shellcheck build.sh tests/run.sh .ci/run packaging/package.sh tests/e2e/flatpak/*.sh
else
  echo "SKIPPED: shellcheck is not installed"
fi

# Two runs: the layers in plain Go under the race detector; then what needs the
# built library or real programs, one package at a time, since browsers want
# the processor for themselves.
pure=$(go list ./... | grep -vE '^tscns/(pkcs11export|tests/(abi|arm64|bench|darwin|docs|e2e|faults/built|guest|internal|matrix|opensc|packages|pin|soak|windows|conformance/built))(/|$)')
real=$(go list ./... | grep -E '^tscns/(pkcs11export|tests/(abi|arm64|bench|darwin|docs|e2e|faults/built|guest|internal|matrix|opensc|packages|pin|soak|windows|conformance/built))(/|$)')
go build -o dist/bin/report ./tests/report
export TSCNS_MATRIX=$PWD/dist/log/matrix.txt
export TSCNS_FAULTS_TABLE=$PWD/dist/log/faults.txt
rm -f "$TSCNS_CONFORMANCE" "$TSCNS_MATRIX" "$TSCNS_FAULTS_TABLE"
status=0
{
  # shellcheck disable=SC2086
  go test -race -json -count=1 -timeout 15m $pure || true
  # shellcheck disable=SC2086
  go test -json -count=1 -p 1 -timeout 25m $real || true
} 2>&1 | tee dist/log/test.json | dist/bin/report || status=$?
if [ -f "$TSCNS_CONFORMANCE" ]; then cat "$TSCNS_CONFORMANCE"; fi
if [ -f "$TSCNS_MATRIX" ]; then cat "$TSCNS_MATRIX"; fi
if [ -f "$TSCNS_FAULTS_TABLE" ]; then cat "$TSCNS_FAULTS_TABLE"; fi

# Each fuzz target for a few seconds (TSCNS_FUZZTIME, 0 for none).
fuzztime=${TSCNS_FUZZTIME:-5s}
if [ "$fuzztime" != 0 ]; then
  echo "== fuzz targets, $fuzztime each"
  grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' cardos module | while IFS=: read -r file target; do
    target=${target#func }
    if go test -run '^$' -fuzz "^$target\$" -fuzztime "$fuzztime" "./$(dirname "$file")" >"dist/log/$target.log" 2>&1; then
      printf 'ok   %s %s\n' "$(dirname "$file")" "$target"
    else
      printf 'FAIL %s %s\n' "$(dirname "$file")" "$target"
      tail -n 30 "dist/log/$target.log"
      exit 1
    fi
  done || status=1
fi
exit "$status"
