#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# manager.sh GROUP: a session of root with systemd's user manager, also where the
# system was not started by systemd. Runs in a mount namespace of its own, with
# an XDG_RUNTIME_DIR of its own at the usual place (which Flatpak relies on), in
# a control group that goes with it.
set -euo pipefail
group=/sys/fs/cgroup/$1
mkdir -p /run/user
mount -t tmpfs tmpfs /run/user
mkdir -m 700 "/run/user/$UID"
export XDG_RUNTIME_DIR=/run/user/$UID
mkdir -p /run/systemd
mount -t tmpfs tmpfs /run/systemd
mkdir -p /run/systemd/system
mount -t cgroup2 none /sys/fs/cgroup
mkdir "$group"
echo $$ >"$group/cgroup.procs"
SYSTEMD_LOG_TARGET=console /lib/systemd/systemd --user --unit=basic.target --log-target=console --log-level=info &
manager=$!
end() {
  kill -TERM "$manager" 2>/dev/null || true
  wait "$manager" || true
  echo $$ >/sys/fs/cgroup/cgroup.procs
  find "$group" -depth -type d -exec rmdir {} +
}
trap end EXIT
trap 'exit 0' TERM INT
wait "$manager"
