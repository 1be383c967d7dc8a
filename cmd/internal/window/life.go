// SPDX-License-Identifier: Apache-2.0

package window

import (
	"sync"
	"time"
)

// How long the program runs on without a page, and without a request.
const (
	withoutPage    = 30 * time.Second
	withoutRequest = 30 * time.Minute
)

// life ends a server that nobody uses any more: a page that is open keeps a
// stream of events.
type life struct {
	mu       sync.Mutex
	pages    int
	left     time.Time // when the last page went, or the next is given up
	asked    time.Time // when the last request came
	noPage   time.Duration
	noAsking time.Duration
}

func newLife() *life {
	return &life{left: time.Now(), asked: time.Now(), noPage: withoutPage, noAsking: withoutRequest}
}

func (l *life) request() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = time.Now()
}

// expect gives a page that is being opened the time to appear.
func (l *life) expect() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked, l.left = time.Now(), time.Now().Add(tokenLife)
}

// page counts a page that is open until gone is called.
func (l *life) page() (gone func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pages++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.pages--
		l.left = time.Now()
	}
}

// over reports whether nobody uses the server any more.
func (l *life) over(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pages == 0 && now.Sub(l.left) > l.noPage || now.Sub(l.asked) > l.noAsking
}
