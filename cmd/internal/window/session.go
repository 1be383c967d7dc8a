// SPDX-License-Identifier: Apache-2.0

package window

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"time"
)

// tokenLife is how long the secret of an address can be used. It stands in the
// command line of the browser, which other users of the computer can read.
const tokenLife = time.Minute

// secret returns n random bytes as text for addresses.
func secret(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// session is what keeps everybody out but the person who started the program.
// A token, good once, is exchanged for a cookie that the browser sends to one
// path only: the cookies of 127.0.0.1 are the same on every port, and another
// port may be another user's.
type session struct {
	path   string // "/<random>/"
	cookie string

	mu     sync.Mutex
	over   bool
	tokens map[[sha256.Size]byte]*token
}

type token struct {
	until time.Time
	used  bool
}

func newSession() *session {
	return &session{path: "/" + secret(16) + "/", cookie: secret(32), tokens: map[[sha256.Size]byte]*token{}}
}

// invite returns a new token.
func (s *session) invite() string {
	t := secret(32)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[sha256.Sum256([]byte(t))] = &token{until: time.Now().Add(tokenLife)}
	return t
}

// admission is what a token is good for.
type admission int

const (
	unknown  admission = iota // or too old
	admitted                  // for the first time
	again                     // it was used before: somebody else has it
)

// admit uses a token up. One that is used again ends the session: whoever used
// it first may not be the person.
func (s *session) admit(text string) admission {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tokens[sha256.Sum256([]byte(text))]
	switch {
	case t == nil:
		return unknown
	case t.used:
		s.over = true
		return again
	case time.Now().After(t.until) || s.over:
		return unknown
	}
	t.used = true
	return admitted
}

const cookieName = "tscns"

// grant gives the browser the cookie.
func (s *session) grant(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: s.cookie, Path: s.path, HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// below returns the rest of the path of a request below that of the session.
func (s *session) below(r *http.Request) (rest string, ok bool) {
	n := len(s.path)
	if len(r.URL.Path) < n || subtle.ConstantTimeCompare([]byte(r.URL.Path[:n]), []byte(s.path)) != 1 {
		return "", false
	}
	return strings.TrimPrefix(r.URL.Path, s.path), true
}

// holds reports whether a request has the cookie of a session that is not over.
func (s *session) holds(r *http.Request) bool {
	c, err := r.Cookie(cookieName)
	s.mu.Lock()
	defer s.mu.Unlock()
	return err == nil && !s.over && subtle.ConstantTimeCompare([]byte(c.Value), []byte(s.cookie)) == 1
}
