// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package register

import "os"

// fileLocked: here a Mozilla program keeps the lock file open without sharing,
// so that it cannot be opened.
func fileLocked(path string) bool {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil {
		return f.Close() != nil
	}
	return !os.IsNotExist(err)
}

// processAlive: Chromium-like browsers use no NSS database here.
func processAlive(string) bool { return false }

// lockDirectory: no session of this system runs two at once.
func lockDirectory(string) func() { return func() {} }
