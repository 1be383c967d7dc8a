// SPDX-License-Identifier: Apache-2.0

package window

import (
	"net/http"
	"slices"
	"strings"
)

// maxBody bounds the body of a request in bytes.
const maxBody = 4 << 10

// guard lets through the requests that come from a page of this server, or that a
// person typed or opened from another program. Whatever is refused gets the same
// answer, so that it tells nothing of what is here.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		if !s.fromHere(r) {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		s.life.request()
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// fromHere reports whether a request is one of our own pages. The Host header has
// the numeric address, which no name of another site resolves to (DNS rebinding).
// What changes something is a POST, and a browser puts the page that it comes
// from into Origin (Fetch standard) and Sec-Fetch-Site (Fetch Metadata).
func (s *Server) fromHere(r *http.Request) bool {
	if r.Host != s.host || r.Header.Get("Upgrade") != "" {
		return false
	}
	origin, site := r.Header.Values("Origin"), r.Header.Values("Sec-Fetch-Site")
	own := slices.Equal(origin, []string{s.origin()})
	switch r.Method {
	case http.MethodGet:
		return (own || len(origin) == 0) && isOneOf(site, "none", "same-origin")
	case http.MethodPost:
		return own && isOneOf(site, "same-origin")
	}
	return false
}

// isOneOf reports whether a header is absent, or there once with one of the values.
func isOneOf(header []string, values ...string) bool {
	return len(header) == 0 || len(header) == 1 && slices.Contains(values, header[0])
}

func (s *Server) origin() string { return "http://" + s.host }

// policy is the Content-Security-Policy of the pages. Everything comes from here,
// and nothing is written into the page itself.
var policy = strings.Join([]string{
	"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
	"frame-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
}, "; ")

// secure sets the headers of every answer: not kept, not framed, not read by
// another site. The referrer stays within this server; without any the browser
// would send "Origin: null" with forms.
func secure(h http.Header) {
	for name, value := range map[string]string{
		"Cache-Control":                "no-store",
		"Content-Security-Policy":      policy,
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Permissions-Policy":           "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
		"Referrer-Policy":              "same-origin",
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "DENY",
	} {
		h.Set(name, value)
	}
}

// inline is the policy of a page that carries its script and style, which have
// the nonce.
func inline(nonce string, more ...string) string {
	return strings.Join(append([]string{"default-src 'none'", "script-src 'nonce-" + nonce + "'", "style-src 'nonce-" + nonce + "'",
		"base-uri 'none'"}, more...), "; ")
}
