// SPDX-License-Identifier: Apache-2.0

package minidriver

// FileInfo is what CARD_FILE_INFO holds.
type FileInfo struct {
	Size   uint32 // in bytes
	Access uint32 // CARD_FILE_ACCESS_CONDITION
}

// ReadFile returns a virtual file, from memory. Names are not case-sensitive; ""
// is the root directory. Errors: [DirNotFound], [FileNotFound].
func (c *Context) ReadFile(dir, name string) ([]byte, error) { return nil, UnsupportedFeature }

// FileInfo describes what ReadFile returns. Errors are those of ReadFile.
func (c *Context) FileInfo(dir, name string) (FileInfo, error) { return FileInfo{}, UnsupportedFeature }

// EnumFiles returns the names of a directory, each ended by a zero, with one
// more zero at the end.
func (c *Context) EnumFiles(dir string) ([]byte, error) { return nil, UnsupportedFeature }
