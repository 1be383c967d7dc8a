// SPDX-License-Identifier: Apache-2.0

package localfiles

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Where there is no directory the records are those of one program.
func TestPINRecordsInMemory(t *testing.T) {
	for _, dir := range []string{"", "relative", "/does/not/exist"} {
		p := NewPINRecords(dir)
		assert.Nil(t, p.Load(nameOf(1)))
		p.Save(nameOf(1), []byte("one"))
		p.Load(nameOf(1))[0] = 'X'
		assert.Equal(t, "one", string(p.Load(nameOf(1))))
		assert.Nil(t, p.Load(nameOf(2)))
		assert.Nil(t, NewPINRecords(dir).Load(nameOf(1)), "nothing was left anywhere")
		p.Save(nameOf(1), nil)
		assert.Nil(t, p.Load(nameOf(1)))
		p.Save("../"+nameOf(1)[3:], []byte("x"))
		assert.Nil(t, p.Load("../"+nameOf(1)[3:]))
	}
}

// One program reads what another has kept, on disk too, and the cache is not in
// its way.
func TestPINRecordsOfOtherPrograms(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o700))
	p := NewPINRecords(dir)
	p.Save(nameOf(1), []byte("one"))
	assert.Equal(t, "one", string(NewPINRecords(dir).Load(nameOf(1))))
	NewPINRecords(dir).Save(nameOf(1), []byte("two"))
	assert.Equal(t, "two", string(p.Load(nameOf(1))))
	assert.Empty(t, NewCache(dir).Load())
	require.NoError(t, os.RemoveAll(dir))
	assert.Equal(t, "one", string(p.Load(nameOf(1))), "what this program knows, it goes on knowing")
}
