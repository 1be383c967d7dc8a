// SPDX-License-Identifier: Apache-2.0

// Command msi is the part of packaging/windows/msi.sh that is no call of wixl or
// msibuild.
//
//	msi source VERSION LANGUAGE FOLDER   prints the source for wixl: FOLDER has the files
//	msi queries VERSION LANGUAGE FOLDER  prints the SQL that completes wixl's output, one query a line
//	msi summary VERSION LANGUAGE FOLDER  prints name, platform and language, and package code
//	msi seal FILE SECONDS                writes the time into the file's summary
package main

import (
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"time"

	"tscns/packaging/windows/calais"
)

//go:embed tscns.wxs
var source string

//go:embed database.sql
var queries string

// upgradeCode is the same for every version and language, for ever: by it
// Windows finds what an installer replaces.
const upgradeCode = "6E4A3C57-0C0D-4E0B-9A1B-5B8D3C2F7A10"

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "msi:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: msi source|queries|summary VERSION LANGUAGE FOLDER, or msi seal FILE SECONDS")

func run(w io.Writer, args []string) error {
	if len(args) == 3 && args[0] == "seal" {
		seconds, err := strconv.ParseInt(args[2], 10, 64)
		if err != nil {
			return errUsage
		}
		return seal(args[1], time.Unix(seconds, 0))
	}
	if len(args) != 4 {
		return errUsage
	}
	p, err := newProduct(args[1], args[2], args[3])
	if err != nil {
		return err
	}
	switch args[0] {
	case "source":
		return p.write(w, source)
	case "queries":
		return p.write(w, queries)
	case "summary":
		_, err = fmt.Fprintf(w, "%s\nx64;%d\n{%s}\n", p.Text.Name, p.LCID, p.PackageCode)
		return err
	}
	return errUsage
}

// product is what the templates are filled in with.
type product struct {
	Version     string // a.b.c
	LCID        int
	Text        text
	ProductCode string
	PackageCode string
	UpgradeCode string
	Versioned   []versioned
	Values      []value
}

// versioned is a file with a version in it. Windows Installer replaces such a
// file by one that its tables give a version to, and by no other: wixl leaves
// the version out, and the name of eight characters and three.
type versioned struct{ ID, Short, Name string }

var programs = []versioned{
	{"tscns_minidriver.dll", "TSCNSMD.DLL|", calais.DLL},
	{"tscns_pkcs11.dll", "TSCNSP11.DLL|", "tscns-pkcs11.dll"},
	{"tscns.exe", "", "tscns.exe"},
}

// value is one in the registry.
type value struct{ Key, Name, Type, Value string }

// numeric is a version as Windows compares them: three numbers, the first two
// of 8 bits and the third of 16, without letters.
var numeric = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$`)

// checkVersion returns an error that says what is wrong with a version.
func checkVersion(version string) error {
	parts := numeric.FindStringSubmatch(version)
	if parts == nil {
		return fmt.Errorf("version %q: Windows compares versions of three numbers, such as 1.2.3; what is before a release has no installer", version)
	}
	for i, limit := range []uint64{255, 255, 65535} {
		if n, err := strconv.ParseUint(parts[i+1], 10, 64); err != nil || n > limit {
			return fmt.Errorf("version %q: number %d may be %d at most in Windows", version, i+1, limit)
		}
	}
	return nil
}

// newProduct reads the files that are installed: two products are the same to
// Windows when version, language and every byte of them are.
func newProduct(version, language, folder string) (*product, error) {
	if err := checkVersion(version); err != nil {
		return nil, err
	}
	l, ok := languages[language]
	if !ok {
		return nil, fmt.Errorf("no language %q", language)
	}
	contents, err := digest(folder, files)
	if err != nil {
		return nil, err
	}
	p := &product{Version: version, LCID: l.LCID, Text: l.text, UpgradeCode: upgradeCode,
		Versioned: programs, Values: cardValues("[#tscns_minidriver.dll]")}
	of := version + " " + language + " " + contents + " " + hexDigest(source+queries)
	p.ProductCode, p.PackageCode = uuid("product "+of), uuid("package "+of)
	return p, nil
}

// files are those that are installed.
var files = []string{calais.DLL, "tscns-pkcs11.dll", "tscns.exe", "LICENSE.txt", "NOTICES.txt"}

// cardValues are the values by which Windows knows the cards.
func cardValues(dll string) (list []value) {
	for _, c := range calais.Cards() {
		add := func(name, kind, data string) { list = append(list, value{calais.Key + `\` + c.Name, name, kind, data}) }
		add(calais.ValueDLL, "string", dll)
		// Without the "#x" wixl 0.101 makes a text of it.
		add(calais.ValueATR, "binary", "#x"+strings.ToUpper(hex.EncodeToString(c.ATR)))
		add(calais.ValueMask, "binary", "#x"+strings.ToUpper(hex.EncodeToString(c.Mask)))
		add(calais.ValueCSP, "string", calais.CSP)
		add(calais.ValueKSP, "string", calais.KSP)
		add(calais.ValueInstalledBy, "string", calais.InstalledBy)
		for _, t := range calais.PINTexts() {
			add(t.Name, "string", t.Text)
		}
	}
	return list
}

func (p *product) write(w io.Writer, text string) error {
	t, err := template.New("").Funcs(template.FuncMap{"uuid": func(component string) string { return uuid("component " + component) }}).Parse(text)
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := t.Execute(&b, p); err != nil {
		return err
	}
	if i := strings.IndexFunc(b.String(), func(r rune) bool { return r > 0x7E }); i >= 0 {
		return fmt.Errorf("not ASCII: %.40q", b.String()[i:])
	}
	_, err = io.WriteString(w, b.String())
	return err
}
