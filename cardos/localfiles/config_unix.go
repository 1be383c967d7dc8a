// SPDX-License-Identifier: Apache-2.0

//go:build unix

package localfiles

import (
	"errors"
	"syscall"
)

// systemConfig is a variable so that tests can replace it.
var systemConfig = "/etc/tscns/tscns.conf"

// configPaths returns the files of the system and of the user (XDG Base Directory
// Specification).
func configPaths(getenv func(string) string) []string {
	paths := []string{systemConfig}
	if getenv == nil {
		return paths
	}
	user := underHome(getenv("XDG_CONFIG_HOME"), "tscns", "tscns.conf")
	if user == "" {
		user = underHome(getenv("HOME"), ".config", "tscns", "tscns.conf")
	}
	if user != "" {
		paths = append(paths, user)
	}
	return paths
}

// readFile reads a regular file of at most limit bytes. Any other kind of file,
// which could block, is an error.
func readFile(path string, limit int) ([]byte, error) {
	fd, err := retry(func() (int, error) {
		return syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	})
	if err != nil {
		return nil, err
	}
	defer syscall.Close(fd)
	return readAll(fd, limit)
}

// readAll reads an open regular file of at most limit bytes.
func readAll(fd, limit int) ([]byte, error) {
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return nil, err
	}
	if st.Mode&syscall.S_IFMT != syscall.S_IFREG || st.Size > int64(limit) {
		return nil, syscall.EINVAL
	}
	b := make([]byte, int(st.Size))
	for got := 0; got < len(b); {
		n, err := retry(func() (int, error) { return syscall.Read(fd, b[got:]) })
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return b[:got], nil
		}
		got += n
	}
	return b, nil
}

// retry repeats a system call while signals interrupt it.
func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}
