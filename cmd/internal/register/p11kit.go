// SPDX-License-Identifier: Apache-2.0

package register

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"tscns/cmd/internal/userfile"
)

// The directories of p11-kit's module files (pkcs11.conf(5)): of packages, of
// administrators, of a person.
func (w *World) p11kitDirs() (packages, system, user string) {
	return filepath.Join(w.Root, "/usr/share/p11-kit/modules"), filepath.Join(w.Root, "/etc/pkcs11/modules"),
		filepath.Join(w.Home.Config, "pkcs11", "modules")
}

const moduleFile = "tscns.module"

// P11Kit returns the module file by which p11-kit carries a library of this
// file name, "" where it does not.
func (w *World) P11Kit(library string) string {
	packages, system, user := w.p11kitDirs()
	for _, dir := range []string{packages, system, user} {
		if file := carries(dir, library); file != "" {
			return file
		}
	}
	return ""
}

func carries(dir, library string) string {
	folder := userfile.At(dir)
	names, _ := folder.Names()
	slices.Sort(names)
	for _, name := range names {
		if filepath.Ext(name) != ".module" {
			continue
		}
		b, err := folder.Read(name)
		if err != nil {
			continue
		}
		lines := bufio.NewScanner(bytes.NewReader(b))
		for lines.Scan() {
			key, value, _ := strings.Cut(lines.Text(), ":")
			if strings.TrimSpace(key) == "module" && filepath.Base(strings.TrimSpace(value)) == library {
				return filepath.Join(dir, name)
			}
		}
	}
	return ""
}

// sameModule reports whether a module file loads this very path.
func sameModule(file, library string) bool {
	b, err := userfile.Read(file)
	return err == nil && bytes.Contains(b, []byte("module: "+library+"\n"))
}

// SystemProxy returns the system's file by which every NSS program loads
// p11-kit's proxy, as Fedora has it, "" where none does.
func (w *World) SystemProxy() string {
	for _, path := range []string{"/etc/crypto-policies/back-ends/nss.config", "/etc/pki/nssdb/pkcs11.txt"} {
		path = filepath.Join(w.Root, path)
		if b, err := userfile.Read(path); err == nil && bytes.Contains(b, []byte("p11-kit-proxy.")) {
			return path
		}
	}
	return ""
}

// The first lines of a module file of ours. Directories that were made for it
// are named, so that they can go with it.
const (
	madeHere    = "# Made by tscns register; tscns unregister removes it."
	madeDirMark = "# directory: "
)

// writeModuleFile writes p11-kit's module file; it does not overwrite.
func (w *World) writeModuleFile(dir string) (string, error) {
	made, err := makeDirs(dir, 0o755)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	fmt.Fprintln(&text, madeHere)
	for _, d := range made {
		fmt.Fprintln(&text, madeDirMark+d)
	}
	fmt.Fprintf(&text, "module: %s\ntrust-policy: no\n", w.Module)
	path := filepath.Join(dir, moduleFile)
	return path, userfile.Replace(path, []byte(text.String()), 0o644)
}

// errNotOurs: a file that tscns register did not write is left alone.
var errNotOurs = errors.New("not written by tscns register")

// removeModuleFile removes the module file that writeModuleFile wrote.
func removeModuleFile(path string) error {
	b, err := userfile.Read(path)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(b, []byte(madeHere)) {
		return errNotOurs
	}
	if err := userfile.Remove(path); err != nil {
		return err
	}
	var made []string
	for _, line := range strings.Split(string(b), "\n") {
		if d, ok := strings.CutPrefix(line, madeDirMark); ok {
			made = append(made, d)
		}
	}
	removeDirs(made, filepath.Dir(path))
	return nil
}
