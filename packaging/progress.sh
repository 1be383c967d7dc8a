# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What build.sh prints: lines in the person's language, and a sign of life
# while a command is silent. Sourced, not run.

italian() { case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in it*) return 0 ;; *) return 1 ;; esac; }
# text ENGLISH ITALIAN: one of them, without a line end.
text() { if italian; then printf '%s' "$2"; else printf '%s' "$1"; fi; }
# say ENGLISH ITALIAN: one line to the person at the terminal.
say() { printf '%s\n' "$(text "$@")"; }
die() { say "build.sh: $1" "build.sh: ${2:-$1}" >&2; exit 1; }

log_file() { mkdir -p "$DIST/log" && echo "$DIST/log/$1.log"; }

# logged LOG WHAT COMMAND...: runs the command with its output in a log file, and
# prints WHAT and the last line of the log every ten seconds. The exit code is in
# STATUS: a command behind "||" would run without errexit.
TICK=10 # seconds
logged() {
  local log=$1 what=$2 ticker
  shift 2
  STATUS=0
  : >"$log"
  tick "$log" "$what" &
  ticker=$!
  (set -e; "$@") >>"$log" 2>&1 </dev/null &
  wait $! || STATUS=$?
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
}
# step WHAT COMMAND...: the same for a command whose output counts only when it fails.
step() {
  local log what=$1
  shift
  log=$(log_file step)
  say "$what ..." "$what ..."
  logged "$log" "$what" "$@"
  [ "$STATUS" = 0 ] || { cat "$log" >&2; exit "$STATUS"; }
}
tick() {
  local start=$SECONDS last never
  exec {never}<> <(:) # a pipe that nobody writes to: read waits there without a child process
  while true; do
    read -r -t "$TICK" -u "$never" || true
    last=$(tail -n 1 "$1" | tr '\r' '\n' | tail -n 1 | cut -c 1-100)
    printf '  ... %s, %d s%s\n' "$2" $((SECONDS - start)) "${last:+: $last}"
  done
}
