// SPDX-License-Identifier: Apache-2.0

package cards

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
)

func TestCacheCanBeOff(t *testing.T) {
	home := t.TempDir()
	env := map[string]string{"HOME": home, "XDG_RUNTIME_DIR": "/nonexistent"}
	getenv := func(name string) string { return env[name] }
	assert.NotNil(t, Options(getenv).Store)
	require.NoError(t, os.MkdirAll(filepath.Join(home, ".config", "tscns"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(home, ".config", "tscns", "tscns.conf"), []byte("cache = off\nreads = short\n"), 0o600))
	for _, o := range []cardos.Options{Options(getenv), Fresh(Options(getenv))} {
		assert.NotNil(t, o.PINRecords, "what came of PINs is no cache")
		assert.NotNil(t, o.Logins, "nor is who is logged in")
		o.PINRecords, o.Logins = nil, nil
		assert.Equal(t, cardos.Options{Reads: cardos.ReadsShort}, o)
	}
}
