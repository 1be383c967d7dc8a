// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"sync"
)

// logBuffer keeps what a program prints and tells of every addition.
type logBuffer struct {
	mu    sync.Mutex
	text  bytes.Buffer
	added chan struct{}
}

func newLogBuffer() *logBuffer { return &logBuffer{added: make(chan struct{})} }

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.added)
	b.added = make(chan struct{})
	return b.text.Write(p)
}

// changed returns a channel that is closed at the next addition.
func (b *logBuffer) changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.added
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
