// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"tscns/cardos"
)

// listedCert is a line of tscns cert list; its JSON form is the --json output.
type listedCert struct {
	ID    string `json:"id"` // CKA_ID in hexadecimal digits
	Label string `json:"label"`
	certStatus

	der []byte
}

func (a *app) certCommand() *cobra.Command {
	return a.group("cert", certTexts, a.certListCommand(), a.certExportCommand())
}

func (a *app) certListCommand() *cobra.Command {
	c := a.command("list", certListTexts)
	asJSON, show, reader := a.jsonFlag(c), a.showFlag(c), a.readerFlag(c)
	c.RunE = func(*cobra.Command, []string) error {
		card, _, done := a.openCard(*reader)
		if card == nil {
			return nil
		}
		defer done()
		list := certificates(card, *show)
		if len(list) == 0 {
			a.code = exitNotGood
		}
		if *asJSON {
			return writeJSON(a.out, list)
		}
		if len(list) == 0 {
			a.complain(exitNotGood, text{"the card has no certificate", "la tessera non ha certificati"})
		}
		for _, cert := range list {
			a.say(text{"%s (id %s)", "%s (id %s)"}, cert.Label, cert.ID)
			a.say(text{"  subject  %s", "  soggetto %s"}, cert.Subject)
			a.say(text{"  issuer   %s", "  emesso da %s"}, cert.Issuer)
			a.say(text{"  valid    %s to %s", "  valido   dal %s al %s"}, cert.NotBefore.Format(dateLayout), cert.NotAfter.Format(dateLayout))
			a.say(text{"  key      RSA %d bits", "  chiave   RSA a %d bit"}, cert.KeyBits)
		}
		return nil
	}
	return c
}

// certificates lists the certificates of a card, those of the key for
// authentication first, as the card has them.
func certificates(card *cardos.Card, show bool) []listedCert {
	list := []listedCert{}
	identities, err := card.Identities()
	if err != nil {
		return list
	}
	for _, id := range identities {
		for _, k := range id.Keys {
			list = append(list, listedCert{ID: hex.EncodeToString(k.ID), Label: k.Label,
				certStatus: describe(k, id.Purpose, show), der: k.Certificate.Raw})
		}
	}
	return list
}

func (a *app) certExportCommand() *cobra.Command {
	c := a.command("export", certExportTexts)
	f := c.Flags()
	asDER := f.Bool("der", false, a.lang.of(text{"binary (DER) instead of text (PEM)", "binario (DER) invece che testo (PEM)"}))
	id := f.String("id", "", a.lang.of(text{"the `id` that cert list shows; otherwise the first", "l'`id` che mostra cert list; altrimenti il primo"}))
	output := f.String("output", "", a.lang.of(text{"write to this `file`, which must not exist yet", "scrivi in questo `file`, che non deve esistere"}))
	reader := a.readerFlag(c)
	c.RunE = func(*cobra.Command, []string) error {
		card, _, done := a.openCard(*reader)
		if card == nil {
			return nil
		}
		defer done()
		for _, cert := range certificates(card, true) {
			if *id != "" && cert.ID != *id {
				continue
			}
			b := cert.der
			if !*asDER {
				b = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.der})
			}
			return a.deliver(b, *output)
		}
		a.complain(exitNotGood, text{"the card has no such certificate", "la tessera non ha questo certificato"})
		return nil
	}
	return c
}

// deliver writes to a new file, or to the output.
func (a *app) deliver(b []byte, file string) error {
	if file == "" {
		_, err := a.out.Write(b)
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err == nil {
		_, err = f.Write(b)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		a.complain(exitNotGood, text{"not written: %v", "non scritto: %v"}, err)
		return nil
	}
	fmt.Fprintln(a.errs, file)
	return nil
}

var certTexts = helpTexts{
	use:   text{"list|export", "list|export"},
	short: text{"The certificates on the card, without a PIN", "I certificati sulla tessera, senza PIN"},
}

var certListTexts = helpTexts{
	use:   text{"[--show] [--json]", "[--show] [--json]"},
	short: text{"List the certificates", "Elenca i certificati"},
}

var certExportTexts = helpTexts{
	use:   text{"[options]", "[opzioni]"},
	short: text{"Write a certificate, as PEM or DER", "Scrivi un certificato, in PEM o DER"},
	long: text{`Writes a certificate of the card. It names its holder, as every CNS certificate does. The certificates of the
authority that issued it are not on any card that is known; the authority publishes them.`,
		`Scrive un certificato della tessera. Nomina il titolare, come ogni certificato CNS. I certificati dell'autorità che lo
ha emesso non stanno su nessuna tessera nota; li pubblica l'autorità.`},
}
