#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Static checks of Go, C, shell, spelling and commit messages. ./build.sh lint
# calls it. Prints each finding, one line for each check, and last the number
# of findings; ends with 1 where there are any, and with 4 where there are none
# but a check was skipped.
#
#   tests/lint.sh [CHECK ...]    all checks, or those named
#   tests/lint.sh --names        their names, one a line
#
# What is not installed or cannot be reached is named as SKIPPED and is no
# finding; TSCNS_LINT_STRICT=1 makes it one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The programs written in Go are built by version, outside this module, so that
# go.sum holds what the product needs alone.
GOLANGCI=github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK=golang.org/x/vuln/cmd/govulncheck@v1.9.0
CLANG_FORMAT=14 # of Debian 12
TOOLS=$PWD/dist/tools
# Messages follow CONTRIBUTING.md from the child of this commit on.
MESSAGES_SINCE=ece058cdc6ecc35e7e05c38896e7c840de3510fb

findings=0 skipped=
# result NAME COUNT: the line of a check.
result() {
  printf 'lint: %-13s %d findings\n' "$1" "$2"
  findings=$((findings + $2))
}
skip() {
  printf 'SKIPPED: lint: %s\n' "$1"
  skipped=1
  [ -z "${TSCNS_LINT_STRICT:-}" ] || findings=$((findings + 1))
}
# tracked PATTERN...: the files of the project that match, one a line, also in a tree without history.
tracked() {
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files --cached --others --exclude-standard -- "$@" | while IFS= read -r f; do [ ! -f "$f" ] || printf '%s\n' "$f"; done
  else
    local pattern
    for pattern in "$@"; do find . -name "$pattern" -type f -not -path './dist/*' -not -path '*/node_modules/*' | sed 's|^\./||'; done | sort -u
  fi
}
# tool PACKAGE@VERSION: the path of the program, built where it is not yet there.
tool() {
  local name=${1%@*} stamp
  name=${name##*/}
  stamp=$TOOLS/$name.version
  if [ ! -x "$TOOLS/$name" ] || [ "$(cat "$stamp" 2>/dev/null)" != "$1" ]; then
    mkdir -p "$TOOLS"
    GOBIN=$TOOLS GOFLAGS=-buildvcs=false go install "$1" >"$TOOLS/$name.log" 2>&1 || { tail -n 3 "$TOOLS/$name.log" >&2; return 1; }
    printf '%s\n' "$1" >"$stamp"
  fi
  printf '%s\n' "$TOOLS/$name"
}

check_gofmt() {
  local wrong
  wrong=$(tracked '*.go' | xargs -d '\n' gofmt -l)
  [ -z "$wrong" ] || while IFS= read -r f; do printf "%s: gofmt would change it\n" "$f"; done <<<"$wrong"
  result gofmt "$(grep -c . <<<"$wrong" || true)"
}

# golangci NAME PACKAGES...: prints and counts the findings that no run before
# this one had.
golangci() {
  local name=$1 program all new status=0
  shift
  program=$(tool "$GOLANGCI") || { skip "$name: ${GOLANGCI##*/} could not be built"; return; }
  all=$("$program" run --allow-parallel-runners --show-stats=false --output.text.path stdout --output.text.print-issued-lines=false "$@") || status=$?
  new=$(grep -vxF -e "${seen%$'\n'}" <<<"$all" || true)
  seen+=$all$'\n'
  [ -z "$new" ] || printf '%s\n' "$new"
  # 1 is findings; anything above is a failure of the linter itself.
  if [ "$status" -gt 1 ]; then result "$name" 1; else result "$name" "$(grep -cE '^[^ ]+:[0-9]+(:[0-9]+)?: ' <<<"$new" || true)"; fi
}
seen=
check_golangci() { golangci golangci ./...; }
# The files for Windows and macOS, as far as they need no C. Of Windows the
# packages that have other files there: the rest is the same text as here.
check_windows() {
  local packages
  mapfile -t packages < <(LC_ALL=C comm -13 <(files_of "$(go env GOOS)") <(files_of windows) | sed 's|^tscns/\([^ ]*\).*|./\1|')
  GOOS=windows CGO_ENABLED=0 golangci windows "${packages[@]}"
}
files_of() { GOOS=$1 CGO_ENABLED=0 go list -e -f '{{.ImportPath}} {{.GoFiles}} {{.TestGoFiles}} {{.XTestGoFiles}}' ./cardos/... ./module/... ./cmd/internal/... | LC_ALL=C sort; }
check_darwin() { GOOS=darwin CGO_ENABLED=0 golangci darwin ./cardos/iso7816/... ./cardos/localfiles/... ./cardos/secmem/... ./module/ck/...; }

check_clang_format() {
  command -v clang-format >/dev/null || { skip 'clang-format is not installed'; return; }
  local f count=0
  # Each version breaks some lines in its own way.
  case $(clang-format --version) in
    *"version $CLANG_FORMAT."*) ;;
    *) skip "clang-format is not version $CLANG_FORMAT, which the files are formatted by"; return ;;
  esac
  while IFS= read -r f; do
    if ! clang-format --style=file "$f" | cmp -s - "$f"; then
      printf '%s: clang-format would change it\n' "$f"
      count=$((count + 1))
    fi
  done < <(tracked '*.c' '*.h' | xargs -d '\n' grep -LE '^// Code generated .* DO NOT EDIT\.$')
  result clang-format "$count"
}

check_shellcheck() {
  command -v shellcheck >/dev/null || { skip 'shellcheck is not installed'; return; }
  local files f out
  mapfile -t files < <({ tracked '*.sh'; tracked 'run' '.ci/run' 'packaging/deb/p*'; } | sort -u |
    while IFS= read -r f; do if head -n 1 "$f" | grep -qE '^#!.*\b(ba)?sh$'; then printf '%s\n' "$f"; fi; done)
  out=$(shellcheck --external-sources --format=gcc "${files[@]}" || true)
  [ -z "$out" ] || printf '%s\n' "$out"
  result shellcheck "$(grep -c . <<<"$out" || true)"
}

# English alone; .codespellrc names the Italian words in English files.
check_codespell() {
  command -v codespell >/dev/null || { skip 'codespell is not installed'; return; }
  local out
  out=$(tracked '*' | grep -vE '\.(png|svg|sum|apdu|mod)$|^docs/it/|\.it\.md$|^docs/man/it/|^LICENSE$' | xargs -d '\n' codespell --quiet-level 3 2>&1 || true)
  [ -z "$out" ] || printf '%s\n' "$out"
  result codespell "$(grep -c . <<<"$out" || true)"
}

# Subjects: `area: imperative`, at most 72 characters, then a blank line.
check_messages() {
  git rev-parse -q --verify "$MESSAGES_SINCE^{commit}" >/dev/null 2>&1 || { skip 'commit messages: the history is not here'; return; }
  local commit subject second count=0
  while IFS= read -r commit; do
    subject=$(git log -1 --format=%s "$commit")
    second=$(git log -1 --format=%B "$commit" | sed -n 2p)
    case $subject in 'Revert "'*) continue ;; esac
    if [ ${#subject} -gt 72 ] || [ -n "$second" ] || ! [[ $subject =~ ^[a-z0-9_./*-]+(,\ [a-z0-9_./*-]+)*:\ [^\ ] ]]; then
      printf '%.12s: %s\n' "$commit" "$subject"
      count=$((count + 1))
    fi
  done < <(git rev-list --no-merges "$MESSAGES_SINCE..HEAD")
  result messages "$count"
}

check_govulncheck() {
  local program out status=0
  program=$(tool "$GOVULNCHECK") || { skip "${GOVULNCHECK##*/} could not be built"; return; }
  out=$("$program" ./... 2>&1) || status=$?
  case $status in
    0) result govulncheck 0 ;;
    3)
      printf '%s\n' "$out"
      result govulncheck "$(grep -c '^Vulnerability #' <<<"$out" || true)"
      ;;
    *) skip "govulncheck cannot reach its database: $(tail -n 1 <<<"$out")" ;;
  esac
}

all=(gofmt golangci windows darwin clang-format shellcheck codespell messages govulncheck)
if [ "${1:-}" = --names ]; then printf '%s\n' "${all[@]}"; exit; fi
[ $# -gt 0 ] || set -- "${all[@]}"
for check in "$@"; do
  case " ${all[*]} " in *" $check "*) "check_${check//-/_}" ;; *) echo "lint: no check $check; there are: ${all[*]}" >&2; exit 2 ;; esac
done
printf 'lint: %d findings\n' "$findings"
[ "$findings" = 0 ] || exit 1
[ -z "$skipped" ] || exit 4
