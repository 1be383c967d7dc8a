// SPDX-License-Identifier: Apache-2.0

//go:build unix

package localfiles

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withConfig writes a system's and a user's file; "" for none.
func withConfig(t *testing.T, system, user string) func(string) string {
	t.Helper()
	dir := t.TempDir()
	before := systemConfig
	systemConfig = filepath.Join(dir, "etc", "tscns.conf")
	t.Cleanup(func() { systemConfig = before })
	write := func(path, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	if system != "" {
		write(systemConfig, system)
	}
	if user != "" {
		write(filepath.Join(dir, ".config", "tscns", "tscns.conf"), user)
	}
	return func(name string) string { return map[string]string{"HOME": dir}[name] }
}

func TestConfig(t *testing.T) {
	for _, c := range []struct {
		system, user string
		cache        bool
	}{
		{"", "", true},
		{"cache = off", "", false},
		{"", "cache=off", false},
		{"cache = off\n", "cache = on\n", true},
		{"cache = on", "# mine\n\n  Cache = OFF # not here\n", false},
		{"", "#cache = off", true},
		{"", "cache = perhaps\nnonsense\nother = off\n= off\n", true},
		{"", "cache = off\r\n", false},
		{"", strings.Repeat("x", maxConfig) + "\ncache = off\n", true},
		{"cache = off", "\x00\xff\xfe", false},
	} {
		assert.Equal(t, c.cache, ReadConfig(withConfig(t, c.system, c.user)).Cache, "%.40q %.40q", c.system, c.user)
	}
}

func TestConfigOfReads(t *testing.T) {
	for _, c := range []struct{ system, user, reads string }{
		{"", "", ""},
		{"reads = extended", "", "extended"},
		{"reads = extended", "Reads=SHORT # slow reader", "short"},
		{"", "reads", ""},
	} {
		assert.Equal(t, c.reads, ReadConfig(withConfig(t, c.system, c.user)).Reads, "%q %q", c.system, c.user)
	}
}

// A program with more rights than its caller takes nothing from the caller.
func TestConfigOfPrivilegedProgram(t *testing.T) {
	withConfig(t, "", "cache = off")
	assert.True(t, ReadConfig(nil).Cache)
	withConfig(t, "cache = off", "cache = on")
	assert.False(t, ReadConfig(nil).Cache)
}

func TestConfigPlace(t *testing.T) {
	env := map[string]string{"HOME": "/home/u"}
	get := func(name string) string { return env[name] }
	assert.Equal(t, []string{"/etc/tscns/tscns.conf", "/home/u/.config/tscns/tscns.conf"}, configPaths(get))
	env["XDG_CONFIG_HOME"] = "/x"
	assert.Equal(t, "/x/tscns/tscns.conf", configPaths(get)[1])
	env["XDG_CONFIG_HOME"] = "relative"
	assert.Equal(t, "/home/u/.config/tscns/tscns.conf", configPaths(get)[1], "the specification wants an absolute path")
	delete(env, "HOME")
	assert.Len(t, configPaths(get), 1)
}

// What is not a file that can be read says nothing, and nobody waits for it.
func TestConfigThatIsNoFile(t *testing.T) {
	getenv := withConfig(t, "", "")
	path := configPaths(getenv)[1]
	require.NoError(t, os.MkdirAll(path, 0o755))
	assert.True(t, ReadConfig(getenv).Cache, "a directory")
	require.NoError(t, os.Remove(path))
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	assert.True(t, ReadConfig(getenv).Cache, "a pipe that nobody writes to")
}
