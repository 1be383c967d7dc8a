# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The system packages that build.sh's commands need: which, what for, how large,
# and how they come onto a Debian or Ubuntu. Sourced by build.sh, not run.
#
# Nothing is started or enabled: maintainer scripts find stand-ins for the
# programs that do that (quiet_scripts), and pcscd with its virtual reader is
# unpacked into dist/system instead of installed. apt's lists and downloads are
# in dist/apt, so that nothing but the packages themselves is left outside dist.

# Names of Debian 12 and 13 and Ubuntu 22.04. A name may list alternatives: the
# first that the system offers is taken.
declare -A PACKAGES=(
  [build]="gcc libc6-dev pkg-config libpcsclite-dev ca-certificates"
  [card]="pcscd vsmartcard-vpcd"
  [reader]="pcscd"
  [logins]="openssl curl libengine-pkcs11-openssl"
  [browser]="firefox-esr|firefox|chromium"
  [nss]="libnss3-tools"
  [windows]="gcc-mingw-w64-x86-64 wixl msitools"
  [authenticode]="osslsigncode"
  [arm64]="gcc-aarch64-linux-gnu libc6-dev-arm64-cross binutils"
  [package]="binutils gzip"
  [emulators]="wine64 qemu-user-static|qemu-user"
  [browsers]="firefox-esr|firefox chromium thunderbird xvfb openbox xdotool x11-utils imagemagick fonts-dejavu-core"
  [programs]="opensc opensc-pkcs11 softhsm2 libnss3-tools poppler-utils pcsc-tools gnutls-bin p11-kit p11-kit-modules libp11-kit-dev pkcs11-provider git
    flatpak systemd dbus-user-session openssh-client openjdk-17-jdk-headless|default-jdk-headless"
  [servers]="openssh-server nginx-light apache2-bin openvpn"
  [hosts]="stunnel4 eapoltest hostapd openconnect ocserv krb5-kdc krb5-admin-server krb5-pkinit krb5-user gnupg-pkcs11-scd python3-pykcs11 python3-pkcs11
    sssd-common libpam-pkcs11 libpam-p11 pamtester"
  [signers]="gpgsm gpg-agent osslsigncode"
  [vpn]="strongswan-charon strongswan-swanctl libstrongswan-standard-plugins libstrongswan-extra-plugins libcharon-extra-plugins"
  [tools]="g++ make gdb procps iproute2 util-linux bsdutils man-db gettext zsh fish"
  [lint]="git clang-format shellcheck codespell"
  [packages]="lintian rpm rpmlint libarchive-tools debootstrap"
  [node]="nodejs npm"
)
# why GROUP: what the packages of a group are for.
why() {
  case $1 in
    build) text "to build: compiler and PC/SC headers" "per compilare: compilatore e intestazioni PC/SC" ;;
    card) text "for the simulated card: a smart card service with a virtual reader" "per la tessera simulata: un servizio per smart card con un lettore virtuale" ;;
    reader) text "for your reader: the smart card service" "per il tuo lettore: il servizio per smart card" ;;
    logins) text "to log in: curl and OpenSSL" "per gli accessi: curl e OpenSSL" ;;
    browser) text "to log in: a browser" "per gli accessi: un browser" ;;
    browsers) text "to log in: browsers, on a display of their own" "per gli accessi: browser, su uno schermo a parte" ;;
    nss) text "to set up the browser's profile" "per preparare il profilo del browser" ;;
    windows) text "to build for Windows" "per compilare per Windows" ;;
    authenticode) text "to sign for Windows" "per firmare per Windows" ;;
    arm64) text "to build for 64-bit ARM" "per compilare per ARM a 64 bit" ;;
    emulators) text "to run the builds for Windows and ARM" "per eseguire i programmi per Windows e ARM" ;;
    package) text "to make packages" "per fare i pacchetti" ;;
    packages) text "to check the packages" "per controllare i pacchetti" ;;
    programs) text "to try: programs that use PKCS#11 modules" "da provare: programmi che usano moduli PKCS#11" ;;
    servers) text "to try: servers, started by the tests alone" "da provare: server, avviati solo dalle prove" ;;
    hosts) text "to try: programs that log in with a card, and their servers, run by the tests alone" "da provare: programmi che accedono con una tessera, e i loro server, avviati solo dalle prove" ;;
    signers) text "to try: programs that sign" "da provare: programmi che firmano" ;;
    vpn) text "to try: an IPsec VPN" "da provare: una VPN IPsec" ;;
    tools) text "to test: C++, debugger, shells" "per le prove: C++, debugger, shell" ;;
    lint) text "to check the style of code and texts" "per controllare lo stile di codice e testi" ;;
    node) text "to try: Node.js" "da provare: Node.js" ;;
  esac
}

have_pkg() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ] || [ -e "$SYSTEM/.packages/$1" ]; }
# In no pipe: grep -q would end apt-cache early, which pipefail calls a failure.
can_install() {
  local policy
  policy=$(LC_ALL=C private apt-cache policy "$1" 2>/dev/null) || return 1
  case $policy in *'Candidate: (none)'* | '') return 1 ;; *) return 0 ;; esac
}
# have_any A|B|C: reports whether one of the alternatives is installed.
have_any() {
  local p
  for p in ${1//|/ }; do if have_pkg "$p"; then return 0; fi; done
  return 1
}
# pick A|B|C: the first alternative that apt offers, or nothing.
pick() {
  local p
  for p in ${1//|/ }; do if can_install "$p"; then echo "$p"; return; fi; done
}

SYSTEM=$PWD/$DIST/system # what is unpacked instead of installed
APT=$PWD/$DIST/apt
ADDED=$APT/added # names of the packages that build.sh installed
PATH=$PATH:$SYSTEM/usr/sbin:$SYSTEM/usr/bin

# private PROGRAM ...: a program of apt with its lists and downloads in dist.
private() {
  local program=$1
  shift
  "$program" -o Dir::State::lists="$LISTS" -o Dir::Cache="$APT/cache" -o Dir::Cache::archives="$APT/archives" -o APT::Sandbox::User="" \
    -o Debug::NoLocking=1 -o APT::Install-Recommends=0 "$@"
}
LISTS=$APT/lists
# refresh: today's lists of packages; those of the system where they cannot be had.
refresh() {
  mkdir -p "$APT/lists/partial" "$APT/cache" "$APT/archives/partial"
  LISTS=$APT/lists
  [ -z "$(find "$LISTS" -maxdepth 1 -name '*Packages*' -mmin -720 -print -quit)" ] || return 0
  say "Reading the lists of packages ..." "Lettura degli elenchi dei pacchetti ..."
  # Hooks of the system may fail without root: what counts is that lists are there.
  logged "$(log_file apt-update)" apt-get private apt-get update -q
  [ -z "$(find "$LISTS" -maxdepth 1 -name '*Packages*' -print -quit)" ] || return 0
  say "apt-get update failed; going on with the lists there are" "apt-get update non riuscito; si prosegue con gli elenchi presenti"
  LISTS=/var/lib/apt/lists
}

# need GROUPS...: makes the packages of the groups present. What the system does
# not offer ends it, or is skipped by name in groups with "?" behind them.
need() {
  [ -z "${TSCNS_NO_INSTALL:-}" ] || return 0
  local group want
  MISSING=()
  for group in "$@"; do
    for want in ${PACKAGES[${group%\?}]}; do have_any "$want" || MISSING+=("$group $want"); done
  done
  [ ${#MISSING[@]} -gt 0 ] || return 0
  refresh
  plan
  [ ${#INSTALL[@]}${#UNPACK[@]} != 00 ] || return 0
  announce
  [ ${#INSTALL[@]} -eq 0 ] || [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
    die "neither root nor sudo to install: ${INSTALL[*]}" "né root né sudo per installare: ${INSTALL[*]}"
  agree
  unpack
  install
}
# listed GROUPS...: on a system without apt, prints the list of packages and stops,
# unless TSCNS_NO_INSTALL says that all is there.
listed() {
  local group
  [ -z "${TSCNS_NO_INSTALL:-}" ] || return 0
  if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then return 0; fi
  say "This system has no apt. Install the equivalents of these Debian packages, then run again with TSCNS_NO_INSTALL=1:" \
    "Questo sistema non ha apt. Installa gli equivalenti di questi pacchetti Debian, poi riprova con TSCNS_NO_INSTALL=1:"
  # shellcheck disable=SC2086 # the table's words
  for group in "$@"; do printf '  %s\n' ${PACKAGES[${group%\?}]}; done
  exit 1
}

# plan: from MISSING, what is to be installed (INSTALL, with what it depends on in
# NEW) and unpacked (UNPACK), and the lines that say what for (LINES).
plan() {
  local entry group want chosen before='' unavailable=()
  INSTALL=() UNPACK=() LINES=()
  for entry in "${MISSING[@]}"; do
    read -r group want <<<"$entry"
    chosen=$(pick "$want")
    if [ -z "$chosen" ]; then
      case $group in
        *\?) say "SKIPPED: package $want is not offered by this system; going on without it" \
          "SKIPPED: il pacchetto $want non è offerto da questo sistema; si prosegue senza" ;;
        *) unavailable+=("$want") ;;
      esac
      continue
    fi
    case ${group%\?} in card | hosts) UNPACK+=("$chosen") ;; *) INSTALL+=("$chosen") ;; esac
    if [ "$group" != "$before" ]; then LINES+=("$(why "${group%\?}"):"); fi
    LINES[-1]+=" $chosen"
    before=$group
  done
  [ ${#unavailable[@]} -eq 0 ] || die "not offered by this system: ${unavailable[*]}" "non offerti da questo sistema: ${unavailable[*]}"
  if [ ${#UNPACK[@]} -gt 0 ]; then mapfile -t -O ${#INSTALL[@]} INSTALL < <(libraries "${UNPACK[@]}"); fi
  NEW=()
  [ ${#INSTALL[@]} -eq 0 ] || mapfile -t NEW < <(simulate "${INSTALL[@]}")
}
# simulate PACKAGES...: the names of the packages that would be new.
simulate() {
  LC_ALL=C private apt-get install --simulate -q "$@" 2>"$(log_file apt)" | sed -n 's/^Inst \([^ ]*\) (.*/\1/p'
}
# libraries PACKAGES...: of what they depend on and the system lacks, the shared libraries.
libraries() { simulate "$@" | sed -n '/^libccid$/d; /^libpam/d; /^libnss-/d; /^lib/p'; }

# megabytes FIELD FACTOR PACKAGES...: the sum of a field of their descriptions, in MB.
megabytes() {
  local field=$1 factor=$2
  shift 2
  [ $# -gt 0 ] || { echo 0; return; }
  private apt-cache show --no-all-versions "$@" | awk -v factor="$factor" -v field="$field:" '$1 == field { sum += $2 } END { printf "%d", sum * factor / 1e6 + 0.99 }'
}

announce() {
  local size download
  size=$(megabytes Installed-Size 1024 "${NEW[@]}" "${UNPACK[@]}")
  download=$(megabytes Size 1 "${NEW[@]}" "${UNPACK[@]}")
  say "Packages of your system are missing: ${#NEW[@]} to install and ${#UNPACK[@]} to unpack into $DIST/, $size MB on disk, $download MB to download." \
    "Mancano pacchetti del tuo sistema: ${#NEW[@]} da installare e ${#UNPACK[@]} da scompattare in $DIST/, $size MB su disco, $download MB da scaricare."
  printf '  %s\n' "${LINES[@]}"
  local others=$((${#NEW[@]} + ${#UNPACK[@]} - ${#MISSING[@]}))
  [ "$others" -le 0 ] || say "  and $others that these depend on" "  e altri $others da cui questi dipendono"
  say "  No service is started or enabled." "  Nessun servizio viene avviato o abilitato."
}
# agree asks on a terminal, unless --yes was given or this is a CI.
agree() {
  local answer
  [ -z "$YES" ] && [ -z "${CI:-}" ] && [ -t 0 ] && [ -t 1 ] || return 0
  printf '%s' "$(text "Go on? [Y/n] " "Continuo? [S/n] ")"
  read -r answer
  case $answer in
    '' | [yYsS]*) ;;
    *) say "Nothing was installed." "Non è stato installato nulla."; exit 1 ;;
  esac
}

unpack() {
  [ ${#UNPACK[@]} -gt 0 ] || return 0
  local log p
  log=$(log_file unpack)
  mkdir -p "$SYSTEM/.packages" "$APT/unpack"
  for p in "${UNPACK[@]}"; do
    rm -f "$APT/unpack/$p"_*
    logged "$log" "$p" unpack_one "$p"
    [ "$STATUS" = 0 ] || failed "$log" "could not download $p" "impossibile scaricare $p"
    : >"$SYSTEM/.packages/$p"
  done
  rm -rf "$APT/unpack"
}
unpack_one() ( cd "$APT/unpack" && private apt-get download -q "$1" && dpkg-deb -x "$1"_*.deb "$SYSTEM" )

# install downloads as the person, and needs root for the rest alone.
install() {
  [ ${#INSTALL[@]} -gt 0 ] || return 0
  local log run=(env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none)
  if [ "$(id -u)" != 0 ]; then run=(sudo "${run[@]}"); fi
  log=$(log_file apt)
  logged "$log" "$(text downloading scaricamento)" private apt-get install -y -q --download-only "${INSTALL[@]}"
  [ "$STATUS" = 0 ] || failed "$log" "could not download: ${INSTALL[*]}" "impossibile scaricare: ${INSTALL[*]}"
  quiet_scripts "$APT/bin"
  if [ "${run[0]}" = sudo ]; then sudo -v || die "sudo refused" "sudo ha rifiutato"; fi # asks before the output goes to the log
  logged "$log" "$(text installing installazione)" "${run[@]}" apt-get install -y -q -o Dir::State::lists="$LISTS" -o Dir::Cache="$APT/cache" \
    -o Dir::Cache::archives="$APT/archives" -o APT::Sandbox::User="" -o APT::Install-Recommends=0 \
    -o DPkg::Lock::Timeout=120 -o DPkg::Path="$APT/bin:/usr/sbin:/usr/bin:/sbin:/bin" "${INSTALL[@]}"
  [ "$STATUS" = 0 ] || failed "$log" "apt-get could not install: ${INSTALL[*]}" "apt-get non ha potuto installare: ${INSTALL[*]}"
  printf '%s\n' "${NEW[@]}" >>"$ADDED"
  rm -rf "${APT:?}/archives" "${APT:?}/cache" "${APT:?}/bin"
}
# failed LOG ENGLISH ITALIAN: what apt said is in the log, the reason in one line.
failed() {
  local reason
  reason=$(sed -n 's/^E: //p' "$1" | head -n 1)
  die "$2${reason:+: $reason} ($1)" "$3${reason:+: $reason} ($1)"
}

# quiet_scripts DIRECTORY: stand-ins, first in the PATH of maintainer scripts, by
# which a package leaves its services as an administrator does who wants none:
# installed, not enabled, not started, also not by a later update.
quiet_scripts() {
  mkdir -p "$1"
  cat >"$1/deb-systemd-helper" <<'S'
#!/bin/sh
# enable only notes the unit (update-state), and was-enabled denies.
real=/usr/bin/deb-systemd-helper
[ -x $real ] || exit 0
for word; do
  case $word in
    --*) ;;
    was-enabled) exit 1 ;;
    enable | reenable)
      arguments=
      for argument; do case $argument in "$word") arguments="$arguments update-state" ;; *) arguments="$arguments $argument" ;; esac; done
      exec $real $arguments ;;
    *) break ;;
  esac
done
exec $real "$@"
S
  cat >"$1/systemctl" <<'S'
#!/bin/sh
for word; do
  case $word in
    -*) ;;
    enable | reenable | preset | preset-all | start | restart | try-restart | reload-or-restart | try-reload-or-restart | isolate) exit 0 ;;
    *) break ;;
  esac
done
[ -x /usr/bin/systemctl ] || exit 0
exec /usr/bin/systemctl "$@"
S
  cat >"$1/update-rc.d" <<'S'
#!/bin/sh
[ "$2" = defaults ] && set -- "$1" defaults-disabled
[ "$2" = enable ] && exit 0
[ -x /usr/sbin/update-rc.d ] || exit 0
exec /usr/sbin/update-rc.d "$@"
S
  printf '#!/bin/sh\nexit 0\n' | tee "$1/deb-systemd-invoke" "$1/invoke-rc.d" "$1/service" >/dev/null
  chmod 755 "$1"/*
}

# removal: how to take back what was installed, or nothing where nothing was.
removal() {
  local p still=()
  [ -s "$ADDED" ] || return 0
  while read -r p; do if [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ]; then still+=("$p"); fi; done < <(sort -u "$ADDED")
  [ ${#still[@]} -gt 0 ] || return 0
  printf '%s\n' "${still[@]}" >"$ADDED"
  say "build.sh installed ${#still[@]} packages, and no service of them is enabled. To remove them again:" \
    "build.sh ha installato ${#still[@]} pacchetti, e nessun loro servizio è abilitato. Per toglierli:"
  # shellcheck disable=SC2016 # the person's shell expands it
  if [ "${1:-}" = names ]; then printf '  sudo apt-get purge %s\n' "${still[*]}"; else printf '  sudo apt-get purge $(cat %s)\n' "$DIST/apt/added"; fi
}
