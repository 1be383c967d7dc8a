// SPDX-License-Identifier: Apache-2.0

package secmem

import (
	"bytes"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBufferIsWipedAndGivenBack(t *testing.T) {
	b := Copy([]byte("1234567"))
	require.Equal(t, "1234567", string(b.Bytes()))
	kept := b.slot[:8]
	b.Free()
	require.Equal(t, make([]byte, 8), kept)
	require.Nil(t, b.Bytes())

	// A second Free must not give back what somebody else has by now.
	other := Copy([]byte("7654321"))
	require.Equal(t, &kept[0], &other.Bytes()[0], "the memory is used again")
	b.Free()
	require.Equal(t, "7654321", string(other.Bytes()))
	other.Free()

	var none *Buffer
	require.Nil(t, none.Bytes())
	none.Free()
}

func TestLongInputs(t *testing.T) {
	long := bytes.Repeat([]byte{'1'}, 3*Size)
	b := Copy(long)
	require.Len(t, b.Bytes(), Size, "cut, and still too long for a PIN")
	b.Free()
	b = New(3 * Size)
	kept := b.Bytes()
	copy(kept, long)
	b.Free()
	require.Equal(t, make([]byte, 3*Size), kept)
}

// No two buffers that are in use share memory.
func TestManyAtOnce(t *testing.T) {
	var wait sync.WaitGroup
	for i := range 64 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			want := bytes.Repeat([]byte{byte(i + 1)}, Size)
			for range 200 {
				b := Copy(want)
				if !bytes.Equal(b.Bytes(), want) {
					t.Error("shared memory")
				}
				b.Free()
			}
		}()
	}
	wait.Wait()
}
