// SPDX-License-Identifier: Apache-2.0

package pcscd

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func program() (string, error) {
	if path, err := exec.LookPath("pcscd"); err == nil {
		return path, nil
	}
	for _, path := range []string{"/usr/sbin/pcscd", "/usr/local/sbin/pcscd"} {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: pcscd", ErrMissing)
}

// driver returns vpcd's library: beside a pcscd that lies in a root of its own,
// or where systems have it.
func driver() (string, error) {
	dirs := []string{"/usr/lib/pcsc/drivers/serial", "/usr/lib64/pcsc/drivers/serial",
		"/usr/local/lib/pcsc/drivers/serial", "/usr/lib64/readers", "/usr/lib/readers"}
	if path, err := program(); err == nil {
		dirs = append([]string{filepath.Join(filepath.Dir(path), "../lib/pcsc/drivers/serial")}, dirs...)
	}
	for _, dir := range dirs {
		path := filepath.Join(dir, "libifdvpcd.so")
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: libifdvpcd.so (vsmartcard-vpcd)", ErrMissing)
}

// hasOption tells whether this build knows an option. Builds with polkit
// (since pcsc-lite 2) would ask it about every client, over a system bus that
// need not be there; the socket is its owner's alone, so that the question is
// answered by the file system.
func hasOption(path, option string) bool {
	help, err := exec.Command(path, "--help").CombinedOutput()
	return err == nil && strings.Contains(string(help), option)
}
