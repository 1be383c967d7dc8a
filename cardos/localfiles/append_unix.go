// SPDX-License-Identifier: Apache-2.0

//go:build unix

package localfiles

import "syscall"

// AppendPrivate appends to a file of the user's own, and creates it where there
// is none. The file is readable by the user alone from then on (mode 0600). A
// symbolic link, a file with another name besides (hard link), a file of
// another owner and anything but a regular file is an error: the path may be
// in a directory where others write. Nothing blocks, and no descriptor stays
// open.
func AppendPrivate(path string, b []byte) error {
	const flags = syscall.O_WRONLY | syscall.O_APPEND | syscall.O_CREAT | syscall.O_NOFOLLOW | syscall.O_NONBLOCK |
		syscall.O_NOCTTY | syscall.O_CLOEXEC
	fd, err := retry(func() (int, error) { return syscall.Open(path, flags, 0o600) })
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&syscall.S_IFMT != syscall.S_IFREG || int(st.Uid) != syscall.Geteuid() || st.Nlink != 1 {
		return syscall.EPERM
	}
	if st.Mode&0o7777 != 0o600 {
		if err := syscall.Fchmod(fd, 0o600); err != nil {
			return err
		}
	}
	_, err = retry(func() (int, error) { return syscall.Write(fd, b) })
	return err
}
