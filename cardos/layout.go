// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"tscns/cardos/certificate"
	"tscns/cardos/iso7816"
	"tscns/cardos/store"
)

// Profile is what is known of one generation of cards, as plain data: see
// package profile.
type Profile struct {
	Name   string // for [Info.Profile], unique
	Family string // letter of docs/cards.md
	Maker  string // overrides the maker that the answer to reset names, if not ""
	Grade  Grade  // of the signing path as a whole
	RawRSA Grade  // of its keys that take a padded block: see [Key.RawRSA]
	// Match reports whether the answer to reset allows this profile. Several
	// may match; the probes of their layouts decide.
	Match  func(ATR) bool
	Layout Layout
}

// Layout is a way in which cards arrange files, PINs and keys. Its value is
// the configuration of one profile; it is shared by all cards of it and must
// not change. What a card turned out to have is in the [Instance].
type Layout interface {
	// Probe reports whether the card has this layout: it returns the instance
	// of the layout on this card, or nil if the card has another one. An error
	// is one of the transport.
	Probe(p *Prober) (Instance, error)
	// Restore returns an instance for cards whose record has this place,
	// without asking a card. A record is not trusted: an encoding that
	// [Instance.Place] cannot have made is an error.
	Restore(place []byte) (Instance, error)
}

// Instance is a layout on one card, with what is believed of the volatile
// state of the card: current directory, security environment and the like.
// [Card] serialises its methods, and calls those with a Tx in a transaction.
type Instance interface {
	// Begin is called at the start of every transaction. Another program may
	// have changed the state of the card since the last one, without notice;
	// reset reports that the card was reset, so that nothing is left of it. An
	// instance whose application has to stay selected selects it then.
	Begin(t *Tx, reset bool) error

	// PINs returns the PIN objects, the one of the authentication key first.
	// The list is not empty and never changes.
	PINs() []PIN
	// Keys reads the certificates. A file that holds none is left out.
	Keys(t *Tx) ([]FoundKey, error)
	// Places returns what each place where Keys looked for a certificate
	// turned out to hold, by [CertificateFile.Place].
	Places() []CertificatePlace

	// DataFiles lists the public files that the card may have.
	DataFiles() []DataFile
	// Content returns a data file that was read before, else nil.
	Content(f DataFile) []byte
	// ReadDataFile reads a data file, or returns ErrNotFound.
	ReadDataFile(t *Tx, f DataFile) ([]byte, error)

	// Place returns what [Layout.Restore] needs, for [store.Record.Place].
	Place(keys []FoundKey) []byte
	// RestoreKeys returns the keys of a record with their certificates, which
	// were parsed. It decodes what [PrivateKey.Access] gave, does not trust
	// it, and does not ask the card.
	RestoreKeys(keys []store.Key, certificates []*certificate.Certificate) ([]FoundKey, error)
	// Again reports which of several cards seen before this one is, by the
	// beginning of its certificates: an index of seen, or -1 for none.
	Again(p *Prober, seen [][]FoundKey) (int, error)
}

// FoundKey is a certificate that a layout found, with its private key.
type FoundKey struct {
	PIN         int // index of [Instance.PINs]
	Certificate *certificate.Certificate
	Private     PrivateKey
	// Usable reports whether Private can be used: a key of a certificate that
	// is not RSA cannot.
	Usable bool
	// CardPads: the card pads the message itself, so the key signs PKCS #1
	// v1.5 only.
	CardPads bool
}

// PrivateKey is a private key on a card.
type PrivateKey interface {
	// Use has the card run the operation and passes what it answers to
	// op.Accept. It returns ErrUnsupported, before it asks the card, for an
	// operation that this key cannot do.
	Use(t *Tx, op *RSAOperation) error
	// Access encodes how the key is used, for [store.Key.Access].
	Access() []byte
}

// PIN is a PIN object of a card, with its PUK.
type PIN struct {
	Purpose Purpose
	Spec    PINSpec
	// Reference is how the card is asked for PIN and PUK. It is nil if that is
	// not known beforehand: then Search presents the PIN, and Change and Unblock
	// set a new one.
	Reference *Reference
	// Search presents the PIN in forms that come into question, by
	// [Tx.Present], so that one typed PIN costs at most one try. Where they are
	// guesses it keeps what came of it by [Tx.KeepPINRecord], goes on after a
	// refusal only as [Tx.Retry] says, and returns an [UnprovenError].
	Search func(t *Tx, pin Secret) error
	// Change sets a new PIN by the present one, Unblock by the PUK, where
	// Reference is nil; both are nil where it is not known how. They return
	// ErrNoKnownForm, before a secret is sent, where this card does not report it.
	Change, Unblock func(t *Tx, by, new Secret) error
	// Tries asks for both counters in a way that is proven to cost no try; nil
	// if there is none.
	Tries func(t *Tx) (pin, puk Tries, err error)
}

// renewable reports whether PIN and PUK may be used to set a new PIN.
func (p *PIN) renewable() bool { return p.Reference != nil || p.Change != nil && p.Unblock != nil }

// change sets a new PIN by the present one.
func (p *PIN) change(t *Tx, old, new Secret) error {
	if p.Reference == nil {
		return p.Change(t, old, new)
	}
	return p.Reference.present(t, iso7816.Command{INS: iso7816.InsChangeReference, P2: p.Reference.PIN}, old, new)
}

// unblock sets a new PIN by the PUK.
func (p *PIN) unblock(t *Tx, puk, new Secret) error {
	if p.Reference == nil {
		return p.Unblock(t, puk, new)
	}
	return p.Reference.present(t, iso7816.Command{INS: iso7816.InsResetRetryCounter, P2: p.Reference.PIN}, puk, new)
}

// Reference is how PIN and PUK are named in commands (ISO 7816-4, 11.6).
type Reference struct {
	PIN, PUK byte // P2
	// Select makes PIN and PUK the ones that the references name, in this very
	// transaction: elsewhere on the card they may name others.
	Select func(t *Tx) error
}
