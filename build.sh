#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds, demonstrates and tests tscns. Run ./build.sh help for the list.
# Needs bash, Go (version: MIN_GO below and go.mod) and, to install what is
# missing by itself, a system with apt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

MIN_GO=1.24
DIST=dist
VERSION=$(sed -n '/^## \[[0-9]/{s/^## \[\([^]]*\)\].*/\1/p;q}' CHANGELOG.md)

# The linker's options cannot quote every character: from a folder whose name
# has others the work is done through a link to it.
LINK=
if [[ $PWD == *[!A-Za-z0-9/._+-]* ]]; then
  LINK=$(mktemp -d /tmp/tscns-build.XXXXXX)
  trap 'rm -f "$LINK/tscns"; rmdir "$LINK"' EXIT
  ln -s "$PWD" "$LINK/tscns"
  cd "$LINK/tscns"
fi

# shellcheck source=packaging/progress.sh
. packaging/progress.sh
# shellcheck source=packaging/needs.sh
. packaging/needs.sh

YES='' # --yes: install without asking
ARGUMENTS=()
for argument in "$@"; do if [ "$argument" = --yes ]; then YES=1; else ARGUMENTS+=("$argument"); fi; done
set -- ${ARGUMENTS[@]+"${ARGUMENTS[@]}"}

# --- Go ----------------------------------------------------------------------
# check_go [VERSION GOTOOLCHAIN]: Go 1.21 and newer fetch the version that go.mod
# asks for, unless GOTOOLCHAIN forbids it (https://go.dev/doc/toolchain).
check_go() {
  command -v go >/dev/null ||
    die "Go is not installed; version $MIN_GO or newer is needed (https://go.dev/dl)" "Go non è installato; serve la versione $MIN_GO o successiva (https://go.dev/dl)"
  local v=${1:-$(GOTOOLCHAIN=local go env GOVERSION)} toolchain=${2:-$(cd / && go env GOTOOLCHAIN 2>/dev/null)}
  v=${v#go}
  if older "$v" "$MIN_GO"; then
    case $toolchain in auto | *+auto) if ! older "$v" 1.21; then return; fi ;; esac
    die "this is Go $v; version $MIN_GO or newer is needed (https://go.dev/dl)" "questo è Go $v; serve la versione $MIN_GO o successiva (https://go.dev/dl)"
  fi
}
older() { [ "$1" != "$2" ] && printf '%s\n%s\n' "$1" "$2" | sort -V -C; }

# modules PACKAGES...: has the Go modules that packages need, or says that they
# cannot be had.
modules() {
  local log
  log=$(log_file modules)
  logged "$log" "$(text "Go modules" "moduli Go")" go list -deps -f '{{""}}' "$@" # prints nothing but what goes wrong
  [ "$STATUS" = 0 ] || die "the Go modules are not there and cannot be downloaded: $(tail -n 1 "$log")" \
    "i moduli Go mancano e non si possono scaricare: $(tail -n 1 "$log")"
}

# ready GROUPS...: what every command that builds begins with.
ready() {
  check_go
  listed build "$@"
  if ! mkdir -p "$DIST/log" 2>/dev/null || [ ! -w "$DIST" ] || [ ! -w "$DIST/log" ]; then
    die "this folder cannot be written; copy it to one that can" "questa cartella non è scrivibile; copiala in una che lo sia"
  fi
  need build "$@"
  modules "$LIBRARY" ./cmd/...
}

# --- build -------------------------------------------------------------------
LIBRARY=./pkcs11export/tscns-pkcs11 # the package
# build_module OUTPUT [PACKAGE]: the library, or another one with its C functions.
# -Bsymbolic and -z nodelete come from the go tool; the version script leaves C_*
# as the only exported names; libpcsclite is found at run time (pcsclite_linux.c),
# so nothing of it is needed.
# With GNU ld the Go runtime starts in the first C_Initialize (deferred.ld).
# A warning of the C compiler is an error here, and not in a plain go build.
#
# HARDENED is for the C compiler, RELRO for the linker: stack protector, checked
# string functions, the tables of the dynamic linker read-only before the first
# call (13 microseconds). No -fcf-protection: the linker marks a file for it where
# every object is, and Go's are not.
HARDENED='-U_FORTIFY_SOURCE -fstack-protector-strong -D_FORTIFY_SOURCE=2'
RELRO=-z,relro,-z,now
build_module() {
  local script=
  if [ "$(go env GOOS)" = linux ] && "$(go env CC)" -Wl,--version 2>/dev/null | grep '^GNU ld' >/dev/null; then
    script=-Wl,-T,$PWD/pkcs11export/deferred.ld,
  fi
  CGO_ENABLED=1 CGO_CFLAGS="${CGO_CFLAGS:--O2 -g} $HARDENED -Werror" CGO_LDFLAGS="${CGO_LDFLAGS:--O2 -g} -Wl,--as-needed" go build -buildmode=c-shared -trimpath -buildvcs=false \
    -ldflags "-s -w -buildid= -extldflags=${script:--Wl,}--version-script=$PWD/pkcs11export/pkcs11.map,--build-id=sha1,$RELRO" -o "$1" "${2:-$LIBRARY}"
  rm -f "${1%.so}.h" # cgo's header; ours is include/pkcs11.h
}
# build_command OUTPUT [NAME]: tscns, or another command, at an address that the
# system chooses (PIE).
build_command() {
  CGO_ENABLED=1 CGO_CFLAGS="${CGO_CFLAGS:--O2 -g} $HARDENED" go build -buildmode=pie -trimpath -buildvcs=false -o "$1" \
    -ldflags "-s -w -buildid= -linkmode=external -extldflags=-Wl,--build-id=sha1,--as-needed,$RELRO -X main.version=${VERSION:-dev}" "./cmd/${2:-tscns}"
}
build() {
  ready
  step "dist/tscns-pkcs11.so" build_module "$DIST/tscns-pkcs11.so"
  step "dist/tscns" build_command "$DIST/tscns"
  step "dist/simcard" build_command "$DIST/simcard" simcard
  ls -l "$DIST/tscns-pkcs11.so" "$DIST/tscns" "$DIST/simcard"
}
build_sim() {
  ready
  step "dist/tscns-pkcs11-sim.so" build_module "$DIST/tscns-pkcs11-sim.so" ./tests/doubles/simcard
}

# --- other systems -------------------------------------------------------------
# build_windows: dist/windows/tscns-pkcs11.dll, tscns-minidriver.dll and tscns.exe,
# 64-bit, and the installers with them. The go tool would export its internal names
# from a DLL; linked from an archive it has the names that its shim.c marks.
MINGW=x86_64-w64-mingw32
build_windows() {
  ready windows ${TSCNS_SIGN_CERT:+authenticode}
  local out=$DIST/windows
  mkdir -p "$out"
  rm -f "$out"/*.msi
  build_dll "$out/tscns-pkcs11.dll" 'TS-CNS PKCS#11 module' "$LIBRARY"
  build_dll "$out/tscns-minidriver.dll" 'TS-CNS smart card minidriver' ./minidriver/tscns-minidriver
  version_resource "$out/tscns.exe" 'TS-CNS smart card tool' VFT_APP
  $MINGW-gcc -c -O2 -D_WIN32_WINNT=0x0A00 -o "$out/search.o" packaging/windows/search.c
  for_windows go build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=${VERSION:-dev} \
    '-extldflags=$PWD/$out/tscns.exe.o $PWD/$out/search.o'" -o "$out/tscns.exe" ./cmd/tscns
  rm -f "$out"/*.o
  packaging/windows/sign.sh "$out"/*.dll "$out/tscns.exe"
  if command -v wixl >/dev/null && command -v msibuild >/dev/null; then
    packaging/windows/msi.sh "$out" "${VERSION:-dev}" "$out"
  else
    say "SKIPPED: the installers: wixl or msibuild is not installed" "SKIPPED: i programmi di installazione: manca wixl o msibuild"
  fi
  ls -l "$out"
}
for_windows() { env GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=$MINGW-gcc "$@"; }
# build_dll OUTPUT DESCRIPTION PACKAGE
build_dll() {
  version_resource "$1" "$2" VFT_DLL
  for_windows env CGO_CFLAGS="${CGO_CFLAGS:--O2 -g} -Werror" go build -buildmode=c-archive -trimpath -buildvcs=false -ldflags "-s -w -buildid=" -o "$1.a" "$3"
  $MINGW-gcc -shared -s -mthreads -Wl,--dynamicbase,--nxcompat,--high-entropy-va,--no-insert-timestamp \
    -Wl,--major-os-version=10,--minor-os-version=0,--major-subsystem-version=10,--minor-subsystem-version=0 \
    -o "$1" "$1.o" -Wl,--whole-archive "$1.a" -Wl,--no-whole-archive
  rm -f "$1.a" "$1.h" "${1%.dll}.h" "$1.o"
}
# version_resource FILE DESCRIPTION TYPE: FILE.o, what Windows shows of the file.
version_resource() {
  local numbers=${VERSION:-0.0.0}
  numbers=${numbers%%-*}
  $MINGW-windres -DVERSION_TEXT="\\\"${VERSION:-dev}\\\"" -DVERSION_NUMBERS="${numbers//./,},0" -DFILE_NAME="\\\"${1##*/}\\\"" \
    -DDESCRIPTION="\\\"$2\\\"" -DFILE_TYPE="$3" packaging/windows/version.rc -O coff -o "$1.o"
}

# build_arm64: dist/arm64/tscns-pkcs11.so and tscns, for 64-bit ARM.
ARM64=aarch64-linux-gnu
build_arm64() {
  ready arm64
  local out=$DIST/arm64
  mkdir -p "$out"
  for_arm64 build_module "$out/tscns-pkcs11.so"
  for_arm64 build_command "$out/tscns"
  rm -rf "$out/link"
  ls -l "$out/tscns-pkcs11.so" "$out/tscns"
}
for_arm64() (
  export GOOS=linux GOARCH=arm64 CC=$ARM64-gcc CGO_LDFLAGS="-O2 -g -L$PWD/$DIST/arm64/link"
  link_pcsclite "$DIST/arm64/link"
  "$@"
)
# link_pcsclite DIRECTORY: a libpcsclite that has the names of this system's and
# nothing behind them, to link with for another processor.
link_pcsclite() {
  local real
  mkdir -p "$1"
  real=$(gcc -print-file-name=libpcsclite.so)
  nm -D --defined-only "$real" | sed -n 's/^[0-9a-f]* T \(.*\)/void \1(void) {}/p; s/^[0-9a-f]* R \(.*\)/const unsigned long \1[2] = {1};/p' |
    "$ARM64-gcc" -shared -fPIC -nostdlib -Wl,-soname,libpcsclite.so.1 -o "$1/libpcsclite.so" -x c -
}

# pcsclite_arm64: libpcsclite for that processor in dist/arm64/root, which the
# tests run the library with. Nothing is installed, the lists are private.
pcsclite_arm64() {
  [ -z "${TSCNS_NO_INSTALL:-}" ] || return 0
  local here=$PWD/$DIST/arm64
  [ ! -e "$here/root/usr/lib/aarch64-linux-gnu/libpcsclite.so.1" ] || return 0
  mkdir -p "$here/apt/lists/partial" "$here/apt/cache/archives/partial" "$here/root"
  : >"$here/apt/status"
  local apt=(apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Acquire::Languages=none
    -o Dir::State="$here/apt" -o Dir::State::status="$here/apt/status" -o Dir::Cache="$here/apt/cache")
  if ! { "${apt[@]}" update; cd "$here/apt" && "${apt[@]}" download libpcsclite1 && dpkg-deb -x libpcsclite1_*.deb "$here/root"; } \
    >"$here/apt.log" 2>&1; then
    say "SKIPPED: no libpcsclite1 for arm64 to be had; going on without it" \
      "SKIPPED: libpcsclite1 per arm64 non disponibile; si prosegue senza"
  fi
  rm -rf "$here/apt"
}

# --- demo --------------------------------------------------------------------
have_browser() {
  local b
  for b in firefox firefox-esr chromium chromium-browser google-chrome; do
    if command -v "$b" >/dev/null; then return 0; fi
  done
  return 1
}
demo() {
  local argument groups=(logins) card='card?'
  for argument in "$@"; do
    case $argument in
      --reader | -reader) card=reader ;;
      --browser | -browser)
        groups+=(nss)
        have_browser || groups+=(browser) ;;
      -h | -help | --help) demo_usage; return ;;
    esac
  done
  ready "${groups[@]}" "$card"
  build >/dev/null
  build_sim
  mkdir -p "$DIST/bin"
  step "dist/bin/demo" go build -trimpath -buildvcs=false -o "$DIST/bin/demo" ./tests/demo
  local status=0
  "$DIST/bin/demo" --module "$PWD/$DIST/tscns-pkcs11.so" --sim-module "$PWD/$DIST/tscns-pkcs11-sim.so" "$@" || status=$?
  removal
  exit "$status"
}

# --- test --------------------------------------------------------------------
run_tests() {
  local set=$1
  removal >"$DIST/log/removal.txt"
  step "$(text "the report of the tests" "il resoconto delle prove")" go -C tests/report build -o "$PWD/$DIST/bin/report" .
  tests/run.sh "$set"
}
# The short test: no browser, no server.
test_short() {
  ready 'card?' 'logins?'
  modules -test ./...
  build
  build_sim
  run_tests short
}
test_full() {
  local node=('node?')
  # Node.js often comes from elsewhere, and Debian's npm does not go with that one.
  if command -v npm >/dev/null; then node=(); fi
  ready 'card?' 'logins?' 'windows?' 'arm64?' 'emulators?' 'package?' 'packages?' 'tools?' 'lint?' 'programs?' 'servers?' 'hosts?' 'signers?' 'vpn?' 'browsers?' ${node[@]+"${node[@]}"}
  modules -test ./...
  (pcsclite_arm64)
  build
  build_sim
  run_tests full
}

# What cannot be had here is skipped by name.
lint() {
  ready 'lint?'
  tests/lint.sh || [ $? = 4 ]
}

# soak MINUTES: everybody at once on one card, and faults. TSCNS_SOAK_SEED
# repeats a run.
soak() {
  [[ ${1:-30} =~ ^[1-9][0-9]*$ ]] || die "soak: minutes, not $1" "soak: minuti, non $1"
  local minutes=${1:-30}
  ready 'card?' 'logins?' 'programs?' 'browsers?'
  build >/dev/null
  TSCNS_MODULE=$PWD/$DIST/tscns-pkcs11.so TSCNS_SOAK=${minutes}m \
    go test -v -count=1 -timeout $((minutes + 20))m -run '^TestSoak$' ./tests/soak
}

# --- packages ----------------------------------------------------------------
# package: this machine's format, into dist/packages. package all: the others
# too, deb for arm64 and amd64, rpm and Arch.
package() {
  local wanted
  case ${1:-} in
    '') ready package; wanted=("$(own_format)") ;;
    all) ready package 'arm64?'; wanted=(deb:amd64 rpm:amd64 archlinux:amd64)
      if command -v $ARM64-gcc >/dev/null; then
        wanted+=(deb:arm64)
      else
        say "SKIPPED: the package for arm64: $ARM64-gcc is not installed" "SKIPPED: il pacchetto per arm64: manca $ARM64-gcc"
      fi ;;
    *) usage >&2; exit 2 ;;
  esac
  rm -rf "$DIST/packages"
  packaging/package.sh "$DIST/packages" "${wanted[@]}"
}
# own_format: the kind of package of this system, by what installs it.
own_format() {
  local arch
  arch=$(go env GOARCH)
  if command -v dpkg >/dev/null; then echo "deb:$arch"
  elif command -v pacman >/dev/null; then echo "archlinux:$arch"
  elif command -v rpm >/dev/null; then echo "rpm:$arch"
  else die "neither dpkg nor rpm nor pacman here; './build.sh package all' makes all of them" "qui non c'è né dpkg né rpm né pacman; './build.sh package all' li fa tutti"; fi
}

# --- bench -------------------------------------------------------------------
# Measures the library beside OpenSC and SoftHSM and writes docs/performance.md.
bench() {
  ready 'card?' 'logins?' 'programs?' 'browsers?'
  build
  TSCNS_MODULE=$PWD/$DIST/tscns-pkcs11.so go test -tags bench ./tests/bench -run '^TestBench$' -count=1 -timeout 15m -v
}
# The hot paths alone, six times each, beside those of the run before: keep
# dist/bench/before.txt from one commit and run again on another.
BENCHSTAT=golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da
bench_go() {
  ready
  mkdir -p "$DIST/bench"
  go test ./cardos/... ./module ./pkcs11export -run '^$' -bench . -benchtime 0.1s -count 6 | tee "$DIST/bench/now.txt"
  if [ -f "$DIST/bench/before.txt" ]; then
    go run "$BENCHSTAT" "$DIST/bench/before.txt" "$DIST/bench/now.txt"
  else
    cp "$DIST/bench/now.txt" "$DIST/bench/before.txt"
    say "Kept as $DIST/bench/before.txt; the next run is compared with it." "Conservato come $DIST/bench/before.txt; la prossima volta si confronta con questo."
  fi
}

clean() {
  removal names
  rm -rf "$DIST" tests/artifacts
}

usage() {
  if italian; then
    cat <<'T'
./build.sh                  compila dist/tscns-pkcs11.so, dist/tscns, dist/simcard
./build.sh demo             accesso TLS con una tessera simulata: nessun lettore, nessuna tessera
./build.sh demo --browser   la stessa pagina in Firefox o Chromium, con un profilo usa e getta
./build.sh demo --reader    con il lettore e la tessera veri (il PIN lo digiti tu)
./build.sh test             le prove in pochi minuti: niente browser, niente server
./build.sh test full        tutte le prove, anche con Firefox e Chromium veri (4 GB di pacchetti)
./build.sh lint             controlla lo stile di codice e testi
./build.sh windows          dist/windows: DLL, tscns.exe e programmi di installazione (con mingw e wixl)
./build.sh arm64            dist/arm64/tscns-pkcs11.so e tscns, per ARM a 64 bit
./build.sh bench            misura la libreria accanto a OpenSC e SoftHSM e riscrive docs/performance.md
./build.sh bench --go       i percorsi più usati in Go, a confronto con la volta prima (benchstat)
./build.sh soak [MINUTI]    tutto insieme e a caso su una tessera, con guasti (30 minuti)
./build.sh sim              dist/tscns-pkcs11-sim.so, la libreria con la tessera simulata dentro
./build.sh package          il pacchetto per questo sistema (deb, rpm o Arch) in dist/packages
./build.sh package all      tutti i pacchetti: deb, anche per arm64, rpm e Arch
./build.sh clean            cancella ciò che è stato compilato

Prima di installare pacchetti del sistema ogni comando dice quali, quanto occupano
e perché, e al terminale chiede conferma (con --yes no).
T
  else
    cat <<'T'
./build.sh                  builds dist/tscns-pkcs11.so, dist/tscns, dist/simcard
./build.sh demo             TLS login with a simulated card: no reader and no card needed
./build.sh demo --browser   the same page in Firefox or Chromium, in a throw-away profile
./build.sh demo --reader    with the real reader and card (you type the PIN)
./build.sh test             the tests of a few minutes: no browser, no server
./build.sh test full        every test, real Firefox and Chromium included (4 GB of packages)
./build.sh lint             checks the style of code and texts
./build.sh windows          dist/windows: the DLLs, tscns.exe and the installers (with mingw and wixl)
./build.sh arm64            dist/arm64/tscns-pkcs11.so and tscns, for 64-bit ARM
./build.sh bench            measures the library beside OpenSC and SoftHSM, and rewrites docs/performance.md
./build.sh bench --go       the hot paths in Go, beside those of the run before (benchstat)
./build.sh soak [MINUTES]   everything at once and at random on one card, with faults (30 minutes)
./build.sh sim              dist/tscns-pkcs11-sim.so, the library with the simulated card inside
./build.sh package          the package for this system (deb, rpm or Arch) in dist/packages
./build.sh package all      all of them: deb, for arm64 too, rpm and Arch
./build.sh clean            removes what was built

Before a command installs packages of the system it says which, how large and
why, and on a terminal asks (not with --yes).
T
  fi
}
demo_usage() {
  if italian; then
    cat <<'T'
./build.sh demo [--browser] [--reader [--ca FILE]] [--inside] [--yes]

Accede a un server di prova su questo computer con TLS 1.3 (curl) e TLS 1.2 (OpenSSL).
  --browser   poi apre la stessa pagina in Firefox o Chromium, con un profilo usa e getta
  --reader    usa il lettore e la tessera veri: il PIN lo digiti tu
  --ca FILE   con --reader: controlla il certificato della tessera con le autorità in FILE (PEM)
  --inside    usa la tessera simulata dentro la libreria, senza servizio per smart card
  --yes       installa i pacchetti che mancano senza chiedere
T
  else
    cat <<'T'
./build.sh demo [--browser] [--reader [--ca FILE]] [--inside] [--yes]

Logs in to a test server on this computer with TLS 1.3 (curl) and TLS 1.2 (OpenSSL).
  --browser   then opens the same page in Firefox or Chromium, in a throw-away profile
  --reader    uses the real reader and card: you type the PIN
  --ca FILE   with --reader: checks the card's certificate against the authorities in FILE (PEM)
  --inside    uses the simulated card inside the library, without a smart card service
  --yes       installs missing packages without asking
T
  fi
}

case ${1:-build} in
  build) build ;;
  sim) build_sim ;;
  demo) shift; demo "$@" ;;
  test)
    case ${2:-short} in
      short) test_short ;;
      full) test_full ;;
      *) usage >&2; exit 2 ;;
    esac ;;
  lint) lint ;;
  soak) soak "${2:-}" ;;
  package) package "${2:-}" ;;
  bench) if [ "${2:-}" = --go ]; then bench_go; else bench; fi ;;
  clean) clean ;;
  windows) build_windows ;;
  arm64) build_arm64 ;;
  link-pcsclite) link_pcsclite "${2:?directory}" ;; # for packages
  arm64-pcsclite) pcsclite_arm64 ;; # what test full does before tests/arm64
  check-go) check_go "${2:-}" "${3:-}" ;;
  module) build_module "${2:?output}" "${3:-}" ;; # for tests that build their own
  command) build_command "${2:?output}" "${3:-}" ;; # for packages and tests
  help | -h | --help) usage ;;
  *) usage >&2; exit 2 ;;
esac
