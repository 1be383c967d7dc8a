// SPDX-License-Identifier: Apache-2.0

package localfiles

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// runtimeDirs has the directories of users that are logged in, by number
// (pam_systemd(8)).
var runtimeDirs = "/run/user"

// RuntimeDir returns the directory that belongs to the user's session (XDG Base
// Directory Specification), or "". It ends with the session. Where the variable
// is not set, as in programs that cron or sudo starts, it is the directory that
// the system has made for the user, if any: what is known of a PIN has to reach
// those, too. A variable that is set and empty stands for none.
func RuntimeDir(getenv func(string) string) string {
	const variable = "XDG_RUNTIME_DIR"
	if dir := getenv(variable); dir != "" {
		return underHome(dir)
	}
	dir := filepath.Join(runtimeDirs, strconv.Itoa(os.Geteuid()))
	if _, set := os.LookupEnv(variable); set {
		return ""
	}
	fd, err := openAt(-1, dir, syscall.O_DIRECTORY)
	if err != nil {
		return ""
	}
	defer syscall.Close(fd)
	if private(fd, syscall.S_IFDIR) != nil {
		return ""
	}
	return dir
}

func (p *PINRecords) loadFile(name string) ([]byte, error) {
	dir, err := openDir(p.dir, false, false)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(dir)
	f, err := readEntry(dir, name)
	return f.blob, err
}

func (p *PINRecords) saveFile(name string, blob []byte) {
	dir, err := openDir(p.dir, len(blob) > 0, false)
	if err != nil {
		return
	}
	defer syscall.Close(dir)
	_ = replaceFile(dir, name, blob)
}
