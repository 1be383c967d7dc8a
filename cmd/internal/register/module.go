// SPDX-License-Identifier: Apache-2.0

package register

import (
	"os"
	"path/filepath"
	"runtime"

	"tscns/cmd/internal/userfile"
)

// LibraryFile returns the module's file name on this system.
func LibraryFile() string {
	switch runtime.GOOS {
	case "windows":
		return "tscns-pkcs11.dll"
	case "darwin":
		return "tscns-pkcs11.dylib"
	}
	return "tscns-pkcs11.so"
}

// FindModule returns the module's path as programs see it: the one named, the
// one beside this command (where it was built), or the one installed below
// root. "" is not found.
func FindModule(named, root string) string {
	if named != "" {
		path, err := filepath.Abs(named)
		if err != nil {
			return ""
		}
		return path
	}
	if exe, err := os.Executable(); err == nil {
		if path := filepath.Join(filepath.Dir(exe), LibraryFile()); userfile.IsFile(path) {
			return path
		}
	}
	for _, dir := range []string{"/usr/lib/" + Triplets[runtime.GOARCH] + "/pkcs11", "/usr/lib64/pkcs11", "/usr/lib/pkcs11",
		"/usr/local/lib/pkcs11", "/usr/local/lib64/pkcs11"} {
		if path := filepath.Join(dir, LibraryFile()); userfile.IsFile(filepath.Join(root, path)) {
			return path
		}
	}
	return ""
}
