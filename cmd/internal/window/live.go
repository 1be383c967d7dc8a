// SPDX-License-Identifier: Apache-2.0

package window

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"tscns/cardos"
	"tscns/cmd/internal/cardinfo"
)

// How the readers are watched.
const (
	waitSlice  = 30 * time.Second // one wait for a change
	waitAgain  = 2 * time.Second  // before the service, or a card in use, is tried again
	beat       = 15 * time.Second // between signs of life on a stream of events
	writeLimit = 5 * time.Second
)

// live is what pages are told while they are open. Each number goes up: news with
// anything that a page of the card shows, changes with readers and cards that
// come or go.
type live struct {
	mu            sync.Mutex
	news, changes int
	changed       chan struct{} // closed at the next of either
	page          int           // the number of the page that was opened last
	reading       *reading      // of the cards that are there, nil for none yet
}

// reading is the state of all readers, once done is closed.
type reading struct {
	done   chan struct{}
	status *cardinfo.Status
}

func newLive() *live { return &live{changed: make(chan struct{})} }

// tell lets the pages know that something changed.
func (l *live) tell(cards bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.news++
	if cards {
		l.changes++
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *live) numbers() (news, changes int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.news, l.changes
}

// watch waits for readers and cards to come and go until the server ends.
func (s *Server) watch() {
	var known []cardos.ReaderState
	broken, begun := false, false
	for {
		t, err := s.Connect()
		if err == nil {
			stop := make(chan struct{})
			go func() {
				select {
				case <-s.done:
				case <-stop:
				}
				t.Close() // a wait returns
			}()
			for err == nil {
				var now []cardos.ReaderState
				if now, err = t.Wait(known, s.slice()); err != nil {
					break
				}
				if !begun || broken || !sameReaders(now, known) {
					s.changed(!sameReaders(now, known) || broken)
				} else if s.inUse() {
					s.changed(false)
				}
				known, broken, begun = now, false, true
			}
			close(stop)
		}
		if !broken {
			s.changed(true)
		}
		known, broken, begun = nil, true, true
		select {
		case <-s.done:
			return
		case <-time.After(waitAgain):
		}
	}
}

// slice is how long to wait for a change: less where a card is in use, which no
// change will tell the end of.
func (s *Server) slice() time.Duration {
	if s.inUse() {
		return waitAgain
	}
	return waitSlice
}

func sameReaders(a, b []cardos.ReaderState) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || a[i].Present != b[i].Present || a[i].Mute != b[i].Mute || a[i].Events != b[i].Events {
			return false
		}
	}
	return true
}

// changed has the cards read again. Where cards came or went, no form that is
// open belongs to a card any more.
func (s *Server) changed(cards bool) {
	if cards {
		s.operations.clear()
	}
	s.live.mu.Lock()
	s.live.reading = nil
	s.live.mu.Unlock()
	s.live.tell(cards)
	s.status()
}

// status returns what is known of the cards, and has them read where that was not
// done since the last change. Names are masked. It does not wait.
func (s *Server) status() *reading {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	if r := s.live.reading; r != nil {
		return r
	}
	r := &reading{done: make(chan struct{})}
	s.live.reading = r
	go func() {
		s.card.Lock()
		r.status = cardinfo.ReadAll(s.Connect, s.Cards, s.Version, false)
		s.card.Unlock()
		close(r.done)
		s.live.tell(false)
	}()
	return r
}

// within returns the status, nil where it takes longer.
func (r *reading) within(d time.Duration) *cardinfo.Status {
	select {
	case <-r.done:
		return r.status
	case <-time.After(d):
		return nil
	}
}

// inUse reports whether another program holds a card, as far as is known.
func (s *Server) inUse() bool {
	s.live.mu.Lock()
	r := s.live.reading
	s.live.mu.Unlock()
	if r == nil {
		return false
	}
	select {
	case <-r.done:
	default:
		return false
	}
	for _, reader := range r.status.Readers {
		if reader.State == cardinfo.StateInUse {
			return true
		}
	}
	return false
}

// events is a stream of the numbers of [live] for the page that was opened last
// (HTML, Server-sent events). A browser has few connections to a server, so that
// the others are told that they are not the last.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	defer s.life.page()()
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{})
	w.Header().Set("Content-Type", "text/event-stream")
	s.live.mu.Lock()
	s.live.page++
	page := s.live.page
	close(s.live.changed)
	s.live.changed = make(chan struct{})
	s.live.mu.Unlock()
	send := func(text string) bool {
		_ = control.SetWriteDeadline(time.Now().Add(writeLimit))
		_, err := fmt.Fprint(w, text)
		return err == nil && control.Flush() == nil
	}
	for {
		s.live.mu.Lock()
		news, changes, last, next := s.live.news, s.live.changes, s.live.page == page, s.live.changed
		s.live.mu.Unlock()
		if !last {
			send("event: moved\ndata: -\n\n")
			return
		}
		if !send(fmt.Sprintf("data: %d %d\n\n", news, changes)) {
			return
		}
		select {
		case <-next:
		case <-r.Context().Done():
			return
		case <-time.After(beat):
		case <-s.done:
			send("event: ended\ndata: -\n\n")
			return
		}
	}
}
