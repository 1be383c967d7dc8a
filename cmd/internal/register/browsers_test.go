// SPDX-License-Identifier: Apache-2.0

package register

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each Chromium-like browser is found by its settings or its program, shares
// the one database, and keeps it from being changed while it runs.
func TestChromiumLikeBrowsers(t *testing.T) {
	found := map[string]bool{}
	for _, c := range chromiums {
		found[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			none := func(string) (string, error) { return "", exec.ErrNotFound }
			home := t.TempDir()
			w := &World{Home: HomeFrom(func(k string) string { return map[string]string{"HOME": home}[k] }), Module: "/x/tscns-pkcs11.so", LookPath: none}
			assert.Empty(t, w.ChromiumNames())
			for _, p := range c.programs {
				w.LookPath = func(name string) (string, error) {
					if name == p {
						return "/usr/bin/" + p, nil
					}
					return none(name)
				}
				assert.Equal(t, []string{c.name}, w.ChromiumNames(), p)
				w.LookPath = func(name string) (string, error) { return "/snap/bin/" + name, nil }
				assert.Empty(t, w.ChromiumNames(), "one in a Snap does not count")
			}
			w.LookPath = none
			settings := filepath.Join(home, ".config", c.config)
			require.NoError(t, os.MkdirAll(settings, 0o700))
			assert.Equal(t, []string{c.name}, w.ChromiumNames())
			db := w.Shared()[0]
			assert.Equal(t, filepath.Join(home, ".pki/nssdb"), db.Dir)
			assert.Equal(t, c.name, db.Program)
			_, running := w.Running(db)
			assert.False(t, running)
			host, err := os.Hostname()
			require.NoError(t, err)
			lock := filepath.Join(settings, "SingletonLock")
			require.NoError(t, os.Symlink(fmt.Sprintf("%s-%d", host, os.Getpid()), lock))
			name, running := w.Running(db)
			assert.True(t, running)
			assert.Equal(t, c.name, name)
			require.NoError(t, os.Remove(lock))
			require.NoError(t, os.Symlink(host+"-999999999", lock))
			_, running = w.Running(db)
			assert.False(t, running, "a lock that a crash left behind")
		})
	}
	for _, name := range []string{"Chromium", "Chrome", "Brave", "Edge"} {
		assert.True(t, found[name], name)
	}
}
