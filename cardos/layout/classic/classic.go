// SPDX-License-Identifier: Apache-2.0

// Package classic is the layout of most cards: the file system of the CNS,
// with certificates and keys at the places that its specification fixes.
package classic

import (
	"tscns/cardos"
	"tscns/cardos/layout/cns"
)

// Layout is the layout of one generation; it implements [cardos.Layout].
type Layout cns.Config

// AuthenticationKey is the place of the authentication key of the CNS, the same
// on every card.
var AuthenticationKey = cns.Place{Purpose: cardos.Authentication, Certificate: cns.CCarta, Directory: cns.MF, Ref: cns.RefKey}

// AuthenticationPIN returns the PIN of the authentication key; flag is 0 or
// [cns.Backtrack].
func AuthenticationPIN(flag byte) cns.PIN {
	return cns.PIN{Purpose: cardos.Authentication, Directory: cns.MF, PIN: flag | cns.RefPIN, PUK: flag | cns.RefPUK, Spec: cns.Policy}
}

// The qualified signature has a key, certificate and PIN of its own under
// 1400. The file system asks only for the directory, so most cards have none
// there. Inferred: OpenSC has this place and signs by PSO COMPUTE DIGITAL
// SIGNATURE, but nobody reports a card that did, and a JSign card with a
// qualified certificate shows nothing there.
const (
	signatureDirectory   cns.Path = "\x14\x00\x81\x10"
	signatureCertificate cns.Path = "\x14\x00\x90\x10"

	refSignaturePIN = 0x1A
	refSignaturePUK = 0x1B
	refSignatureKey = 0x10
)

// SignatureKey is the key of the qualified signature.
var SignatureKey = cns.Place{Purpose: cardos.DigitalSignature, Certificate: signatureCertificate,
	Directory: signatureDirectory, Ref: refSignatureKey, CardPads: true}

// SignaturePIN returns the PIN of the qualified signature, whose counter is
// not known; flag is 0 or [cns.Backtrack].
func SignaturePIN(flag byte) cns.PIN {
	spec := cns.Policy
	spec.MaxTries = 0
	return cns.PIN{Purpose: cardos.DigitalSignature, Directory: signatureDirectory,
		PIN: flag | refSignaturePIN, PUK: flag | refSignaturePUK, Spec: spec}
}

// card is the layout on one card.
type card struct{ *cns.Card }

// Probe implements [cardos.Layout].
func (l Layout) Probe(p *cardos.Prober) (cardos.Instance, error) {
	c := card{cns.NewCard((*cns.Config)(&l))}
	if ok, err := c.Probe(p); !ok || err != nil {
		return nil, err
	}
	return c, nil
}

// Restore implements [cardos.Layout].
func (l Layout) Restore(place []byte) (cardos.Instance, error) {
	c, err := cns.RestoreCard((*cns.Config)(&l), place)
	if err != nil {
		return nil, err
	}
	return card{c}, nil
}

// Keys implements [cardos.Instance].
func (c card) Keys(t *cardos.Tx) ([]cardos.FoundKey, error) {
	f := c.NewFinder()
	err := f.TryPlaces(t, false)
	return f.Found, err
}
