// SPDX-License-Identifier: Apache-2.0

// Package profile holds what is known of each generation of cards, as plain
// data, one file a generation. docs/cards.md says the same in words, with its
// sources; a test compares the two.
package profile

import "tscns/cardos"

// All returns every profile. Of those that match a card, by answer to reset and
// probe, the first wins; the generic one comes last.
func All() []*cardos.Profile {
	return []*cardos.Profile{
		&stincard2NFC,
		&idemiaNFC,
		&idemiaNFCApplet,
		&cardOSM4,
		&stincard2,
		&stincard1,
		&athena,
		&idemia,
		&tokenME,
		&tokenMEOther,
		&oberthur,
		&actalis2025,
		&generic,
	}
}

// Open is [cardos.Open] with every profile.
func Open(t cardos.Transport, reader string, o cardos.Options) (*cardos.Card, error) {
	return cardos.Open(t, reader, Options(o))
}

// Options returns options with every profile.
func Options(o cardos.Options) cardos.Options {
	o.Profiles = All()
	return o
}
