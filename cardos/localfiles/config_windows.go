// SPDX-License-Identifier: Apache-2.0

package localfiles

import (
	"errors"
	"os"
)

// configPaths returns the files of the system and of the user.
func configPaths(getenv func(string) string) []string {
	if getenv == nil {
		return nil
	}
	var paths []string
	for _, name := range []string{"ProgramData", "AppData"} {
		if p := underHome(getenv(name), "tscns", "tscns.conf"); p != "" {
			paths = append(paths, p)
		}
	}
	return paths
}

// readFile reads a regular file of at most limit bytes.
func readFile(path string, limit int) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > int64(limit) {
		return nil, errors.New("not a configuration file")
	}
	return os.ReadFile(path)
}
