// SPDX-License-Identifier: Apache-2.0

package localfiles

import "os"

// AppendPrivate appends to a file, and creates it where there is none. Who may
// read it is decided by the directory.
func AppendPrivate(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}
