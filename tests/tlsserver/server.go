// SPDX-License-Identifier: Apache-2.0

// Package tlsserver is a web server on the loopback interface that lets in
// only who proves possession of a certificate's key, and that remembers who
// that was: subject, TLS version and the signature algorithm that the client
// used. It serves the tests and the demo.
package tlsserver

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options says whom a server lets in.
type Options struct {
	// Certificate is the server's own.
	Certificate tls.Certificate
	// ClientCAs are the issuers that a client's certificate must come from.
	// nil lets in any certificate, of which nobody checks the issuer; the
	// client must still prove that it has the key.
	ClientCAs *x509.CertPool
	// Version is the only TLS version that is spoken, 0 for 1.2 and 1.3.
	Version uint16
	// Address to listen on, of the loopback interface; "127.0.0.1:0" when empty.
	Address string
}

// Login is one connection of a client that was let in and sent a request.
type Login struct {
	Certificate *x509.Certificate
	Version     uint16              // tls.VersionTLS12, tls.VersionTLS13
	CipherSuite uint16              // as in package tls
	Signature   tls.SignatureScheme // of the client's CertificateVerify
	Requests    []string            // "GET /", in order
	UserAgent   string
}

// VersionName returns "TLS 1.2" or "TLS 1.3".
func (l Login) VersionName() string { return tls.VersionName(l.Version) }

// SignatureName returns the name of the signature algorithm in RFC 8446,
// section 4.2.3.
func (l Login) SignatureName() string {
	if name, ok := schemeNames[l.Signature]; ok {
		return name
	}
	return fmt.Sprintf("0x%04x", uint16(l.Signature))
}

var schemeNames = map[tls.SignatureScheme]string{
	tls.PKCS1WithSHA1:          "rsa_pkcs1_sha1",
	tls.PKCS1WithSHA256:        "rsa_pkcs1_sha256",
	tls.PKCS1WithSHA384:        "rsa_pkcs1_sha384",
	tls.PKCS1WithSHA512:        "rsa_pkcs1_sha512",
	tls.PSSWithSHA256:          "rsa_pss_rsae_sha256",
	tls.PSSWithSHA384:          "rsa_pss_rsae_sha384",
	tls.PSSWithSHA512:          "rsa_pss_rsae_sha512",
	tls.ECDSAWithP256AndSHA256: "ecdsa_secp256r1_sha256",
	tls.ECDSAWithP384AndSHA384: "ecdsa_secp384r1_sha384",
	tls.ECDSAWithP521AndSHA512: "ecdsa_secp521r1_sha512",
	tls.Ed25519:                "ed25519",
}

// Server is a running server. Its methods may be called from any goroutine.
type Server struct {
	listener net.Listener
	http     *http.Server
	done     chan struct{}

	mu      sync.Mutex
	logins  []*Login
	changed chan struct{} // closed and replaced at every login and log line
	errors  bytes.Buffer
}

// Start opens a server on a free port of 127.0.0.1, or on the given address.
func Start(o Options) (*Server, error) {
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, err
	}
	if !listener.Addr().(*net.TCPAddr).IP.IsLoopback() {
		_ = listener.Close()
		return nil, fmt.Errorf("tlsserver: %s is not a loopback address", o.Address)
	}
	s := &Server{listener: listener, done: make(chan struct{}), changed: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("/favicon.ico", func(w http.ResponseWriter, r *http.Request) {
		s.record(r)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("/", s.page)
	s.http = &http.Server{
		Handler:           mux,
		ErrorLog:          log.New(logWriter{s}, "", log.Ltime|log.Lmicroseconds),
		ReadHeaderTimeout: time.Minute,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, visitKey{}, &visit{conn: c.(*tls.Conn)})
		},
	}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(&tlsListener{listener, o.config()})
	}()
	return s, nil
}

func (o Options) config() *tls.Config {
	c := &tls.Config{
		Certificates: []tls.Certificate{o.Certificate},
		ClientAuth:   tls.RequireAnyClientCert,
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"http/1.1"},
		// A resumed session needs no signature: here everybody signs.
		SessionTicketsDisabled: true,
	}
	if o.Version != 0 {
		c.MinVersion, c.MaxVersion = o.Version, o.Version
	}
	if o.ClientCAs != nil {
		c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, o.ClientCAs
	}
	return c
}

// Port returns the port on 127.0.0.1.
func (s *Server) Port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// URL returns the address of the page for a name that leads to 127.0.0.1 and
// that the server's certificate has, such as localhost.
func (s *Server) URL(host string) string { return fmt.Sprintf("https://%s:%d/", host, s.Port()) }

// Logins returns the logins so far, the oldest first.
func (s *Server) Logins() []Login {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Login, len(s.logins))
	for i, l := range s.logins {
		list[i] = *l
		list[i].Requests = append([]string(nil), l.Requests...)
	}
	return list
}

// Wait returns the logins as soon as there are n, or an error after timeout.
func (s *Server) Wait(n int, timeout time.Duration) ([]Login, error) {
	end := time.NewTimer(timeout)
	defer end.Stop()
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if list := s.Logins(); len(list) >= n {
			return list, nil
		}
		select {
		case <-changed:
		case <-end.C:
			return s.Logins(), fmt.Errorf("tlsserver: %d logins within %v, not %d; log:\n%s", len(s.Logins()), timeout, n, s.Log())
		}
	}
}

// Log returns what the server complained of, such as failed handshakes.
func (s *Server) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.errors.String()
}

// Close ends the server and its connections.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.done
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// visit is what is known of one connection.
type visit struct {
	conn  *tls.Conn
	once  sync.Once
	login *Login
}

type visitKey struct{}

// record notes a request and returns the login that it belongs to.
func (s *Server) record(r *http.Request) Login {
	v := r.Context().Value(visitKey{}).(*visit)
	v.once.Do(func() {
		state := v.conn.ConnectionState()
		login := &Login{
			Certificate: state.PeerCertificates[0],
			Version:     state.Version,
			CipherSuite: state.CipherSuite,
			UserAgent:   r.UserAgent(),
		}
		scheme, err := v.conn.NetConn().(*tap).peerSignature(state.Version, state.CipherSuite)
		if err != nil {
			s.http.ErrorLog.Printf("signature algorithm not found: %v", err)
		}
		login.Signature = scheme
		v.login = login
		s.mu.Lock()
		s.logins = append(s.logins, login)
		s.mu.Unlock()
	})
	s.mu.Lock()
	v.login.Requests = append(v.login.Requests, r.Method+" "+r.URL.Path)
	login := *v.login
	s.signal()
	s.mu.Unlock()
	return login
}

// signal wakes who waits; s.mu is held.
func (s *Server) signal() {
	close(s.changed)
	s.changed = make(chan struct{})
}

type logWriter struct{ s *Server }

func (w logWriter) Write(line []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.s.signal()
	// A browser opens connections in advance and drops them unused.
	if strings.Contains(string(line), "EOF") {
		return len(line), nil
	}
	return w.s.errors.Write(line)
}

// tlsListener gives every connection a tap of its own.
type tlsListener struct {
	net.Listener
	config *tls.Config
}

func (l *tlsListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	t := &tap{Conn: c}
	config := l.config.Clone()
	config.KeyLogWriter = keyLog{t}
	return tls.Server(t, config), nil
}
