// SPDX-License-Identifier: Apache-2.0

package localfiles

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

func nameOf(n int) string { return fmt.Sprintf("%064x", n) }

func TestCacheInMemory(t *testing.T) {
	for _, dir := range []string{"", "relative", "/does/not/exist"} {
		c := NewCache(dir)
		assert.Empty(t, c.Load())
		c.Save(nameOf(1), []byte("one"))
		c.Save(nameOf(2), []byte("two"))
		c.Save(nameOf(1), []byte("one again"))
		assert.Equal(t, [][]byte{[]byte("one again"), []byte("two")}, c.Load())
		c.Load()[0][0] = 'X'
		assert.Equal(t, "one again", string(c.Load()[0]), "what it gives away is a copy")
		c.Save(nameOf(1), nil)
		assert.Equal(t, [][]byte{[]byte("two")}, c.Load())
		for n := range 40 {
			c.Save(nameOf(n), []byte{byte(n)})
		}
		assert.Len(t, c.Load(), maxCards)
		assert.Equal(t, []byte{39}, c.Load()[0])
		assert.Empty(t, NewCache(dir).Load(), "nothing was left anywhere")
	}
}

func TestCacheRefusesNames(t *testing.T) {
	c := NewCache("")
	for _, name := range []string{"", "..", "../" + nameOf(1)[3:], strings.Repeat("A", 64), nameOf(1) + "0", "/" + nameOf(1)[1:]} {
		c.Save(name, []byte("x"))
	}
	c.Save(nameOf(1), make([]byte, maxCard+1))
	assert.Empty(t, c.Load())
}

func TestCacheFromManyGoroutines(t *testing.T) {
	c := NewCache(runtimeDir(t))
	var all sync.WaitGroup
	for n := range 8 {
		all.Add(1)
		go func() {
			defer all.Done()
			for i := range 20 {
				c.Save(nameOf(n), []byte(fmt.Sprintf("%d %d", n, i)))
				c.Load()
			}
		}()
	}
	all.Wait()
	assert.Len(t, c.Load(), 8)
}
