// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"fmt"

	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/tests/kit"
)

// Deal makes card n of a family: cards differ by their number and their
// certificate, so that what a program remembers of one does not do for the
// next. Their key is the same, and their PIN FirstPIN.
func Deal(f simcard.Family, n int) (*Card, error) {
	set, err := kit.Set(simcard.KeyBits(f))
	if err != nil {
		return nil, err
	}
	id, err := set.Authority.IssueIdentity(pki.IdentityOptions{
		Bits: simcard.KeyBits(f), Key: set.Identity.Key, Serial: fmt.Sprintf("6090%012d", n)})
	if err != nil {
		return nil, err
	}
	o := simcard.ForIdentity(f, id)
	o.PIN = FirstPIN
	card, err := simcard.New(o)
	if err != nil {
		return nil, err
	}
	c := NewCard(card, FirstPIN)
	c.Certificate = id.Certificate
	return c, nil
}

// NewUser is a program that knows the key of the cards of a family.
func NewUser(f simcard.Family) (*User, error) {
	set, err := kit.Set(simcard.KeyBits(f))
	if err != nil {
		return nil, err
	}
	return &User{Key: &set.Identity.Key.PublicKey}, nil
}
