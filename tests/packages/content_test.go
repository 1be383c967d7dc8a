// SPDX-License-Identifier: Apache-2.0

package packages

import (
	"bytes"
	"compress/gzip"
	"debug/elf"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

// places says where a format has what differs between systems.
type places struct{ lib, zsh string }

var formats = map[string]places{
	"deb:amd64":       {"/usr/lib/x86_64-linux-gnu/pkcs11", "/usr/share/zsh/vendor-completions"},
	"deb:arm64":       {"/usr/lib/aarch64-linux-gnu/pkcs11", "/usr/share/zsh/vendor-completions"},
	"rpm:amd64":       {"/usr/lib64/pkcs11", "/usr/share/zsh/site-functions"},
	"archlinux:amd64": {"/usr/lib/pkcs11", "/usr/share/zsh/site-functions"},
}

// wanted are the files that every package has, with their modes.
func (p places) wanted() map[string]string {
	return map[string]string{
		"/usr/bin/tscns": "-rwxr-xr-x",
		"/usr/share/p11-kit/modules/tscns.module":          "-rw-r--r--",
		"/usr/lib/mozilla/pkcs11-modules/tscns.json":       "-rw-r--r--",
		"/etc/xdg/autostart/tscns.desktop":                 "-rw-r--r--",
		"/usr/share/applications/tscns-window.desktop":     "-rw-r--r--",
		"/usr/share/icons/hicolor/scalable/apps/tscns.svg": "-rw-r--r--",
		"/usr/share/bash-completion/completions/tscns":     "-rw-r--r--",
		"/usr/share/fish/vendor_completions.d/tscns.fish":  "-rw-r--r--",
		p.zsh + "/_tscns":                              "-rw-r--r--",
		"/usr/share/man/man1/tscns.1.gz":               "-rw-r--r--",
		"/usr/share/man/it/man1/tscns.1.gz":            "-rw-r--r--",
		"/usr/share/man/man8/tscns-pkcs11.8.gz":        "-rw-r--r--",
		"/usr/share/doc/tscns/examples/policies.json":  "-rw-r--r--",
		"/usr/share/tscns/openssl/engine.cnf":          "-rw-r--r--",
		"/usr/share/tscns/openssl/provider.cnf":        "-rw-r--r--",
		"/usr/lib/systemd/user/tscns-p11-kit.socket":   "-rw-r--r--",
		"/usr/lib/systemd/user/tscns-p11-kit@.service": "-rw-r--r--",
		p.lib + "/tscns-pkcs11.so":                     "", // each format has its own custom
	}
}

// unpack extracts a package into a folder: every format through libarchive.
func unpack(t *testing.T, name string) string {
	t.Helper()
	path, dir := file(t, name), t.TempDir()
	if strings.HasPrefix(name, "deb") {
		run(t, kit.Need(t, "dpkg", "dpkg-deb"), "-x", path, dir)
	} else {
		run(t, kit.Need(t, "libarchive-tools", "bsdtar"), "-xf", path, "-C", dir)
	}
	return dir
}

func eachPackage(t *testing.T, test func(t *testing.T, name string, p places)) {
	for name, p := range formats {
		t.Run(name, func(t *testing.T) { test(t, name, p) })
	}
}

func TestContents(t *testing.T) {
	here, err := filepath.Abs("../..")
	require.NoError(t, err)
	eachPackage(t, func(t *testing.T, name string, p places) {
		dir := unpack(t, name)
		for path, mode := range p.wanted() {
			info, err := os.Stat(dir + path)
			if assert.NoError(t, err) && mode != "" {
				assert.Equal(t, mode, info.Mode().String(), path)
			}
		}
		for _, path := range []string{"/usr/share/doc/tscns/examples/policies.json", "/usr/share/tscns/openssl/engine.cnf", "/usr/share/tscns/openssl/provider.cnf", "/usr/lib/mozilla/pkcs11-modules/tscns.json"} {
			assert.Contains(t, content(t, dir+path), p.lib+"/tscns-pkcs11.so", path)
		}
		for installed, source := range map[string]string{
			"/usr/share/man/man1/tscns.1.gz": "tscns.1", "/usr/share/man/it/man1/tscns.1.gz": "it/tscns.1"} {
			assert.Equal(t, content(t, "../../docs/man/"+source), gunzip(t, dir+installed))
		}
		assert.Contains(t, strings.ReplaceAll(gunzip(t, dir+"/usr/share/man/man8/tscns-pkcs11.8.gz"), `\-`, "-"), p.lib+"/tscns-pkcs11.so")
		assert.Contains(t, content(t, dir+"/usr/share/bash-completion/completions/tscns"), "__start_tscns")
		pages(t, dir, p)
		binaries(t, dir, name, p, here)
		notices(t, dir)
		entry(t, content(t, dir+"/etc/xdg/autostart/tscns.desktop"), "Exec=/usr/bin/tscns register --once", "NoDisplay=true")
		entry(t, content(t, dir+"/usr/share/applications/tscns-window.desktop"), "Exec=/usr/bin/tscns window", "Icon=tscns", "Categories=Utility;")
		_, err := os.Stat(dir + "/etc/chromium.d/tscns")
		assert.Equal(t, strings.HasPrefix(name, "deb"), err == nil, "Debian's Chromium alone reads that folder")
	})
}

// relative is a link of a page to another file.
var relative = regexp.MustCompile(`\]\(([^):#]+)(#[^)]*)?\)`)

// pages: a package has all that people read, and every link among it leads to
// a file that is there.
func pages(t *testing.T, dir string, p places) {
	doc := dir + "/usr/share/doc/tscns"
	count := 0
	require.NoError(t, filepath.WalkDir("../../docs", func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.Name() == "man" {
			return fs.SkipDir
		}
		installed := filepath.Join(doc, strings.TrimPrefix(path, "../../"))
		info, err := os.Stat(installed)
		if !assert.NoError(t, err) || entry.IsDir() {
			return nil
		}
		assert.Equal(t, "-rw-r--r--", info.Mode().String(), installed)
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text := content(t, installed)
		assert.Equal(t, strings.ReplaceAll(content(t, path), formats["deb:amd64"].lib, p.lib), text)
		for _, link := range relative.FindAllStringSubmatch(text, -1) {
			assert.FileExists(t, filepath.Join(filepath.Dir(installed), link[1]), path)
			count++
		}
		return nil
	}))
	assert.Greater(t, count, 50, "links")
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

func gunzip(t *testing.T, path string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(content(t, path)))
	require.NoError(t, err)
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(b)
}

// binaries: for the right processor, stripped, with no more libraries than
// were said, and with no path of the machine that built them.
func binaries(t *testing.T, dir, name string, p places, here string) {
	machine := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[strings.Split(name, ":")[1]]
	home, err := os.UserHomeDir()
	require.NoError(t, err)
	for path, libraries := range map[string][]string{
		p.lib + "/tscns-pkcs11.so": {"libc.so.6"},
		"/usr/bin/tscns":           {"libc.so.6", "libpcsclite.so.1"},
	} {
		text := content(t, dir+path)
		f, err := elf.NewFile(strings.NewReader(text))
		require.NoError(t, err)
		assert.Equal(t, machine, f.Machine, path)
		assert.Equal(t, elf.ET_DYN, f.Type, "%s: position independent", path)
		_, err = kit.Hardening(dir + path)
		assert.NoError(t, err)
		assert.Nil(t, f.Section(".symtab"), path)
		assert.NotNil(t, f.Section(".note.gnu.build-id"), path)
		got, err := f.ImportedLibraries()
		require.NoError(t, err)
		for _, library := range got {
			// The loader itself is named where there is thread-local storage (arm64).
			assert.True(t, slices.Contains(libraries, library) || strings.HasPrefix(library, "ld-linux"), "%s wants %s", path, library)
		}
		// NotContains would print the whole binary.
		named := strings.Contains(text, here+"/")
		assert.False(t, named, "%s names the folder it was built in", path)
		assert.False(t, home != "/" && strings.Contains(text, home+"/go/pkg"), path)
	}
}

// notices: who wrote what the binaries hold.
func notices(t *testing.T, dir string) {
	path := dir + "/usr/share/doc/tscns/copyright"
	if _, err := os.Stat(path); err != nil {
		path = dir + "/usr/share/licenses/tscns/NOTICES"
		assert.Contains(t, content(t, dir+"/usr/share/licenses/tscns/LICENSE"), "Apache License")
	}
	text := content(t, path)
	for _, part := range []string{"== github.com/ebfe/scard ", "== github.com/leonelquinteros/gotext ", "== github.com/spf13/cobra ", "== github.com/spf13/pflag ",
		"== golang.org/x/sys ", "== golang.org/x/term ", "== The Go programming language", "Redistribution and use in source and binary forms"} {
		assert.Contains(t, text, part)
	}
	assert.NotContains(t, text, "testify", "no part of what is shipped")
}

// entry checks an entry as the Desktop Entry Specification has it.
func entry(t *testing.T, text string, lines ...string) {
	assert.True(t, strings.HasPrefix(text, "[Desktop Entry]\n"))
	for _, line := range append(lines, "Type=Application", "TryExec=/usr/bin/tscns", "Terminal=false") {
		assert.Contains(t, text, line+"\n")
	}
}

// What a desktop shows of an entry is in every language of the commands.
func TestDesktopEntriesAreTranslated(t *testing.T) {
	entries, err := filepath.Glob("../../packaging/xdg/*.desktop")
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	catalogues, err := filepath.Glob("../../cmd/internal/message/po/*.po")
	require.NoError(t, err)
	require.Len(t, catalogues, 2)
	for _, path := range entries {
		text := content(t, path)
		for _, key := range regexp.MustCompile(`(?m)^(Name|GenericName|Comment|Keywords)=`).FindAllStringSubmatch(text, -1) {
			for _, po := range catalogues {
				language := strings.TrimSuffix(filepath.Base(po), ".po")
				assert.Regexp(t, `(?m)^`+key[1]+`\[`+language+`\]=\S`, text, path)
			}
		}
	}
}

// The manifest is one that Firefox takes: see the reference of native
// manifests on MDN for its members.
func TestFirefoxManifest(t *testing.T) {
	var m struct {
		Name, Description, Type, Path string
		Extensions                    []string `json:"allowed_extensions"`
	}
	d := json.NewDecoder(bytes.NewReader([]byte(content(t, "../../packaging/firefox/tscns.json"))))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&m))
	assert.Regexp(t, `^\w+(\.\w+)*$`, m.Name)
	assert.Equal(t, "pkcs11", m.Type)
	assert.NotEmpty(t, m.Description)
	assert.Equal(t, "/usr/lib/x86_64-linux-gnu/pkcs11/tscns-pkcs11.so", m.Path)
	require.NotEmpty(t, m.Extensions)
	for _, id := range m.Extensions {
		assert.Regexp(t, `^[a-z0-9-._]*@[a-z0-9-._]+$`, id)
	}
}
