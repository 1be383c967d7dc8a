// SPDX-License-Identifier: Apache-2.0

package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// opening are the functions that open, read, change or remove a file by a path,
// by package.
var opening = map[string][]string{
	"os": {"Open", "OpenFile", "OpenRoot", "OpenInRoot", "Create", "CreateTemp", "ReadFile", "WriteFile", "ReadDir", "Readlink", "Rename", "Remove", "RemoveAll",
		"Mkdir", "MkdirAll", "MkdirTemp", "Symlink", "Link", "Chmod", "Chown", "Lchown", "Chtimes", "Truncate", "Stat", "Lstat", "DirFS", "CopyFS"},
	"ioutil":   {"ReadFile", "WriteFile", "ReadDir", "TempFile", "TempDir"},
	"filepath": {"Walk", "WalkDir", "EvalSymlinks"},
	"elf":      {"Open"},
	"tls":      {"LoadX509KeyPair"},
	"syscall":  {"Open", "Openat", "Creat", "Rename", "Unlink", "Mkdir", "Chmod", "Chown", "Flock"},
	"unix":     {"Open", "Openat", "Openat2", "Creat", "Rename", "Renameat", "Unlink", "Unlinkat", "Mkdir", "Mkdirat", "Chmod", "Chown", "Flock"},
}

// reviewed are the other places of the commands that may open a file: each row
// of docs/security.md, "Files that others write". The rest of cmd goes through
// cmd/internal/userfile.
var reviewed = map[string][]string{
	"cmd/internal/console": {"os.OpenFile", "unix.Open"},                // the terminal
	"cmd/internal/report":  {"os.OpenFile"},                             // the report: a new file that the person names
	"cmd/tscns":            {"os.OpenFile"},                             // a certificate: the same
	"cmd/internal/message": {"os.Stat"},                                 // is a page installed
	"cmd/simcard":          {"os.Stat", "os.MkdirTemp", "os.RemoveAll"}, // the simulated card, a tool for developers
}

// What browsers, applications and people write is opened in one place, which
// knows whom to trust.
func TestFilesAreOpenedInOnePlace(t *testing.T) {
	seen := 0
	top := filepath.Join("..", "..")
	require.NoError(t, filepath.WalkDir(filepath.Join(top, "cmd"), func(name string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		dir, err := filepath.Rel(top, filepath.Dir(name))
		require.NoError(t, err)
		dir = filepath.ToSlash(dir)
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, imported := range file.Imports {
			path, err := strconv.Unquote(imported.Path.Value)
			require.NoError(t, err)
			require.True(t, imported.Name == nil || opening[filepath.Base(path)] == nil, "%s: %s under another name", name, path)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := call.X.(*ast.Ident)
			if !ok || !slices.Contains(opening[pkg.Name], call.Sel.Name) {
				return true
			}
			if dir == "cmd/internal/userfile" {
				seen++
				return true
			}
			require.Contains(t, reviewed[dir], pkg.Name+"."+call.Sel.Name,
				"%s opens files itself: use cmd/internal/userfile, or review it in docs/security.md", name)
			return true
		})
		return nil
	}))
	require.NotZero(t, seen)
}
