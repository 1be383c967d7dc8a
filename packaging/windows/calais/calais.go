// SPDX-License-Identifier: Apache-2.0

// Package calais holds what Windows is told of the cards: the keys below
// [Key], by which the smart card service finds the minidriver of a card from its
// answer to reset. The installer is made of it, and tscns doctor compares a
// computer with it.
package calais

import (
	"bytes"
	"encoding/hex"
)

// Key is the key of the smart cards that this Windows knows, below
// HKEY_LOCAL_MACHINE. Each subkey of it is one, by its name.
const Key = `SOFTWARE\Microsoft\Cryptography\Calais\SmartCards`

// Names of the values of a card's key.
const (
	ValueDLL         = "80000001" // REG_SZ: the path of the minidriver
	ValueATR         = "ATR"      // REG_BINARY
	ValueMask        = "ATRMask"  // REG_BINARY, as long as the ATR
	ValueCSP         = "Crypto Provider"
	ValueKSP         = "Smart Card Key Storage Provider"
	ValueInstalledBy = "InstalledBy" // not Windows': who wrote the key
)

// The values that are the same for each of our cards. Without the key storage
// provider a program gets no RSA-PSS, and so no TLS 1.3.
const (
	CSP         = "Microsoft Base Smart Card Crypto Provider"
	KSP         = "Microsoft Smart Card Key Storage Provider"
	InstalledBy = "tscns"
	DLL         = "tscns-minidriver.dll"
)

// Card is an entry: the cards whose answer to reset, without the bits that Mask
// leaves out, is ATR. ATR has no bit that Mask leaves out.
type Card struct {
	Name      string // of the key
	ATR, Mask []byte
}

// Matches reports whether Windows takes a card with this answer to reset for
// c: as long as c's, and the same in the bits of the mask.
func (c Card) Matches(atr []byte) bool {
	if len(atr) != len(c.ATR) || len(c.Mask) != len(c.ATR) {
		return false
	}
	masked := make([]byte, len(atr))
	for i := range atr {
		masked[i] = atr[i] & c.Mask[i]
	}
	return bytes.Equal(masked, c.ATR)
}

// cards are the entries, one row each. In the masks those with contacts are free
// in clock and waiting times, in the makers of chip and mask and the version of
// the operating system, in the eighth historical byte and in the check byte; the
// version of the CNS is 1.0 or 1.1.
//
// Over NFC each answer to reset is entered whole: its common part, made up by
// the reader, is also that of passports and of bank cards.
var cards = []struct{ name, atr, mask string }{
	{"TS-CNS tscns 24", "3BDF18008131FE00006B00000000010001434E5310318000", "FFFFFFFFFFFFFF00FFFF00000000FF00FFFFFFFFFEFFFF00"},
	{"TS-CNS tscns 25", "3BFF0000008131FE00006B00000000010001434E5310318000", "FFFF00FF00FFFFFF00FFFF00000000FF00FFFFFFFFFEFFFF00"},
	{"TS-CNS tscns 26", "3BFF180000C10A31FE00006B00000000010001434E5310318000", "FFFFFFFF00FFFFFFFF00FFFF00000000FF00FFFFFFFFFEFFFF00"},
	{"TS-CNS tscns NFC 1", "3B8B80010031C16408923354009000F3", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"},
	{"TS-CNS tscns NFC 2", "3B8B80010031C164092914540090006E", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"},
}

// Cards returns the entries of this driver.
func Cards() []Card {
	list := make([]Card, 0, len(cards))
	for _, c := range cards {
		list = append(list, Card{Name: c.name, ATR: octets(c.atr), Mask: octets(c.mask)})
	}
	return list
}

// Match returns the entry that takes a card with this answer to reset.
func Match(atr []byte) (Card, bool) {
	for _, c := range Cards() {
		if c.Matches(atr) {
			return c, true
		}
	}
	return Card{}, false
}

// octets decodes a row of the table, which is right or is no row.
func octets(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic("calais: " + err.Error())
	}
	return b
}
