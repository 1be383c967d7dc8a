// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/miekg/pkcs11"
)

// realCard looks at the person's card, without a PIN, and asks for it.
func (d *demo) realCard(ctx context.Context) (*place, error) {
	module, err := library(d.module)
	if err != nil {
		return nil, err
	}
	d.say("Looking for a card in your reader ...", "Cerco una tessera nel lettore ...")
	token, certificate, err := d.look(module)
	if err != nil {
		return nil, err
	}
	d.say("  %s, certificate of %s, valid until %s", "  %s, certificato di %s, valido fino al %s",
		token.ManufacturerID, certificate.Subject.CommonName, certificate.NotAfter.Format(time.DateOnly))
	if d.ca == "" {
		d.say("  The demo's server takes any certificate, without checking who issued it (--ca FILE has it checked).",
			"  Il server della dimostrazione accetta ogni certificato, senza controllare chi l'ha emesso (--ca FILE lo fa controllare).")
	}
	switch {
	case token.Flags&pkcs11.CKF_USER_PIN_LOCKED != 0:
		return nil, errors.New(d.text("the PIN is locked; it takes the PUK to unlock it", "il PIN è bloccato; per sbloccarlo serve il PUK"))
	case token.Flags&pkcs11.CKF_USER_PIN_FINAL_TRY != 0:
		return nil, errors.New(d.text("one try of the PIN is left, which a demo should not risk", "resta un solo tentativo del PIN, che una dimostrazione non deve rischiare"))
	}
	d.say("The PIN goes to the card only. A wrong one costs one of its few tries, and the demo stops.",
		"Il PIN va soltanto alla tessera. Uno sbagliato consuma uno dei pochi tentativi, e la dimostrazione si ferma.")
	pin, err := askPIN(ctx, d.in, d.out, d.text("PIN: ", "PIN: "))
	if err != nil {
		return nil, err
	}
	// Old cards have keys of 1024 bits, which the system's OpenSSL refuses to
	// use unless told.
	level, err := d.opensslConfig()
	if err != nil {
		return nil, err
	}
	return &place{module: module, token: token.Label, pin: pin, env: []string{"OPENSSL_CONF=" + level}}, nil
}

func (d *demo) opensslConfig() (string, error) {
	path := d.dir + "/openssl.cnf"
	return path, os.WriteFile(path, []byte("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n"+
		"CipherString = DEFAULT@SECLEVEL=1\n"), 0o600)
}

// look finds the token and reads its certificate as any program would.
func (d *demo) look(module string) (pkcs11.TokenInfo, *x509.Certificate, error) {
	p := pkcs11.New(module)
	if p == nil {
		return pkcs11.TokenInfo{}, nil, fmt.Errorf("%s: %s", module, d.text("cannot be loaded", "non si può caricare"))
	}
	defer p.Destroy()
	if err := p.Initialize(); err != nil {
		return pkcs11.TokenInfo{}, nil, err
	}
	defer func() { _ = p.Finalize() }()
	slots, err := p.GetSlotList(true)
	if err != nil {
		return pkcs11.TokenInfo{}, nil, err
	}
	for _, slot := range slots {
		token, err := p.GetTokenInfo(slot)
		if err != nil || token.Label != tokenLabel {
			continue
		}
		certificate, err := readCertificate(p, slot)
		return token, certificate, err
	}
	return pkcs11.TokenInfo{}, nil, errors.New(d.text("no TS-CNS found; dist/tscns status tells what the reader sees",
		"nessuna TS-CNS trovata; dist/tscns status dice che cosa vede il lettore"))
}

func readCertificate(p *pkcs11.Ctx, slot uint) (*x509.Certificate, error) {
	session, err := p.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION)
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.CloseSession(session) }()
	if err := p.FindObjectsInit(session, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_CERTIFICATE)}); err != nil {
		return nil, err
	}
	found, _, err := p.FindObjects(session, 1)
	if err = errors.Join(err, p.FindObjectsFinal(session)); err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errors.New("no certificate on the card")
	}
	values, err := p.GetAttributeValue(session, found[0], []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_VALUE, nil)})
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(values[0].Value)
}

// askPIN reads a line without showing it where the input is a terminal.
func askPIN(ctx context.Context, in *os.File, out io.Writer, prompt string) ([]byte, error) {
	if s, err := in.Stat(); err == nil && s.Mode()&os.ModeCharDevice != 0 {
		stty := func(args ...string) error {
			command := exec.Command("stty", args...)
			command.Stdin = in
			return command.Run()
		}
		if err := stty("-echo"); err != nil {
			return nil, fmt.Errorf("stty: %w", err)
		}
		defer func() {
			_ = stty("echo")
			fmt.Fprintln(out)
		}()
	}
	fmt.Fprint(out, prompt)
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		line, err := bufio.NewReader(in).ReadString('\n')
		answers <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case a := <-answers:
		pin := strings.TrimRight(a.line, "\r\n")
		if pin == "" {
			return nil, errors.Join(errors.New("no PIN"), a.err)
		}
		return []byte(pin), nil
	}
}
