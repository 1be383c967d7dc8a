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
	"html/template"
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

// page shows a visitor who he is to the server.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	login := s.record(r)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	subject := login.Certificate.Subject
	name := strings.TrimSpace(login.attribute("GN") + " " + login.attribute("SN"))
	if name == "" {
		// A CNS names its holder by codice fiscale, then numbers of the card.
		name, _, _ = strings.Cut(subject.CommonName, "/")
	}
	// What the browser does with a page that was cut short is its matter.
	_ = pageTemplate.Execute(w, map[string]any{
		"Name":      name,
		"CN":        subject.CommonName,
		"Subject":   login.Subject(),
		"Issuer":    login.Certificate.Issuer.CommonName,
		"Serial":    fmt.Sprintf("%X", login.Certificate.SerialNumber),
		"Until":     login.Certificate.NotAfter.Format("2006-01-02"),
		"Version":   login.VersionName(),
		"Suite":     tls.CipherSuiteName(login.CipherSuite),
		"Signature": login.SignatureName(),
	})
}

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="it">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Accesso effettuato / Logged in</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light; }
body { margin: 0; background: #eef2f6; color: #17324d; font: 16px/1.5 "Titillium Web", "DejaVu Sans", system-ui, sans-serif; }
header { background: #0066cc; color: #fff; padding: 14px 32px; font-weight: 600; }
main { max-width: 760px; margin: 36px auto; background: #fff; border-radius: 8px; padding: 28px 36px 32px; box-shadow: 0 2px 12px rgba(23,50,77,.14); }
h1 { margin: 0 0 4px; font-size: 28px; color: #007a52; }
h1 small { font-size: 18px; font-weight: 400; color: #5a768a; }
#name { font-size: 20px; margin: 0 0 20px; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 400; color: #5a768a; width: 230px; vertical-align: top; padding: 7px 12px 7px 0; }
td { padding: 7px 0; overflow-wrap: anywhere; font-family: "DejaVu Sans Mono", monospace; font-size: 14px; }
tr + tr { border-top: 1px solid #e6ecf2; }
footer { max-width: 760px; margin: 0 auto; color: #5a768a; font-size: 13px; text-align: center; }
</style>
</head>
<body>
<header>tscns</header>
<main>
<h1>✓ Accesso effettuato <small>/ Logged in</small></h1>
<p id="name">{{.Name}}</p>
<table>
<tr><th>Titolare / Holder</th><td id="cn">{{.CN}}</td></tr>
<tr><th>Soggetto / Subject</th><td id="dn">{{.Subject}}</td></tr>
<tr><th>Emesso da / Issuer</th><td id="issuer">{{.Issuer}}</td></tr>
<tr><th>Numero di serie / Serial</th><td id="serial">{{.Serial}}</td></tr>
<tr><th>Valido fino al / Valid until</th><td id="until">{{.Until}}</td></tr>
<tr><th>Protocollo / Protocol</th><td id="proto">{{.Version}} {{.Suite}}</td></tr>
<tr><th>Firma / Card signature</th><td id="signature">{{.Signature}}</td></tr>
</table>
</main>
<footer>Pagina di prova su questo computer: nulla esce da qui. / Test page on this computer: nothing leaves it.</footer>
</body>
</html>
`))

// attributeNames are short names of subject attributes (X.520), as OpenSSL
// prints them.
var attributeNames = map[string]string{
	"2.5.4.3":  "CN",
	"2.5.4.4":  "SN",
	"2.5.4.5":  "serialNumber",
	"2.5.4.6":  "C",
	"2.5.4.7":  "L",
	"2.5.4.8":  "ST",
	"2.5.4.10": "O",
	"2.5.4.11": "OU",
	"2.5.4.42": "GN",
	"2.5.4.46": "dnQualifier",
}

// Subject returns the subject of the certificate on a line, in the order that
// the certificate has it.
func (l Login) Subject() string {
	var parts []string
	for _, a := range l.Certificate.Subject.Names {
		name, known := attributeNames[a.Type.String()]
		if !known {
			name = a.Type.String()
		}
		parts = append(parts, fmt.Sprintf("%s=%v", name, a.Value))
	}
	return strings.Join(parts, ", ")
}

// attribute returns a subject attribute by its short name, "" without it.
func (l Login) attribute(short string) string {
	for _, a := range l.Certificate.Subject.Names {
		if attributeNames[a.Type.String()] == short {
			return fmt.Sprint(a.Value)
		}
	}
	return ""
}
