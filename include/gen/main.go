// SPDX-License-Identifier: Apache-2.0

// Command gen writes everything that follows from the one table of PKCS #11 in
// this folder (constants.go, structures.go, functions.go): the C headers in
// include, the list of functions and the exported names of pkcs11export, and
// the constants of package ck. Run it with go generate ./include/gen after a
// change of the table; a test compares what is checked in.
package main

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
)

//go:generate go run . ../..

//go:embed templates
var templates embed.FS

// outputs are the files made, by template, from the top of the sources.
var outputs = map[string]string{
	"pkcs11_constants.h.tmpl": "include/pkcs11_constants.h",
	"pkcs11_types.h.tmpl":     "include/pkcs11_types.h",
	"pkcs11_functions.h.tmpl": "include/pkcs11_functions.h",
	"functions.h.tmpl":        "pkcs11export/functions.h",
	"pkcs11.map.tmpl":         "pkcs11export/pkcs11.map",
	"constants.go.tmpl":       "module/ck/constants.go",
	"names.go.tmpl":           "module/ck/names.go",
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gen TOP")
		os.Exit(2)
	}
	files, err := generate()
	for path, text := range files {
		if err == nil {
			err = os.WriteFile(filepath.Join(os.Args[1], path), text, 0o644)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// generate returns the files, by their path from the top of the sources.
func generate() (map[string][]byte, error) {
	t, err := template.New("").Funcs(template.FuncMap{
		"width": width, "c": cValue, "go": goValue, "arguments": arguments, "wrap": wrap, "macro": macro,
	}).ParseFS(templates, "templates/*.tmpl")
	if err != nil {
		return nil, err
	}
	table := struct {
		Constants  []group
		Structures []structure
		Functions  []chapter
	}{constants, structures, functions}
	files := map[string][]byte{}
	for name, path := range outputs {
		var b bytes.Buffer
		if err := t.ExecuteTemplate(&b, name, table); err != nil {
			return nil, err
		}
		text := b.Bytes()
		if strings.HasSuffix(path, ".go") {
			if text, err = format.Source(text); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
		files[path] = text
	}
	return files, nil
}

// width returns the length of the longest name.
func width(rows []constant) int {
	n := 0
	for _, row := range rows {
		n = max(n, len(row.Name))
	}
	return n
}

// cValue and goValue return a number as the language writes it.
func cValue(v uint64) string {
	if v == math.MaxUint64 {
		return "(~0x0UL)"
	}
	return fmt.Sprintf("%#xUL", v)
}

func goValue(v uint64) string {
	if v == math.MaxUint64 {
		return "^uint(0)"
	}
	return fmt.Sprintf("%#x", v)
}

var lastWord = regexp.MustCompile(`(\w+)(,|$)`)

// arguments returns the names of parameters: "hSession, pData".
func arguments(parameters string) string {
	var names []string
	for _, m := range lastWord.FindAllStringSubmatch(parameters, -1) {
		names = append(names, m[1])
	}
	return strings.Join(names, ", ")
}

// macro returns the name of the macro of a version: "FUNCTION_2_40".
func macro(version string) string { return "FUNCTION_" + strings.ReplaceAll(version, ".", "_") }

// columns is the length of a line of C.
const columns = 100

// wrap breaks a line after commas, and indents what follows by four blanks.
func wrap(line string) string {
	var b strings.Builder
	for len(line) > columns {
		at := strings.LastIndex(line[:columns], ", ")
		if at < 0 {
			break
		}
		b.WriteString(line[:at+1] + "\n")
		line = "    " + line[at+2:]
	}
	return b.String() + line
}
