// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/tests/tlsserver"
)

// patience bounds every wait but that for the person.
const patience = 60 * time.Second

type demo struct {
	options
	printer
	dir string
	in  *os.File

	set   *pki.Set
	place *place
	seen  []byte // the certificate that the first login showed
}

// place is where the card is and how programs reach it.
type place struct {
	module string   // absolute path
	env    []string // for the programs, beside the person's own
	token  string   // label
	pin    []byte
	// count says what the card did since it was last asked; nil where nobody
	// counts.
	count func() simcard.Stats
	close func() error
}

// show is the demo from its beginning to its end.
func (d *demo) show(ctx context.Context) error {
	if err := d.needPrograms(); err != nil {
		return err
	}
	if err := d.open(ctx); err != nil {
		return err
	}
	for _, version := range []uint16{tls.VersionTLS13, tls.VersionTLS12} {
		if err := d.login(ctx, version); err != nil {
			return err
		}
	}
	if d.browser {
		return d.browse(ctx)
	}
	return nil
}

func (d *demo) close() error {
	if d.place == nil {
		return nil
	}
	clear(d.place.pin)
	if d.place.close == nil {
		return nil
	}
	return d.place.close()
}

func (d *demo) needPrograms() error {
	for program, pkg := range map[string]string{"curl": "curl", "openssl": "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			return errors.New(d.text("missing program: ", "manca il programma: ") + program + d.text(" (package ", " (pacchetto ") + pkg + ")")
		}
	}
	if exec.Command("openssl", "engine", "pkcs11").Run() != nil {
		return errors.New(d.text("OpenSSL has no PKCS#11 engine (package libengine-pkcs11-openssl)",
			"a OpenSSL manca il motore PKCS#11 (pacchetto libengine-pkcs11-openssl)"))
	}
	return nil
}

// open makes the demo's own authority, and the card ready.
func (d *demo) open(ctx context.Context) error {
	var err error
	d.say("Making a demo authority, a server certificate and a card holder who does not exist ...",
		"Creo un'autorità di prova, un certificato per il server e un titolare che non esiste ...")
	if d.set, err = pki.NewSet(pki.IdentityOptions{}); err != nil {
		return err
	}
	if err := d.set.Save(d.identityDir()); err != nil {
		return err
	}
	switch {
	case d.reader:
		d.place, err = d.realCard(ctx)
	case d.inside:
		d.place, err = d.cardInside()
	default:
		d.place, err = d.cardInReader()
	}
	return err
}

func (d *demo) identityDir() string { return filepath.Join(d.dir, "identity") }
func (d *demo) caFile() string      { return filepath.Join(d.identityDir(), pki.FileCA) }

// serve starts a server for one version of TLS, or both for 0.
func (d *demo) serve(version uint16) (*tlsserver.Server, error) {
	o := tlsserver.Options{
		Certificate: tls.Certificate{Certificate: [][]byte{d.set.Server.Certificate}, PrivateKey: d.set.Server.Key},
		ClientCAs:   d.set.Authority.Pool(),
		Version:     version,
	}
	if d.reader {
		var err error
		if o.ClientCAs, err = d.realAuthorities(); err != nil {
			return nil, err
		}
	}
	return tlsserver.Start(o)
}

// realAuthorities returns those of --ca, nil without.
func (d *demo) realAuthorities() (*x509.CertPool, error) {
	if d.ca == "" {
		return nil, nil
	}
	text, err := os.ReadFile(d.ca)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: %s", d.ca, d.text("no certificate in it", "non contiene certificati"))
	}
	return pool, nil
}

// login has a program log in, and prints whom the server saw.
func (d *demo) login(ctx context.Context, version uint16) error {
	server, err := d.serve(version)
	if err != nil {
		return err
	}
	defer server.Close()
	program := map[uint16]string{tls.VersionTLS13: "curl", tls.VersionTLS12: "openssl s_client"}[version]
	d.say("\n%s with %s, at %s", "\n%s con %s, su %s", tls.VersionName(version), program, server.URL("localhost"))
	if d.place.count != nil {
		d.place.count()
	}
	start := time.Now()
	if version == tls.VersionTLS13 {
		err = d.curl(ctx, server)
	} else {
		err = d.openssl(ctx, server)
	}
	took := time.Since(start)
	if err != nil {
		return fmt.Errorf("%s: %w%s", tls.VersionName(version), err, serverSays(server))
	}
	logins, err := server.Wait(1, patience)
	if err != nil {
		return err
	}
	d.seen = logins[0].Certificate.Raw
	return d.report(logins[0], version, took)
}

func serverSays(s *tlsserver.Server) string {
	if log := s.Log(); log != "" {
		return "\nserver: " + log
	}
	return ""
}

// report prints what the server saw and the card did, and checks that it is
// what was promised.
func (d *demo) report(l tlsserver.Login, version uint16, took time.Duration) error {
	d.say("  the server saw   %s", "  il server ha visto  %s", l.Subject())
	d.say("  TLS version      %s (%s)", "  versione TLS        %s (%s)", l.VersionName(), tls.CipherSuiteName(l.CipherSuite))
	d.say("  card signature   %s", "  firma della tessera %s", l.SignatureName())
	if d.place.count != nil {
		s := d.place.count()
		d.say("  the card did     %d commands, %d bytes in, %d bytes out",
			"  la tessera ha fatto %d comandi, %d byte in entrata, %d byte in uscita", s.Commands, s.Received, s.Sent)
		if s.Commands == 0 {
			return errors.New(d.text("the card was not asked", "la tessera non è stata interrogata"))
		}
	}
	d.say("  time             %v", "  tempo               %v", took.Round(time.Millisecond))
	switch {
	case l.Version != version:
		return fmt.Errorf(d.text("the server spoke %s", "il server ha parlato %s"), l.VersionName())
	case !d.reader && string(l.Certificate.Raw) != string(d.set.Identity.Certificate):
		return errors.New(d.text("the certificate is not the card's", "il certificato non è quello della tessera"))
	case l.Signature == 0:
		return errors.New(d.text("the server did not see the signature algorithm", "il server non ha visto l'algoritmo di firma"))
	}
	return nil
}

// certificateFile writes a certificate for programs that want a file.
func (d *demo) certificateFile(der []byte) (string, error) {
	path := filepath.Join(d.dir, "certificate.pem")
	return path, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
}
