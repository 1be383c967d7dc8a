// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// A mutant is one comparison that can be changed.
type mutant struct {
	id       int
	file     string // relative to the tree
	line     int
	kind     string // negation or boundary
	original string // the comparison's source text
}

// switchSource is the package that instrumented files ask whether their mutant
// is on. With MUTANT_HITS it adds the number of each mutant reached to that file.
const switchSource = `package mutant

import (
	"os"
	"strconv"
	"sync/atomic"
)

var (
	active, _ = strconv.Atoi(os.Getenv("MUTANT"))
	hits      = os.Getenv("MUTANT_HITS")
	seen      [%d]atomic.Bool
)

// On reports whether mutant n is on.
func On(n int) bool {
	if hits != "" && !seen[n].Swap(true) {
		f, err := os.OpenFile(hits, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			panic(err)
		}
		_, _ = f.WriteString(strconv.Itoa(n) + "\n")
		_ = f.Close()
	}
	return n == active
}
`

// switchPackage is the import path of switchSource, a package of the module
// under test that exists in the build only.
const switchPackage = "tscns/mutant"

// instrument returns src with every comparison under the control of a mutant
// numbered from first on, and those mutants. Lines keep their numbers.
func instrument(name string, src []byte, first int) ([]byte, []mutant, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, parser.ParseComments)
	if err != nil {
		return nil, nil, err
	}
	offset := func(p token.Pos) int { return fset.Position(p).Offset }
	text := func(e ast.Expr) string { return string(src[offset(e.Pos()):offset(e.End())]) }
	var found []mutant
	var inserts []insert
	add := func(kind string, e *ast.BinaryExpr) int {
		m := mutant{first + len(found), name, fset.Position(e.OpPos).Line, kind, text(e)}
		found = append(found, m)
		return m.id
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.CONST {
			return false
		}
		e, ok := n.(*ast.BinaryExpr)
		if !ok || !comparison(e.Op) {
			return true
		}
		on := fmt.Sprintf("mutant__.On(%d)", add("negation", e))
		if ordered(e.Op) && repeatable(e) {
			on = fmt.Sprintf("(%s || mutant__.On(%d) && (%s) == (%s))", on, add("boundary", e), oneLine(text(e.X)), oneLine(text(e.Y)))
		}
		inserts = append(inserts, insert{offset(e.Pos()), len(inserts), "(("}, insert{offset(e.End()), -len(inserts), ") != " + on + ")"})
		return true
	})
	if len(found) > 0 {
		inserts = append(inserts, insert{offset(file.Name.End()), 0, "; import mutant__ \"" + switchPackage + "\""})
	}
	return splice(src, inserts), found, nil
}

// An insert is text to be put at an offset; at the same offset, in the order of rank:
// an inner expression ends before the one around it.
type insert struct {
	at, rank int
	text     string
}

func splice(src []byte, inserts []insert) []byte {
	slices.SortStableFunc(inserts, func(a, b insert) int {
		if a.at != b.at {
			return a.at - b.at
		}
		return a.rank - b.rank
	})
	var out []byte
	from := 0
	for _, i := range inserts {
		out = append(append(out, src[from:i.at]...), i.text...)
		from = i.at
	}
	return append(out, src[from:]...)
}

func comparison(op token.Token) bool {
	return op == token.EQL || op == token.NEQ || ordered(op)
}

func ordered(op token.Token) bool {
	return op == token.LSS || op == token.LEQ || op == token.GTR || op == token.GEQ
}

// repeatable reports whether e can be evaluated twice: it calls nothing but len and cap.
func repeatable(e ast.Expr) bool {
	ok := true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			f, named := n.Fun.(*ast.Ident)
			ok = ok && named && slices.Contains([]string{"len", "cap", "int", "byte", "uint64"}, f.Name)
		case *ast.UnaryExpr:
			ok = ok && n.Op != token.ARROW
		}
		return ok
	})
	return ok
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
