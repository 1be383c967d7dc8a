// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// folder makes the files that an installer holds, with a text for contents.
func folder(t *testing.T, contents string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(contents+name), 0o600))
	}
	return dir
}

func TestVersion(t *testing.T) {
	for _, good := range []string{"0.1.0", "1.0.0", "255.255.65535"} {
		assert.NoError(t, checkVersion(good), good)
	}
	for _, bad := range []string{"", "dev", "1", "1.2", "1.2.3.4", "0.1.0-rc1", "1.2.3+x", "01.2.3", "256.0.0", "1.256.0", "1.2.65536",
		"1.2.99999999999999999999", "v1.2.3", "1.2.3\n"} {
		assert.Error(t, checkVersion(bad), "%q", bad)
	}
	require.ErrorContains(t, run(&bytes.Buffer{}, []string{"source", "0.1.0-rc1", "it", folder(t, "")}), "what is before a release has no installer")
}

// TestCodes: an installer with the same inside is the same to Windows, and any
// other is not, so that it replaces the one before; components stay the same for
// ever.
func TestCodes(t *testing.T) {
	one, other := folder(t, "one"), folder(t, "other")
	made := func(version, language, dir string) *product {
		p, err := newProduct(version, language, dir)
		require.NoError(t, err)
		return p
	}
	first := made("0.1.0", "it", one)
	require.Equal(t, first, made("0.1.0", "it", one))
	seen := map[string]bool{}
	for _, p := range []*product{first, made("0.1.0", "en", one), made("0.1.1", "it", one), made("0.1.0", "it", other)} {
		assert.Equal(t, upgradeCode, p.UpgradeCode)
		for _, code := range []string{p.ProductCode, p.PackageCode} {
			assert.Regexp(t, `^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$`, code)
			assert.False(t, seen[code], "twice")
			seen[code] = true
		}
	}
	assert.Equal(t, "AC1D8AC5-0877-8AEA-95EE-9003482CD041", uuid("component Minidriver"), "the component of every release")
	require.Error(t, run(&bytes.Buffer{}, []string{"source", "0.1.0", "fr", one}))
	require.NoError(t, os.Remove(filepath.Join(one, "tscns.exe")))
	require.Error(t, run(&bytes.Buffer{}, []string{"source", "0.1.0", "it", one}))
}

// TestTexts: Windows would read other characters than ASCII in the code page of
// the computer.
func TestTexts(t *testing.T) {
	for language := range languages {
		for _, kind := range []string{"source", "queries", "summary"} {
			var b bytes.Buffer
			require.NoError(t, run(&b, []string{kind, "0.1.0", language, folder(t, "")}))
			assert.NotRegexp(t, `[^\n -~]`, b.String(), "%s %s", language, kind)
			assert.NotContains(t, b.String(), "<no value>")
		}
	}
	p := &product{Text: text{Name: "perché"}}
	require.ErrorContains(t, p.write(&bytes.Buffer{}, "{{.Text.Name}}"), "not ASCII")
}

// TestSealRefuses: nothing is written into a file that does not have its two
// times where they are looked for.
func TestSealRefuses(t *testing.T) {
	set := append(make([]byte, formatAt), summaryFormat...)
	for name, file := range map[string][]byte{
		"nothing":     nil,
		"no summary":  bytes.Repeat([]byte{0xD0}, 4096),
		"at the end":  set,
		"twice":       bytes.Repeat(append(set, make([]byte, 512)...), 2),
		"no times":    append(set, make([]byte, 512)...),
		"far section": append(set, 0xF0, 0xFF, 0xFF, 0xFF),
	} {
		path := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(path, file, 0o600))
		assert.ErrorIs(t, seal(path, time.Unix(0, 0)), errSummary, name)
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(file, after), name)
	}
}
