// SPDX-License-Identifier: Apache-2.0

//go:build unix

package userfile

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// maxLinks bounds the links on one path, as the system does.
const maxLinks = 40

// CheckSystem returns a [Refusal] if somebody else than root and the user of
// this process can change what a path leads to: if a component of it, the last
// one too, is owned by or can be written by others. Components that do not
// exist are nobody's.
func CheckSystem(path string) error {
	at := "/"
	rest := components(path)
	for links := 0; ; {
		if err := checkComponent(at); err != nil || len(rest) == 0 {
			return err
		}
		at = filepath.Join(at, rest[0])
		rest = rest[1:]
		target, err := os.Readlink(at)
		if err != nil {
			continue
		}
		if links++; links > maxLinks {
			return &Refusal{path, Link}
		}
		// A link needs no check: the folder that it is in had one.
		rest = append(components(target), rest...)
		if at = filepath.Dir(at); filepath.IsAbs(target) {
			at = "/"
		}
	}
}

func components(path string) (list []string) {
	for _, c := range strings.Split(path, "/") {
		if c != "" && c != "." {
			list = append(list, c)
		}
	}
	return list
}

func checkComponent(path string) error {
	s, err := os.Lstat(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	st, ok := s.Sys().(*syscall.Stat_t)
	switch {
	case !ok || st.Uid != 0 && int(st.Uid) != os.Geteuid():
		return &Refusal{path, Owner}
	case s.Mode().Perm()&0o002 != 0, s.Mode().Perm()&0o020 != 0 && (os.Geteuid() == 0 || int(st.Gid) != os.Getegid()):
		// The bits of the group are those of an access control list, too, where
		// there is one (acl(5)): root's group is no exception.
		return &Refusal{path, OpenToAll}
	}
	return nil
}

// OwnedByOther reports whether a folder of a person, or the nearest one above
// it that exists, belongs to somebody else than the user of this process. Root
// is such a somebody too, and to others nobody is root.
func OwnedByOther(path string) bool {
	for d := filepath.Clean(path); ; d = filepath.Dir(d) {
		s, err := os.Stat(d)
		if err != nil && d != filepath.Dir(d) {
			continue
		}
		if err != nil {
			return false
		}
		st, ok := s.Sys().(*syscall.Stat_t)
		return ok && int(st.Uid) != os.Geteuid() && (os.Geteuid() == 0 || st.Uid != 0)
	}
}
