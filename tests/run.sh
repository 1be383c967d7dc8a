#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   tests/run.sh short|full
#
# Runs the tests on what ./build.sh built and prints one line a package, the
# output of what failed, the reason of what was skipped, and in the last line the
# totals. ./build.sh test and test full call it after installing what they need.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What each run consists of. A package that no line names is in the full run,
# serially: browsers and cards with a clock do not run two at a time.
plain=(./cardos/... ./cmd/... ./include/... ./minidriver ./module/... ./packaging/... ./simcard/... ./tests/arch ./tests/buildsh ./tests/conformance
  ./tests/crosshost ./tests/demo ./tests/faults ./tests/mutation ./tests/replay ./tests/simreader ./tests/tlsserver) # no built library
short() {
  tests -race -short ./cardos/... ./minidriver ./module/... ./simcard ./simcard/vpcd ./tests/simreader ./tests/replay
  tests -short -skip '^TestPureLayersNeedNoC$' ./cmd/... ./include/... ./packaging/... ./tests/arch ./tests/tlsserver # that one compiles everything three times
  tests -run '^Test(PrivateKeyCopiedIntoSandbox|HostProfileChanged|DocumentsRemoved|RootWrites|PolicyOfAn)' ./tests/attack
  tests -run '^Test(Items|Features|Refused)' ./tests/conformance
  tests -p 1 -run '^TestItems$' ./tests/conformance/built
  tests -p 1 -run '^Test(ExportedSymbols|NeededLibraries|Hardening|NoSHA1InTLS|NoSimulatorInside|PlainBuildWithCard)' ./tests/abi
  tests -p 1 ./tests/attack/library
  tests -p 1 -run '^TestMatrix$' ./tests/matrix
  tests -short -p 1 -run '^TestFaults$' ./tests/faults/built
  tests -p 1 -run '^Test(Curl|OpenSSL|Demo$)' ./tests/e2e
  (cd tests/report && tests ./...)
}
# What has no clock: it runs beside the rest, at low priority, in two lines
# that take about as long as each other: one waits for downloads and
# installations, the other computes.
beside=(./tests/packages ./tests/windows ./tests/arm64 ./tests/darwin ./tests/docs
  ./tests/conformance/built ./tests/matrix ./tests/opensc ./tests/pin)
browsers=(./tests/e2e/browser)
full() {
  local own group
  tests -race -timeout 15m "${plain[@]}"
  setsid nice tests/run.sh beside >dist/log/beside.json 2>&1 & # a group of its own, to be ended with this run
  group=$!
  trap 'kill -- -$group 2>/dev/null || true' EXIT
  trap 'exit 1' INT TERM
  own=$(go list "${plain[@]}" "${beside[@]}" "${browsers[@]}")
  # shellcheck disable=SC2046
  tests -p 1 -timeout 25m $(go list ./... | grep -vxF "$own")
  tests -p 1 -timeout 25m "${browsers[@]}" # last: no second browser runs by then
  wait
  trap - EXIT
  cat dist/log/beside.json # whole lines, which two writers of one pipe do not promise
}
beside() {
  {
    tests -timeout 45m "${beside[0]}"
    [ "$fuzztime" = 0 ] || checks fuzz/odd 'fuzz 1'
  } >dist/log/packages.json &
  checks static static
  tests -p 1 -timeout 25m "${beside[@]:1}"
  (cd tests/report && tests ./...)
  [ "$fuzztime" = 0 ] || checks fuzz/even 'fuzz 0'
  wait
  cat dist/log/packages.json
}

tests() { go test -json -count=1 "$@" || true; } # the report counts what failed

# check NAME COMMAND...: runs a command as a test of that name, skipped where the
# command is not installed or ends with 4. checks PACKAGE FUNCTION makes test events of them.
failed=
check() {
  local name=$1 start=$SECONDS verdict=PASS out=dist/log/$1.log status=0
  shift
  printf '=== RUN   %s\n' "$name"
  if ! command -v "$1" >/dev/null; then
    echo "$1 is not installed" | tee "$out"
    verdict=SKIP
  else
    "$@" >"$out" 2>&1 || status=$?
    case $status in
      0) ;;
      4) verdict=SKIP; grep '^SKIPPED' "$out" || true ;;
      *)
        verdict=FAIL failed=1
        tail -n 40 "$out" | sed 's/^/| /' # not to be taken for test events
        ;;
    esac
  fi
  printf -- '--- %s: %s (%d.00s)\n' "$verdict" "$name" $((SECONDS - start))
}
checks() {
  {
    $2
    if [ -n "$failed" ]; then echo FAIL; else echo PASS; fi
  } | go tool test2json -p "tscns/$1"
}

static() {
  local linter
  check vet go vet ./...
  check vet-installed go vet -tags installed ./tests/e2e/browser
  check vet-bench go vet -tags bench ./tests/bench
  if [ "$set" = short ]; then
    check lint-gofmt tests/lint.sh gofmt
  else
    for linter in $(tests/lint.sh --names); do check "lint-$linter" tests/lint.sh "$linter"; done
  fi
}
# fuzz REMAINDER: every second fuzz target for a while (TSCNS_FUZZTIME, 0 for
# none), with one worker: at most two targets run at a time.
fuzz() {
  local file target n=0
  while IFS=: read -r file target; do
    n=$((n + 1))
    [ $((n % 2)) = "$1" ] || continue
    check "${target#func }" go test -run '^$' -fuzz "^${target#func }\$" -fuzztime "$fuzztime" -parallel 1 "./$(dirname "$file")"
  done < <(grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' cardos module)
}

set=${1:?short or full}
fuzztime=${TSCNS_FUZZTIME:-5s}
export TSCNS_MODULE=$PWD/dist/tscns-pkcs11.so
export TSCNS_SIM_MODULE=$PWD/dist/tscns-pkcs11-sim.so
export TSCNS_COMMAND=$PWD/dist/tscns
export TSCNS_SIMCARD_COMMAND=$PWD/dist/simcard
export TSCNS_CONFORMANCE=$PWD/dist/log/conformance.txt
export TSCNS_MATRIX=$PWD/dist/log/matrix.txt
export TSCNS_FAULTS_TABLE=$PWD/dist/log/faults.txt
export TSCNS_HARDENING=$PWD/dist/log/hardening.txt
export TSCNS_PROGRAMS=$PWD/dist/log/programs.txt
export TSCNS_SITUATIONS=$PWD/dist/log/situations.txt
export TSCNS_MINIDRIVER=$PWD/dist/log/minidriver.txt
if [ "$set" = beside ]; then
  beside
  exit
fi
tables=("$TSCNS_CONFORMANCE" "$TSCNS_MATRIX" "$TSCNS_FAULTS_TABLE" "$TSCNS_HARDENING" "$TSCNS_PROGRAMS" "$TSCNS_SITUATIONS" "$TSCNS_MINIDRIVER")
mkdir -p dist/log tests/artifacts
rm -f "${tables[@]}"
{
  [ "$set" = full ] || checks static static
  "$set"
} 2>&1 | tee dist/log/test.json | dist/bin/report "${tables[@]}" dist/log/removal.txt
