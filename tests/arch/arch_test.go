// SPDX-License-Identifier: Apache-2.0

package arch

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	scard   = "github.com/ebfe/scard"
	miekg   = "github.com/miekg/pkcs11"
	export  = "tscns/pkcs11export"
	library = "tscns/pkcs11export/tscns-pkcs11"
	driver  = "tscns/minidriver/tscns-minidriver" // for Windows alone
	pcsc    = "tscns/cardos/pcsc"
)

// pkg is what go list tells of a package. Imports are direct, Deps transitive.
type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
	CgoFiles   []string
	Standard   bool
}

func list(t *testing.T, args ...string) []pkg { return listFor(t, runtime.GOOS, args...) }

// listFor lists with the files of another system, those with C among them.
func listFor(t *testing.T, goos string, args ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps,CgoFiles,Standard"}, args...)...)
	cmd.Dir = "../.."
	cmd.Env = append(cmd.Environ(), "GOOS="+goos, "CGO_ENABLED=1")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	var pkgs []pkg
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		err := dec.Decode(&p)
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		pkgs = append(pkgs, p)
	}
	require.NotEmpty(t, pkgs)
	return pkgs
}

// layer is the folder below the top that a package of ours lives in, with the
// second level where the rules tell those apart.
func layer(path string) string {
	path = strings.TrimPrefix(path, "tscns/")
	if sub, ok := strings.CutPrefix(path, "cmd/internal/"); ok {
		return "cmd/internal/" + strings.SplitN(sub, "/", 2)[0]
	}
	for _, r := range []string{"cardos/pcsc", "cardos/winscard", "cardos/localfiles", "cardos/profile", "cardos/layout/cns", "cardos/layout/apps", "cardos/layout/secop",
		"cardos/layout", "cardos/store", "cardos/certificate", "cardos/iso7816", "cardos/pkcs1", "cardos/secmem", "cardos/hostmemory", "cardos", "module/ck", "module", "pkcs11export/tscns-pkcs11", "pkcs11export", "minidriver/tscns-minidriver", "minidriver", "cmd/simcard", "cmd", "packaging", "include", "simcard", "tests/doubles", "tests"} {
		if path == r || strings.HasPrefix(path, r+"/") {
			return r
		}
	}
	return path
}

// ground are the packages of the card layer that import no other of it, but
// for secmem; aCard is what code that uses a card sees of that layer.
var (
	ground = []string{"cardos/store", "cardos/certificate", "cardos/iso7816", "cardos/pkcs1", "cardos/secmem"}
	aCard  = []string{"cardos", "cardos/certificate", "cardos/iso7816", "cardos/secmem"}
)

// allowed lists, for each layer, the layers that it may import. A layout imports
// no other layout, and cardos none at all.
var allowed = map[string][]string{
	"module/ck":           {},
	"cardos/store":        {},
	"cardos/certificate":  {},
	"cardos/pkcs1":        {},
	"cardos/secmem":       {},
	"cardos/iso7816":      {"cardos/secmem"},
	"cardos":              ground,
	"cardos/layout/secop": {"cardos", "cardos/iso7816"},
	"cardos/layout/cns":   {"cardos", "cardos/certificate", "cardos/iso7816", "cardos/store", "cardos/layout/secop"},
	"cardos/layout/apps":  {"cardos", "cardos/certificate", "cardos/iso7816", "cardos/store", "cardos/layout/secop"},
	"cardos/layout": {"cardos", "cardos/certificate", "cardos/iso7816", "cardos/store",
		"cardos/layout/cns", "cardos/layout/apps", "cardos/layout/secop"},
	"cardos/profile":              {"cardos", "cardos/layout", "cardos/layout/cns", "cardos/layout/apps", "cardos/layout/secop"},
	"cardos/pcsc":                 {"cardos", "cardos/pcsc", "cardos/iso7816"},
	"cardos/winscard":             {"cardos"},
	"module":                      slices.Concat([]string{"module", "module/ck", "cardos/pkcs1"}, aCard),
	"cardos/localfiles":           {},
	"cardos/hostmemory":           {},
	"pkcs11export":                slices.Concat(aCard, []string{"pkcs11export", "cardos/hostmemory", "module", "module/ck", "cardos/profile", "cardos/localfiles"}),
	"pkcs11export/tscns-pkcs11":   {"pkcs11export", "module", "cardos", "cardos/pcsc"},
	"minidriver":                  {"cardos", "cardos/pkcs1", "cardos/secmem"},
	"minidriver/tscns-minidriver": {"minidriver", "cardos/hostmemory", "cardos", "cardos/secmem", "cardos/winscard", "cardos/profile", "cardos/localfiles"},
	"cmd": slices.Concat(aCard, []string{"cardos/pcsc", "cardos/localfiles", "cmd/internal/cardinfo", "cmd/internal/cards", "cmd/internal/console", "cmd/internal/doctor",
		"cmd/internal/exit", "cmd/internal/finding", "cmd/internal/judgement", "cmd/internal/message", "cmd/internal/pin", "cmd/internal/pinflow", "cmd/internal/register", "cmd/internal/report", "cmd/internal/revocation", "cmd/internal/site", "cmd/internal/userfile", "cmd/internal/window", "cmd/internal/windows"}),
	"cmd/internal/userfile":   {},
	"cmd/internal/windows":    {"cmd/internal/windows", "packaging"},
	"cmd/internal/exit":       {},
	"cmd/internal/message":    {},
	"cmd/internal/finding":    {"cmd/internal/message", "cmd/internal/userfile"},
	"cmd/internal/judgement":  {"cardos", "cardos/certificate", "cmd/internal/finding", "cmd/internal/message"},
	"cmd/internal/revocation": {"cmd/internal/finding", "cmd/internal/message"},
	"cmd/internal/site":       {"cmd/internal/console", "cmd/internal/finding", "cmd/internal/message"},
	"cmd/internal/console":    {"cardos/secmem", "cmd/internal/message"},
	"cmd/internal/cards":      {"cardos", "cardos/profile", "cardos/localfiles", "cmd/internal/exit", "cmd/internal/finding", "cmd/internal/message"},
	"cmd/internal/cardinfo":   slices.Concat(aCard, []string{"cmd/internal/cards", "cmd/internal/finding", "cmd/internal/judgement", "cmd/internal/message", "cmd/internal/revocation"}),
	"cmd/internal/pin":        slices.Concat(aCard, []string{"cmd/internal/cards", "cmd/internal/exit", "cmd/internal/message"}),
	"cmd/internal/pinflow":    slices.Concat(aCard, []string{"cmd/internal/cards", "cmd/internal/exit", "cmd/internal/message", "cmd/internal/pin"}),
	"cmd/internal/register":   {"cmd/internal/finding", "cmd/internal/message", "cmd/internal/userfile", "cmd/internal/windows", "packaging"},
	"cmd/internal/doctor":     slices.Concat(aCard, []string{"cardos/iso7816", "cardos/profile", "module", "module/ck", "cmd/internal/cards", "cmd/internal/finding", "cmd/internal/judgement", "cmd/internal/message", "cmd/internal/register", "cmd/internal/revocation", "cmd/internal/site", "cmd/internal/userfile", "cmd/internal/windows", "packaging"}),
	"cmd/internal/report":     slices.Concat(aCard, []string{"cardos/iso7816", "cmd/internal/cards", "cmd/internal/console", "cmd/internal/exit", "cmd/internal/finding", "cmd/internal/judgement", "cmd/internal/message", "cmd/internal/pin"}),
	"cmd/internal/window":     slices.Concat(aCard, []string{"cmd/internal/cardinfo", "cmd/internal/cards", "cmd/internal/exit", "cmd/internal/finding", "cmd/internal/message", "cmd/internal/pin", "cmd/internal/pinflow"}),
	"include":                 {},
	"packaging":               {"packaging"},
	"cmd/simcard":             {"simcard"},
	"simcard":                 {"simcard"},
	"tests/doubles":           {"pkcs11export", "tests", "simcard", "cardos", "module", "module/ck"},
	"tests":                   slices.Concat(aCard, []string{"tests", "simcard", "cardos/profile", "cardos/pkcs1", "cardos/pcsc", "module", "module/ck", "cardos/localfiles"}),
}

func TestImportsPointDownward(t *testing.T) {
	for _, p := range everything(t) {
		may, known := allowed[layer(p.ImportPath)]
		require.True(t, known, "%s: a new layer needs its rule here and in docs/architecture.md", p.ImportPath)
		for _, imp := range p.Imports {
			if strings.HasPrefix(imp, "tscns/") {
				require.Contains(t, may, layer(imp), "%s imports %s", p.ImportPath, imp)
			}
		}
	}
}

func TestOnlyCmdSimcardUsesTheSimulatedCard(t *testing.T) {
	for _, p := range list(t, "./cmd/...") {
		for _, dep := range p.Deps {
			require.NotContains(t, dep, "tscns/tests/", "%s is shipped", p.ImportPath)
			if p.ImportPath != "tscns/cmd/simcard" {
				require.NotContains(t, dep, "tscns/simcard", "%s", p.ImportPath)
			}
		}
	}
}

func TestSimulatedCardImportsNoDriverCode(t *testing.T) {
	for _, p := range list(t, "./simcard/...") {
		for _, dep := range p.Deps {
			require.False(t, strings.HasPrefix(dep, "tscns/cardos") || strings.HasPrefix(dep, "tscns/module"),
				"%s depends on %s", p.ImportPath, dep)
		}
	}
}

// Profiles are chosen by those who open cards: neither the card layer nor
// PKCS #11 knows a generation or a layout.
func TestNobodyKnowsALayout(t *testing.T) {
	for _, p := range list(t, "./cardos", "./module/...", "./minidriver") {
		for _, dep := range p.Deps {
			require.False(t, strings.HasPrefix(dep, "tscns/cardos/layout") || dep == "tscns/cardos/profile",
				"%s depends on %s", p.ImportPath, dep)
		}
	}
}

// maxSeam is how many product files beside its own a layout over several
// applications may be named in: its profile, and two of package apps.
const maxSeam = 3

// The layout of IAS-ECC cards builds on package apps by its exported methods
// alone, so that the next such layout needs a profile and nothing else.
func TestLayoutTouchesFewFiles(t *testing.T) {
	var named []string
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		path = strings.TrimPrefix(filepath.ToSlash(path), "../../")
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if slices.Contains([]string{".git", "dist", "simcard", "tests", "cardos/layout/iasecc"}, path) {
				return filepath.SkipDir
			}
		case slices.Contains([]string{".go", ".c", ".h"}, filepath.Ext(path)) && !strings.HasSuffix(path, "_test.go"):
			text, err := os.ReadFile(filepath.Join("../..", path))
			if err != nil {
				return err
			}
			if strings.Contains(string(text), "iasecc") {
				named = append(named, path)
			}
		}
		return nil
	})
	require.NoError(t, err)
	require.Contains(t, named, "cardos/profile/actalis2025.go")
	require.LessOrEqual(t, len(named), maxSeam, "%v", named)
}

// withC are the two C interfaces, and what adds to the first.
var withC = []string{export, library, driver}

// everything lists the packages of this system, and those of Windows alone.
func everything(t *testing.T) []pkg {
	t.Helper()
	return append(list(t, "./..."), listFor(t, "windows", "./minidriver/...", "./cardos/...")...)
}

func TestOneImporterEach(t *testing.T) {
	for _, p := range everything(t) {
		for _, imp := range p.Imports {
			switch imp {
			case scard:
				require.Equal(t, pcsc, p.ImportPath, "scard has one importer")
			case miekg:
				require.True(t, strings.HasPrefix(p.ImportPath, "tscns/tests/") || p.ImportPath == "tscns/cmd/tscns",
					"%s imports the PKCS#11 client", p.ImportPath)
			case "C":
				require.Contains(t, withC, p.ImportPath, "import \"C\" is where a C interface is")
			}
		}
		if len(p.CgoFiles) > 0 {
			require.Contains(t, withC, p.ImportPath, "cgo is where a C interface is")
		}
	}
}

// The shipped libraries carry neither the client nor the simulator, and stay
// small: none of the packages that bring a network stack. The minidriver has no
// PKCS #11 in it.
func TestLibraryDependencies(t *testing.T) {
	for _, p := range listFor(t, "windows", driver) {
		for _, dep := range p.Deps {
			host, _, _ := strings.Cut(dep, "/")
			require.NotContains(t, host, ".", "%s: a package from elsewhere", dep)
			require.False(t, strings.HasPrefix(dep, "tscns/module") || strings.HasPrefix(dep, "tscns/pkcs11export") ||
				strings.HasPrefix(dep, "tscns/tests/") || strings.HasPrefix(dep, "tscns/simcard"), "%s", dep)
			require.NotContains(t, []string{"net", "net/http", "crypto/tls", "crypto/x509", "log/slog"}, dep)
		}
	}
	for _, p := range list(t, library) {
		for _, dep := range p.Deps {
			require.NotEqual(t, miekg, dep)
			require.NotContains(t, dep, "github.com/spf13/", "the command's libraries stay out")
			require.NotContains(t, dep, "golang.org/x/")
			require.NotContains(t, dep, "tscns/tests/")
			require.NotContains(t, dep, "tscns/simcard")
			require.NotContains(t, []string{"net", "net/http", "crypto/tls", "crypto/x509", "log/slog"}, dep)
		}
	}
}

// What is meant to be pure Go builds without a C compiler, for every system.
func TestPureLayersNeedNoC(t *testing.T) {
	for _, goos := range []string{"linux", "darwin", "windows"} {
		cmd := exec.Command("go", "vet", "./module/...", "./minidriver", "./cardos", "./cardos/winscard", "./cardos/layout/...", "./cardos/profile", "./cardos/store",
			"./cardos/iso7816/...", "./cardos/certificate/...", "./cardos/pkcs1/...")
		cmd.Dir = "../.."
		cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0", "GOOS="+goos)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", goos, out)
	}
}

// A certificate is parsed where it is read from a card, and where it is read
// from a record of that card: once in a process. Everybody else gets what was
// parsed; tscns report alone looks into what it has recorded, to mask it.
func TestCertificatesAreParsedOnce(t *testing.T) {
	var parse []string
	for _, dir := range []string{"cardos", "module", "cmd", "pkcs11export"} {
		err := filepath.WalkDir(filepath.Join("..", "..", dir), func(name string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			b, err := os.ReadFile(name)
			for range strings.Count(string(b), "certificate.Parse(") {
				parse = append(parse, strings.TrimPrefix(filepath.ToSlash(name), "../../"))
			}
			return err
		})
		require.NoError(t, err)
	}
	require.Equal(t, []string{"cardos/certfile.go", "cardos/known.go", "cmd/internal/report/certificate.go"}, parse)
}

// maxNamingRSA is how many files outside rsa* may name RSA: the choice of a
// key's kind, the field of a mechanism, and the C structures of parameters.
const maxNamingRSA = 5

// A key is used through an interface, so that another kind of key is a file of
// its own and no change of the others. The same from a shell, less the comment
// lines that generators write:
//
//	ls module/*.go pkcs11export/*.[gch]* | grep -v -e _test.go -e /rsa | xargs grep -lE '\b_?rsa|RSA'
func TestFewFilesNameRSA(t *testing.T) {
	names := regexp.MustCompile(`\b_?rsa|RSA`)
	var found []string
	for _, dir := range []string{"module", "pkcs11export"} {
		files, err := filepath.Glob("../../" + dir + "/*.[gch]*")
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			base := filepath.Base(file)
			if strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "rsa") {
				continue
			}
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			if names.Match(text) && !regexp.MustCompile(`(?m)^(//|/\*) Code generated .* DO NOT EDIT`).Match(text) {
				found = append(found, dir+"/"+base)
			}
		}
	}
	t.Logf("%d files outside rsa* name RSA: %v", len(found), found)
	require.LessOrEqual(t, len(found), maxNamingRSA, "%v", found)
}

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
	"cmd/internal/window":  {"os.Open", "os.Remove", "os.Chmod"},        // the kernel's tables of connections; the socket of a second start
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
