// SPDX-License-Identifier: Apache-2.0

// Package cardtest puts simulated cards into simulated readers, in process, for
// the tests of the commands, and lists what of a card is personal.
package cardtest

import (
	"crypto/x509"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/tests/simreader"
)

// ReaderName is the reader of [Insert].
const ReaderName = "Simulated Reader 00 00"

// PIN and PUK of the cards.
const (
	PIN = "12345678"
	PUK = "87654321"
)

// Families lists the families that the driver knows.
func Families() (list []simcard.Family) {
	for _, f := range simcard.Families() {
		if f != simcard.FamilyForeign {
			list = append(list, f)
		}
	}
	return list
}

// Insert returns a service with one reader and a card of the family in it.
func Insert(t require.TestingT, f simcard.Family, changes ...func(*simcard.Options)) (*simreader.Service, *simcard.Card, simcard.Options) {
	s := simreader.NewService(ReaderName)
	c, o := New(t, f, changes...)
	s.Insert(ReaderName, c)
	return s, c, o
}

// New makes a card of the family.
func New(t require.TestingT, f simcard.Family, changes ...func(*simcard.Options)) (*simcard.Card, simcard.Options) {
	set, err := simcard.NewSet(f)
	require.NoError(t, err)
	o := simcard.ForIdentity(f, set.Identity)
	for _, change := range changes {
		change(&o)
	}
	c, err := simcard.New(o)
	require.NoError(t, err)
	return c, o
}

// Valid gives the card a certificate with these dates.
func Valid(t require.TestingT, from, to time.Time) func(*simcard.Options) {
	return identity(t, pki.IdentityOptions{NotBefore: from, NotAfter: to})
}

// distinctHolder has names that stand nowhere else: that of the other tests is
// in the addresses of their authority.
var distinctHolder = pki.Holder{
	Issuer: "6030", Issued: "14022026", Expires: "13022032", Surname: "ZUCCHINELLI", Name: "GAUDENZIO", Born: "29021988",
	Sex: "M", Height: "181", CodiceFiscale: "ZCCGNZ88B29Z999W", BirthTown: "Z999", Town: "Z998", Address: "VIA FINTA 7",
}

// DistinctPIN is of no other use in the tests, so that it can be looked for.
const DistinctPIN = "3917465"

// Distinct makes the card out to a person whose data stand nowhere else, with
// [DistinctPIN].
func Distinct(t require.TestingT) func(*simcard.Options) {
	make := identity(t, pki.IdentityOptions{Holder: distinctHolder})
	return func(o *simcard.Options) {
		make(o)
		o.PIN = DistinctPIN
	}
}

func identity(t require.TestingT, want pki.IdentityOptions) func(*simcard.Options) {
	var set *pki.Set // made once, for the cards of one family
	return func(o *simcard.Options) {
		if set == nil || want.Bits != simcard.KeyBits(o.Family) {
			var err error
			want.Bits = simcard.KeyBits(o.Family)
			set, err = pki.NewSet(want)
			require.NoError(t, err)
		}
		*o = simcard.ForIdentity(o.Family, set.Identity)
	}
}

// Signature adds a key for digital signature, with a PIN and PUK of its own.
func Signature(t require.TestingT, pin, puk string) func(*simcard.Options) {
	return func(o *simcard.Options) {
		authority, err := pki.NewAuthority(false)
		require.NoError(t, err)
		id, err := authority.IssueIdentity(pki.IdentityOptions{Signature: true, Bits: simcard.KeyBits(o.Family), Holder: distinctHolder})
		require.NoError(t, err)
		o.Signature = &simcard.Credential{Key: id.Key, Certificate: id.Certificate, PIN: pin, PUK: puk}
	}
}

// Personal lists what of a card must not be printed or written, by what it is.
func Personal(t require.TestingT, o simcard.Options) map[string]string {
	h, err := cardos.ParseHolder(o.Personal)
	require.NoError(t, err)
	c, err := x509.ParseCertificate(o.Authentication.Certificate)
	require.NoError(t, err)
	list := map[string]string{
		"surname": h.Surname, "name": h.Name, "codice fiscale": h.TaxCode, "birth": "29021988", "address": h.Address, "card number": o.Serial,
		"middle of the number": o.Serial[2:14], "printed number": o.Serial[1:13], "subject": c.Subject.CommonName,
		"hash in the subject": c.Subject.CommonName[strings.LastIndexByte(c.Subject.CommonName, '.')+1:],
		"unit in the subject": c.Subject.OrganizationalUnit[0], "authority's signature": string(c.Signature),
		"serial number": string(c.SerialNumber.Bytes()), "PIN": o.PIN, "PUK": PUK,
	}
	if o.Serial[4:8] != "0000" {
		list["end of the number"] = o.Serial[4:]
	}
	return list
}

// PINCommands counts the commands about a PIN that a card got: those that carry
// one, and those that ask for the tries left.
func PINCommands(c *simcard.Card) (with, without int) {
	for _, e := range c.Log() {
		switch e.Header[1] {
		case 0x20, 0x24, 0x2C:
			if e.Lc > 0 {
				with++
			} else {
				without++
			}
		}
	}
	return with, without
}
