// SPDX-License-Identifier: Apache-2.0

// Package window is the page by which people without a terminal see their card,
// change and unblock its PIN and find out what is wrong. It is served on a port of
// the loopback interface to the person's own browser, and ends with the page.
//
// Nobody else gets anything: see guard, session and ownPeer, each with the attack
// that it is there for, and docs/security.md.
package window

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"tscns/cardos"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
)

// Config is what the page works with.
type Config struct {
	Version  string
	Language message.Language // where the browser asks for none that there is
	Connect  cards.Connect
	Cards    cardos.Options
	Doctor   func() []finding.Finding
	Place    string             // folder of the user in which a second start finds the first, "" without
	Open     func(string) error // opens an address in the browser, nil where that is not wanted
	Print    func(address string, failed bool)
}

// Server serves the page of one person.
type Server struct {
	Config
	host       string // "127.0.0.1:port"
	session    *session
	life       *life
	live       *live
	operations *operations

	// card is held by whoever uses the card: one operation at a time.
	card sync.Mutex
	// operation is held while one is done that a person waits for: a second is refused.
	operation sync.Mutex
	// answers is held for reading until an answer is sent on a connection that was
	// taken from net/http, whose Shutdown does not wait for it.
	answers sync.RWMutex

	mu       sync.Mutex
	chosen   *message.Language // on the page, nil for what the browser asks for
	findings []finding.Finding // of the last examination
	examined bool

	end  sync.Once
	done chan struct{} // closed when the server ends
}

// Run serves the page until nobody uses it any more, and opens it in the browser.
// Where a program of this user serves one already, that one opens it.
func Run(ctx context.Context, c Config) error {
	if address := first(c.Place); address != "" {
		c.show(address)
		return nil
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := New(c, l.Addr().String())
	go s.watch()
	go s.run(ctx)
	defer s.Close()
	defer s.invite(c.Place)()
	go c.show(s.Address())
	return s.Serve(l)
}

// show opens an address, or prints it.
func (c *Config) show(address string) {
	if c.Open == nil {
		c.Print(address, false)
	} else if c.Open(address) != nil {
		c.Print(address, true)
	}
}

// New returns a server for a host, "127.0.0.1:port".
func New(c Config, host string) *Server {
	return &Server{Config: c, host: host, session: newSession(), life: newLife(), live: newLive(), operations: newOperations(),
		done: make(chan struct{})}
}

// Address returns an address that can be opened once, within [tokenLife].
func (s *Server) Address() string {
	s.life.expect()
	return s.origin() + "/#" + s.session.invite()
}

// Serve serves until [Server.Close].
func (s *Server) Serve(l net.Listener) error {
	server := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		// Cookies that other servers set on 127.0.0.1 come along. What others send is in no log.
		MaxHeaderBytes: 64 << 10, ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() {
		<-s.done
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			_ = server.Close()
		}
	}()
	err := server.Serve(newListener(l, ownPeer))
	s.answers.Lock() // an operation in progress ends first, and is answered
	defer s.answers.Unlock()
	s.card.Lock()
	defer s.card.Unlock()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Close ends the server.
func (s *Server) Close() { s.end.Do(func() { close(s.done) }) }

// closed reports whether the server was told to end.
func (s *Server) closed() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// run closes a server that nobody uses any more, and not during an operation.
func (s *Server) run(ctx context.Context) {
	tick := time.NewTicker(s.life.noPage / 30)
	defer tick.Stop()
	for {
		select {
		case <-s.done:
			return
		case <-ctx.Done():
			s.Close()
			return
		case now := <-tick.C:
			if s.life.over(now) && s.card.TryLock() {
				s.card.Unlock()
				s.Close()
				return
			}
		}
	}
}

// route is a page or action below the path of the session.
type route struct {
	method string
	do     func(*Server, http.ResponseWriter, *http.Request)
}

// routes are all there are. None takes a command, a path or an address, and no
// GET changes anything.
var routes map[string]route

func init() {
	routes = map[string]route{
		"card":              {http.MethodGet, (*Server).cardPage},
		"pin":               {http.MethodGet, (*Server).pinPage},
		"pin/frame":         {http.MethodGet, (*Server).pinFrame},
		"pin/send":          {http.MethodPost, (*Server).pinSend},
		"pin/result":        {http.MethodGet, (*Server).pinResult},
		"certificate":       {http.MethodGet, (*Server).certificatePage},
		"certificate.pem":   {http.MethodGet, (*Server).certificatePEM},
		"certificate.der":   {http.MethodGet, (*Server).certificateDER},
		"doctor":            {http.MethodGet, (*Server).doctorPage},
		"doctor/run":        {http.MethodPost, (*Server).doctorRun},
		"help":              {http.MethodGet, (*Server).helpPage},
		"events":            {http.MethodGet, (*Server).events},
		"language":          {http.MethodPost, (*Server).chooseLanguage},
		"quit":              {http.MethodPost, (*Server).quit},
		"assets/window.css": {http.MethodGet, asset("window.css", "text/css; charset=utf-8")},
		"assets/window.js":  {http.MethodGet, asset("window.js", "text/javascript; charset=utf-8")},
		"assets/icon.svg":   {http.MethodGet, asset("icon.svg", "image/svg+xml")},
	}
}

// Handler returns what answers requests.
func (s *Server) Handler() http.Handler {
	return s.guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/" && r.Method == http.MethodGet:
			s.landing(w, r)
			return
		case r.URL.Path == "/enter" && r.Method == http.MethodPost:
			s.enter(w, r)
			return
		}
		rest, inside := s.session.below(r)
		to, known := routes[rest]
		switch {
		case inside && !s.session.holds(r): // the browser did not keep the cookie
			s.outside(w, r)
		case inside && known && to.method == r.Method:
			to.do(s, w, r)
		default:
			http.NotFound(w, r)
		}
	}))
}
