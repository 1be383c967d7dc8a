// SPDX-License-Identifier: Apache-2.0

package arch

import (
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	scard  = "github.com/ebfe/scard"
	miekg  = "github.com/miekg/pkcs11"
	export = "tscns/pkcs11export"
	pcsc   = "tscns/cardos/pcsc"
)

// pkg is what go list tells of a package. Imports are direct, Deps transitive.
type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
	CgoFiles   []string
	Standard   bool
}

func list(t *testing.T, args ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps,CgoFiles,Standard"}, args...)...)
	cmd.Dir = "../.."
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

// room is the folder below the top that a package of ours lives in, with the
// second level where the rules tell those apart.
func room(path string) string {
	path = strings.TrimPrefix(path, "tscns/")
	if sub, ok := strings.CutPrefix(path, "cmd/internal/"); ok {
		return "cmd/internal/" + strings.SplitN(sub, "/", 2)[0]
	}
	for _, r := range []string{"cardos/pcsc", "cardos/localfiles", "cardos", "module/ck", "module", "pkcs11export", "cmd/simcard", "cmd", "packaging", "simcard", "tests"} {
		if path == r || strings.HasPrefix(path, r+"/") {
			return r
		}
	}
	return path
}

// allowed lists, for each room, the rooms that it may import.
var allowed = map[string][]string{
	"module/ck":         {},
	"cardos":            {"cardos"},
	"cardos/pcsc":       {"cardos", "cardos/pcsc"},
	"module":            {"module", "module/ck", "cardos"},
	"cardos/localfiles": {},
	"pkcs11export":      {"pkcs11export", "module", "module/ck", "cardos", "cardos/pcsc", "cardos/localfiles"},
	"cmd": {"cardos", "cardos/pcsc", "cmd/internal/cardinfo", "cmd/internal/cards", "cmd/internal/console", "cmd/internal/doctor",
		"cmd/internal/exit", "cmd/internal/message", "cmd/internal/pin", "cmd/internal/register", "cmd/internal/report"},
	"cmd/internal/exit":     {},
	"cmd/internal/message":  {},
	"cmd/internal/console":  {"cmd/internal/message"},
	"cmd/internal/cards":    {"cardos", "cardos/localfiles", "cmd/internal/exit", "cmd/internal/message"},
	"cmd/internal/cardinfo": {"cardos", "cmd/internal/cards", "cmd/internal/message"},
	"cmd/internal/pin":      {"cardos", "cmd/internal/cards", "cmd/internal/exit", "cmd/internal/message"},
	"cmd/internal/register": {"cmd/internal/message", "packaging"},
	"cmd/internal/doctor":   {"cardos", "module", "module/ck", "cmd/internal/cards", "cmd/internal/message", "cmd/internal/register"},
	"cmd/internal/report":   {"cardos", "cmd/internal/cardinfo", "cmd/internal/cards", "cmd/internal/console", "cmd/internal/exit", "cmd/internal/message"},
	"packaging":             {},
	"cmd/simcard":           {"simcard"},
	"simcard":               {"simcard"},
	"simcard/pcscd":         {},
	"tests":                 {"tests", "simcard", "cardos", "cardos/pcsc", "module", "module/ck", "cardos/localfiles"},
}

func TestImportsPointDownward(t *testing.T) {
	for _, p := range list(t, "./...") {
		may, known := allowed[room(p.ImportPath)]
		require.True(t, known, "%s: a new room needs its rule here and in docs/architecture.md", p.ImportPath)
		for _, imp := range p.Imports {
			if strings.HasPrefix(imp, "tscns/") {
				require.Contains(t, may, room(imp), "%s imports %s", p.ImportPath, imp)
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

func TestOneImporterEach(t *testing.T) {
	for _, p := range list(t, "./...") {
		for _, imp := range p.Imports {
			switch {
			case imp == scard:
				require.Equal(t, pcsc, p.ImportPath, "scard has one importer")
			case imp == miekg:
				require.True(t, strings.HasPrefix(p.ImportPath, "tscns/tests/") || p.ImportPath == "tscns/cmd/tscns",
					"%s imports the PKCS#11 client", p.ImportPath)
			case imp == "C":
				require.Equal(t, export, p.ImportPath, "import \"C\" has one place")
			}
		}
		if len(p.CgoFiles) > 0 {
			require.Equal(t, export, p.ImportPath, "cgo has one place")
		}
	}
}

// The shipped library carries neither the client nor the simulator, and stays
// small: none of the packages that bring a network stack.
func TestLibraryDependencies(t *testing.T) {
	for _, p := range list(t, "./pkcs11export") {
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
		cmd := exec.Command("go", "vet", "./module/...", "./cardos", "./cardos/iso7816/...", "./cardos/certificate/...", "./cardos/pkcs1/...")
		cmd.Dir = "../.."
		cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0", "GOOS="+goos)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", goos, out)
	}
}
