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

# --- packages (Debian 12 and Ubuntu 22.04 names) ---------------------------
# A name may list alternatives: the first that the system offers is taken.
PKG_BUILD=(gcc libc6-dev pkg-config libpcsclite-dev ca-certificates)
PKG_DEMO=(openssl curl libengine-pkcs11-openssl)
PKG_PCSC=(pcscd vsmartcard-vpcd) # where they cannot be had the demo carries the card inside the library
PKG_WINDOWS=(gcc-mingw-w64-x86-64)
PKG_ARM64=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross binutils)
PKG_BROWSER=("firefox-esr|firefox|chromium")
PKG_PACKAGE=("${PKG_BUILD[@]}" binutils gzip)
PKG_CROSS=("${PKG_WINDOWS[@]}" wine64 "${PKG_ARM64[@]}" "qemu-user-static|qemu-user")
PKG_TEST=("${PKG_BUILD[@]}" "${PKG_CROSS[@]}" g++ make man-db "${PKG_DEMO[@]}" "${PKG_PCSC[@]}" binutils gdb procps iproute2 util-linux bsdutils
  libp11-kit-dev opensc opensc-pkcs11 softhsm2 libnss3-tools poppler-utils
  gnutls-bin p11-kit p11-kit-modules git pkcs11-provider flatpak systemd dbus-user-session thunderbird openssh-client openssh-server nginx-light apache2-bin openvpn
  "openjdk-17-jdk-headless|default-jdk-headless" shellcheck
  "firefox-esr|firefox" chromium xvfb openbox xdotool x11-utils imagemagick fonts-dejavu-core)
PKG_TEST+=(lintian rpm rpmlint libarchive-tools debootstrap zsh fish)

italian() { case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in it*) return 0 ;; *) return 1 ;; esac; }
# say ENGLISH ITALIAN: one line to the person at the terminal.
say() { if italian; then printf '%s\n' "$2"; else printf '%s\n' "$1"; fi; }
die() { say "build.sh: $1" "build.sh: ${2:-$1}" >&2; exit 1; }

# --- what is missing ---------------------------------------------------------
have_pkg() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
# Not through a pipe: grep -q would end apt-cache early, which pipefail calls a failure.
can_install() {
  local policy
  policy=$(apt-cache policy "$1" 2>/dev/null) || return 1
  case $policy in *'Candidate: (none)'* | '') return 1 ;; *) return 0 ;; esac
}

# pick A|B|C: the installed alternative, else the first that apt offers, else nothing.
pick() {
  local p alternatives
  IFS='|' read -ra alternatives <<<"$1"
  for p in "${alternatives[@]}"; do if have_pkg "$p"; then echo "$p"; return; fi; done
  for p in "${alternatives[@]}"; do if can_install "$p"; then echo "$p"; return; fi; done
}

# on_system PACKAGES...: on a system without apt, prints the exact list and
# stops, unless TSCNS_NO_INSTALL says that all is there.
on_system() {
  [ -z "${TSCNS_NO_INSTALL:-}" ] || return 0
  if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then return 0; fi
  say "This system has no apt. Install the equivalents of these Debian packages, then run again with TSCNS_NO_INSTALL=1:" \
    "Questo sistema non ha apt. Installa gli equivalenti di questi pacchetti Debian, poi riprova con TSCNS_NO_INSTALL=1:"
  printf '  %s\n' "$@"
  exit 1
}

# need PURPOSE PACKAGES...: installs what is missing. With "?" before the
# purpose it goes on without what the system does not offer.
need() {
  local optional='' purpose=${1#\?} want p chosen missing=() unavailable=()
  [ "$1" = "$purpose" ] || optional=1
  shift
  on_system "$@"
  [ -z "${TSCNS_NO_INSTALL:-}" ] || return 0
  for want in "$@"; do have_any "$want" || missing+=("$want"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  apt_get update -qq || say "apt-get update failed; going on with the lists there are" "apt-get update non riuscito; si prosegue con gli elenchi presenti"
  local install=()
  for want in "${missing[@]}"; do
    chosen=$(pick "$want")
    if [ -n "$chosen" ]; then install+=("$chosen"); else unavailable+=("$want"); fi
  done
  if [ ${#install[@]} -gt 0 ]; then
    say "Installing for $purpose: ${install[*]}" "Installazione per $purpose: ${install[*]}"
    apt_get install -y -qq --no-install-recommends "${install[@]}" >"$(log_file apt)" 2>&1 ||
      { tail -n 20 "$(log_file apt)" >&2; die "apt-get could not install: ${install[*]}" "apt-get non ha potuto installare: ${install[*]}"; }
  fi
  [ ${#unavailable[@]} -gt 0 ] || return 0
  [ -n "$optional" ] || die "not offered by this system: ${unavailable[*]}" "non offerti da questo sistema: ${unavailable[*]}"
  for p in "${unavailable[@]}"; do
    say "SKIPPED: package $p is not offered by this system; going on without it" \
      "SKIPPED: il pacchetto $p non è offerto da questo sistema; si prosegue senza"
  done
}
have_any() {
  local p alternatives
  IFS='|' read -ra alternatives <<<"$1"
  for p in "${alternatives[@]}"; do if have_pkg "$p"; then return 0; fi; done
  return 1
}
apt_get() {
  local run=(env DEBIAN_FRONTEND=noninteractive apt-get)
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "need root or sudo for: apt-get $*" "serve root o sudo per: apt-get $*"
    run=(sudo "${run[@]}")
  fi
  "${run[@]}" "$@"
}
log_file() { mkdir -p "$DIST/log"; echo "$DIST/log/$1.log"; }

check_go() {
  command -v go >/dev/null ||
    die "Go is not installed; version $MIN_GO or newer is needed (https://go.dev/dl)" "Go non è installato; serve la versione $MIN_GO o successiva (https://go.dev/dl)"
  local v=${1:-$(GOTOOLCHAIN=local go env GOVERSION)}
  v=${v#go}
  if ! printf '%s\n%s\n' "$MIN_GO" "$v" | sort -V -C; then
    die "this is Go $v; version $MIN_GO or newer is needed (https://go.dev/dl)" "questo è Go $v; serve la versione $MIN_GO o successiva (https://go.dev/dl)"
  fi
}

# --- build -------------------------------------------------------------------
# build_module OUTPUT [TAGS]: the library. -Bsymbolic and -z nodelete come from
# the go tool; the version script leaves C_* as the only exported names;
# libpcsclite is found at run time (pcsclite_linux.c), so nothing of it is needed.
# With GNU ld the Go runtime starts in the first C_Initialize (deferred.ld).
build_module() {
  local script=
  if [ "$(go env GOOS)" = linux ] && "$(go env CC)" -Wl,--version 2>/dev/null | grep '^GNU ld' >/dev/null; then
    script=-Wl,-T,$PWD/pkcs11export/deferred.ld,
  fi
  CGO_ENABLED=1 CGO_LDFLAGS="${CGO_LDFLAGS:--O2 -g} -Wl,--as-needed" go build -buildmode=c-shared -trimpath -buildvcs=false -tags "${2:-}" \
    -ldflags "-s -w -buildid= -extldflags=${script:--Wl,}--version-script=$PWD/pkcs11export/pkcs11.map,--build-id=sha1" -o "$1" ./pkcs11export
  rm -f "${1%.so}.h" # cgo's header; ours is include/pkcs11.h
}
# build_command NAME [DIRECTORY]
build_command() {
  CGO_ENABLED=1 go build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=${VERSION:-dev}" -o "$DIST/${2:-.}/$1" "./cmd/$1"
}
build() {
  check_go
  need build "${PKG_BUILD[@]}"
  mkdir -p "$DIST"
  build_module "$DIST/tscns-pkcs11.so"
  build_command tscns
  build_command simcard
  ls -l "$DIST/tscns-pkcs11.so" "$DIST/tscns" "$DIST/simcard"
}
build_sim() {
  check_go
  need build "${PKG_BUILD[@]}"
  mkdir -p "$DIST"
  build_module "$DIST/tscns-pkcs11-sim.so" simcard
}

# --- other systems -------------------------------------------------------------
# build_windows: dist/windows/tscns-pkcs11.dll and tscns.exe, 64-bit. The go tool
# would export its internal names from a DLL; linked from an archive it has the
# names that shim.c marks, C_*.
MINGW=x86_64-w64-mingw32
build_windows() {
  check_go
  need windows "${PKG_WINDOWS[@]}"
  local out=$DIST/windows
  mkdir -p "$out"
  build_dll "$out/tscns-pkcs11.dll"
  version_resource "$out/tscns.exe" 'TS-CNS smart card tool' VFT_APP
  $MINGW-gcc -c -O2 -D_WIN32_WINNT=0x0A00 -o "$out/search.o" packaging/windows/search.c
  for_windows go build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=${VERSION:-dev} \
    '-extldflags=$PWD/$out/tscns.exe.o $PWD/$out/search.o'" -o "$out/tscns.exe" ./cmd/tscns
  rm -f "$out"/*.o
  ls -l "$out/tscns-pkcs11.dll" "$out/tscns.exe"
}
for_windows() { env GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=$MINGW-gcc "$@"; }
# build_dll OUTPUT [TAGS]
build_dll() {
  version_resource "$1" 'TS-CNS PKCS#11 module' VFT_DLL
  for_windows go build -buildmode=c-archive -trimpath -buildvcs=false -tags "${2:-}" -ldflags "-s -w -buildid=" -o "$1.a" ./pkcs11export
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
  check_go
  need build "${PKG_BUILD[@]}"
  need arm64 "${PKG_ARM64[@]}"
  local out=$DIST/arm64
  mkdir -p "$out"
  for_arm64 build_module "$out/tscns-pkcs11.so"
  for_arm64 build_command tscns arm64
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
  local arg reader='' browser=''
  for arg in "$@"; do
    case $arg in
      --reader) reader=1 ;;
      --browser) browser=1 ;;
    esac
  done
  check_go
  on_system "${PKG_BUILD[@]}" "${PKG_DEMO[@]}" "${PKG_PCSC[@]}" ${browser:+libnss3-tools}
  need build "${PKG_BUILD[@]}"
  need demo "${PKG_DEMO[@]}"
  if [ -n "$reader" ]; then need demo pcscd; else need "?demo" "${PKG_PCSC[@]}"; fi
  if [ -n "$browser" ]; then
    need demo libnss3-tools
    have_browser || need demo "${PKG_BROWSER[@]}"
  fi
  say "Building (a minute the first time) ..." "Compilazione (un minuto la prima volta) ..."
  build >/dev/null
  build_sim
  mkdir -p "$DIST/bin"
  go build -trimpath -buildvcs=false -o "$DIST/bin/demo" ./tests/demo
  exec "$DIST/bin/demo" --module "$PWD/$DIST/tscns-pkcs11.so" --sim-module "$PWD/$DIST/tscns-pkcs11-sim.so" "$@"
}

# --- test --------------------------------------------------------------------
test_all() {
  check_go
  need build "${PKG_BUILD[@]}"
  # Node.js often comes from elsewhere, and Debian's npm does not go with that one.
  command -v npm >/dev/null || PKG_TEST+=(nodejs npm)
  need "?test" "${PKG_TEST[@]}"
  (pcsclite_arm64)
  build
  build_sim
  exec ./tests/run.sh
}

# soak MINUTES: everybody at once on one card, and faults. TSCNS_SOAK_SEED
# repeats a run.
soak() {
  [[ ${1:-30} =~ ^[1-9][0-9]*$ ]] || die "soak: minutes, not $1" "soak: minuti, non $1"
  local minutes=${1:-30}
  check_go
  need build "${PKG_BUILD[@]}"
  need "?soak" "${PKG_DEMO[@]}" "${PKG_PCSC[@]}" opensc libnss3-tools util-linux \
    "firefox-esr|firefox" chromium xvfb openbox xdotool x11-utils imagemagick fonts-dejavu-core
  build >/dev/null
  TSCNS_MODULE=$PWD/$DIST/tscns-pkcs11.so TSCNS_SOAK=${minutes}m \
    go test -v -count=1 -timeout $((minutes + 20))m -run '^TestSoak$' ./tests/soak
}

# --- packages ----------------------------------------------------------------
# Everything in packaging/ that can be built here, into dist/packages.
package() {
  local wanted=(deb:amd64 rpm:amd64 archlinux:amd64)
  check_go
  need package "${PKG_PACKAGE[@]}"
  need "?package" "${PKG_ARM64[@]}"
  if command -v aarch64-linux-gnu-gcc >/dev/null; then
    wanted+=(deb:arm64)
  else
    say "SKIPPED: the package for arm64: aarch64-linux-gnu-gcc is not installed" \
      "SKIPPED: il pacchetto per arm64: manca aarch64-linux-gnu-gcc"
  fi
  rm -rf "$DIST/packages"
  packaging/package.sh "$DIST/packages" "${wanted[@]}"
}

# --- bench -------------------------------------------------------------------
# Measures the library beside OpenSC and SoftHSM and writes docs/performance.md.
bench() {
  check_go
  need build "${PKG_BUILD[@]}"
  need "?bench" "${PKG_TEST[@]}"
  build
  TSCNS_MODULE=$PWD/$DIST/tscns-pkcs11.so go test -tags bench ./tests/bench -run '^TestBench$' -count=1 -timeout 15m -v
}
# The hot paths alone, six times each, beside those of the run before: keep
# dist/bench/before.txt from one commit and run again on another.
BENCHSTAT=golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da
bench_go() {
  check_go
  mkdir -p "$DIST/bench"
  go test ./cardos/... ./module ./pkcs11export -run '^$' -bench . -benchtime 0.1s -count 6 | tee "$DIST/bench/now.txt"
  if [ -f "$DIST/bench/before.txt" ]; then
    go run "$BENCHSTAT" "$DIST/bench/before.txt" "$DIST/bench/now.txt"
  else
    cp "$DIST/bench/now.txt" "$DIST/bench/before.txt"
    say "Kept as $DIST/bench/before.txt; the next run is compared with it." "Conservato come $DIST/bench/before.txt; la prossima volta si confronta con questo."
  fi
}

clean() { rm -rf "$DIST" tests/artifacts; }

usage() {
  if italian; then
    cat <<'T'
./build.sh                  compila dist/tscns-pkcs11.so, dist/tscns, dist/simcard
./build.sh demo             accesso TLS con una tessera simulata: nessun lettore, nessuna tessera
./build.sh demo --browser   la stessa pagina in Firefox o Chromium, con un profilo usa e getta
./build.sh demo --reader    con il lettore e la tessera veri (il PIN lo digiti tu)
./build.sh test             tutte le prove, anche con Firefox e Chromium veri
./build.sh windows          dist/windows/tscns-pkcs11.dll e tscns.exe (con mingw)
./build.sh arm64            dist/arm64/tscns-pkcs11.so e tscns, per ARM a 64 bit
./build.sh bench            misura la libreria accanto a OpenSC e SoftHSM e riscrive docs/performance.md
./build.sh bench --go       i percorsi più usati in Go, a confronto con la volta prima (benchstat)
./build.sh soak [MINUTI]    tutto insieme e a caso su una tessera, con guasti (30 minuti)
./build.sh sim              dist/tscns-pkcs11-sim.so, la libreria con la tessera simulata dentro
./build.sh package          pacchetti deb, rpm e Arch in dist/packages
./build.sh clean            cancella ciò che è stato compilato
T
  else
    cat <<'T'
./build.sh                  builds dist/tscns-pkcs11.so, dist/tscns, dist/simcard
./build.sh demo             TLS login with a simulated card: no reader and no card needed
./build.sh demo --browser   the same page in Firefox or Chromium, in a throw-away profile
./build.sh demo --reader    with the real reader and card (you type the PIN)
./build.sh test             every test, real Firefox and Chromium included
./build.sh windows          dist/windows/tscns-pkcs11.dll and tscns.exe (with mingw)
./build.sh arm64            dist/arm64/tscns-pkcs11.so and tscns, for 64-bit ARM
./build.sh bench            measures the library beside OpenSC and SoftHSM, and rewrites docs/performance.md
./build.sh bench --go       the hot paths in Go, beside those of the run before (benchstat)
./build.sh soak [MINUTES]   everything at once and at random on one card, with faults (30 minutes)
./build.sh sim              dist/tscns-pkcs11-sim.so, the library with the simulated card inside
./build.sh package          deb, rpm and Arch packages in dist/packages
./build.sh clean            removes what was built
T
  fi
}

case ${1:-build} in
  build) build ;;
  sim) build_sim ;;
  demo) shift; demo "$@" ;;
  test) test_all ;;
  soak) soak "${2:-}" ;;
  package) package ;;
  bench) if [ "${2:-}" = --go ]; then bench_go; else bench; fi ;;
  clean) clean ;;
  windows) build_windows ;;
  arm64) build_arm64 ;;
  link-pcsclite) link_pcsclite "${2:?directory}" ;; # for packages
  arm64-pcsclite) pcsclite_arm64 ;; # what test does before tests/arm64
  check-go) check_go "${2:-}" ;;
  module) build_module "${2:?output}" "${3:-}" ;; # for tests that build their own
  help | -h | --help) usage ;;
  *) usage >&2; exit 2 ;;
esac
