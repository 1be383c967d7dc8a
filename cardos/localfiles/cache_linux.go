// SPDX-License-Identifier: Apache-2.0

package localfiles

import (
	"cmp"
	"crypto/rand"
	"slices"
	"strings"
	"syscall"
)

const (
	dirName   = "tscns"
	tmpPrefix = "new-"
	maxNames  = 4096 // directory entries read at most
)

// Magic numbers of file systems in RAM (statfs(2)).
const (
	tmpfsMagic = 0x01021994
	ramfsMagic = 0x858458F6
)

// openDir opens the directory of the cache, and creates it if create is set. It
// has to lie in RAM. The caller closes the descriptor.
func (c *Cache) openDir(create bool) (int, error) { return openDir(c.dir, create, true) }

// openDir opens the directory of tscns in a runtime directory, and creates it if
// create is set. Both have to belong to the user and be closed to others;
// symbolic links are not followed. inRAM refuses a file system on disk. The
// caller closes the descriptor.
func openDir(runtimeDir string, create, inRAM bool) (int, error) {
	if runtimeDir == "" {
		return -1, syscall.ENOENT
	}
	parent, err := openAt(-1, runtimeDir, syscall.O_DIRECTORY)
	if err != nil {
		return -1, err
	}
	defer syscall.Close(parent)
	if inRAM {
		if err := checkRAM(parent); err != nil {
			return -1, err
		}
	}
	if err := private(parent, syscall.S_IFDIR); err != nil {
		return -1, err
	}
	if create {
		if err := syscall.Mkdirat(parent, dirName, 0o700); err != nil && err != syscall.EEXIST {
			return -1, err
		}
	}
	fd, err := openAt(parent, dirName, syscall.O_DIRECTORY)
	if err != nil {
		return -1, err
	}
	if err := private(fd, syscall.S_IFDIR); err != nil {
		syscall.Close(fd)
		return -1, err
	}
	return fd, nil
}

// checkRAM returns an error unless an open directory lies in RAM.
func checkRAM(fd int) error {
	var fs syscall.Statfs_t
	if err := syscall.Fstatfs(fd, &fs); err != nil {
		return err
	}
	if magic := uint64(fs.Type) & 0xFFFFFFFF; magic != tmpfsMagic && magic != ramfsMagic {
		return syscall.EXDEV
	}
	return nil
}

// openAt opens a file for reading. It follows no symbolic link and does not
// block on a FIFO. dir is -1 for an absolute path.
func openAt(dir int, name string, flags int) (int, error) {
	return retry(func() (int, error) {
		return syscall.Openat(dir, name, flags|syscall.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_CLOEXEC|
			syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	})
}

// private returns an error unless an open file is of the given kind, belongs to
// the user and is closed to others.
func private(fd int, kind uint32) error {
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&syscall.S_IFMT != kind || int(st.Uid) != syscall.Geteuid() || st.Mode&0o077 != 0 {
		return syscall.EPERM
	}
	return nil
}

// file is a file of the cache.
type file struct {
	name     string
	modified int64 // nanoseconds since 1970
	blob     []byte
}

// loadFiles returns the contents of the user's own files, newest first.
func (c *Cache) loadFiles() [][]byte {
	dir, err := c.openDir(false)
	if err != nil {
		return nil
	}
	defer syscall.Close(dir)
	var blobs [][]byte
	for _, f := range readFiles(dir) {
		blobs = append(blobs, f.blob)
	}
	return blobs[:min(len(blobs), maxCards)]
}

func readFiles(dir int) []file {
	var files []file
	for _, name := range names(dir) {
		if !isName(name) {
			continue
		}
		if f, err := readEntry(dir, name); err == nil {
			files = append(files, f)
		}
	}
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(b.modified, a.modified) })
	return files
}

func readEntry(dir int, name string) (file, error) {
	fd, err := openAt(dir, name, 0)
	if err != nil {
		return file{}, err
	}
	defer syscall.Close(fd)
	if err := private(fd, syscall.S_IFREG); err != nil {
		return file{}, err
	}
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return file{}, err
	}
	blob, err := readAll(fd, maxCard)
	return file{name, st.Mtim.Nano(), blob}, err
}

// names returns the names in a directory.
func names(dir int) []string {
	var list []string
	if _, err := syscall.Seek(dir, 0, 0); err != nil {
		return nil
	}
	buf := make([]byte, 8<<10)
	for len(list) < maxNames {
		n, err := retry(func() (int, error) { return syscall.ReadDirent(dir, buf) })
		if n <= 0 || err != nil {
			break
		}
		_, _, list = syscall.ParseDirent(buf[:n], -1, list)
	}
	return list
}

// saveFile writes a file, or deletes it if blob is empty.
func (c *Cache) saveFile(name string, blob []byte) {
	dir, err := c.openDir(len(blob) > 0)
	if err != nil {
		return
	}
	defer syscall.Close(dir)
	if replaceFile(dir, name, blob) == nil && len(blob) > 0 {
		tidy(dir)
	}
}

// replaceFile writes a file under a temporary name and renames it, so that no
// program reads half of one. An empty blob deletes it.
func replaceFile(dir int, name string, blob []byte) error {
	if len(blob) == 0 {
		return syscall.Unlinkat(dir, name)
	}
	unfinished := tmpPrefix + rand.Text()
	if err := writeFile(dir, unfinished, blob); err != nil {
		return err
	}
	if err := syscall.Renameat(dir, unfinished, dir, name); err != nil {
		_ = syscall.Unlinkat(dir, unfinished)
		return err
	}
	return nil
}

func writeFile(dir int, name string, blob []byte) (err error) {
	const flags = syscall.O_WRONLY | syscall.O_CREAT | syscall.O_EXCL | syscall.O_NOFOLLOW | syscall.O_CLOEXEC
	fd, err := retry(func() (int, error) { return syscall.Openat(dir, name, flags, 0o600) })
	if err != nil {
		return err
	}
	defer func() {
		syscall.Close(fd)
		if err != nil {
			_ = syscall.Unlinkat(dir, name)
		}
	}()
	if err := syscall.Fchmod(fd, 0o600); err != nil { // the umask may have removed permissions
		return err
	}
	for len(blob) > 0 {
		n, err := retry(func() (int, error) { return syscall.Write(fd, blob) })
		if err != nil {
			return err
		}
		blob = blob[n:]
	}
	return nil
}

// stale is the age, in nanoseconds, after which a temporary file counts as left
// behind.
const stale = 60 * 1e9

// tidy removes the oldest cards beyond the limit, and temporary files of
// programs that ended while they wrote.
func tidy(dir int) {
	files := readFiles(dir)
	for _, f := range files[min(len(files), maxCards):] {
		_ = syscall.Unlinkat(dir, f.name)
	}
	if len(files) == 0 {
		return
	}
	for _, name := range names(dir) {
		if !strings.HasPrefix(name, tmpPrefix) {
			continue
		}
		if f, err := readEntry(dir, name); err == nil && files[0].modified-f.modified > stale {
			_ = syscall.Unlinkat(dir, name)
		}
	}
}
