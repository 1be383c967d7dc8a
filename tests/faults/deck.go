// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"crypto/rsa"
	"fmt"
	"sync"

	"tscns/simcard"
	"tscns/simcard/pki"
)

var (
	setsMu sync.Mutex
	sets   = map[int]*pki.Set{}
)

// Set returns the holder, authority and server of all cards with keys of one
// size, made once for the process.
func Set(f simcard.Family) (*pki.Set, error) {
	setsMu.Lock()
	defer setsMu.Unlock()
	bits := simcard.KeyBits(f)
	if sets[bits] == nil {
		set, err := simcard.NewSet(f)
		if err != nil {
			return nil, err
		}
		sets[bits] = set
	}
	return sets[bits], nil
}

// Deal makes card n of a family: cards differ by their number and their
// certificate, so that what a program remembers of one does not do for the
// next. Their key is the same, and their PIN FirstPIN.
func Deal(f simcard.Family, n int) (*Card, error) {
	set, err := Set(f)
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
	set, err := Set(f)
	if err != nil {
		return nil, err
	}
	return &User{Key: publicKey(set)}, nil
}

func publicKey(set *pki.Set) *rsa.PublicKey { return &set.Identity.Key.PublicKey }
