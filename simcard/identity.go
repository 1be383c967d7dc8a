// SPDX-License-Identifier: Apache-2.0

package simcard

import (
	"encoding/json"
	"os"
	"path/filepath"

	"tscns/simcard/pki"
)

// FileCard is the name of the card's description in an identity directory.
const FileCard = "card.json"

// ForIdentity returns the options of a card of a family that carries an
// identity.
func ForIdentity(f Family, id *pki.Identity) Options {
	return Options{Family: f, Serial: id.Serial, Personal: id.Personal,
		Authentication: Credential{Key: id.Key, Certificate: id.Certificate}}
}

// NewSet makes a demo authority, server and identity with the key size of a
// family.
func NewSet(f Family) (*pki.Set, error) {
	return pki.NewSet(pki.IdentityOptions{Bits: KeyBits(f)})
}

// Save writes an identity directory: the set, and the card's description in
// card.json (family, PIN, PUK, behaviour), mode 0600.
func Save(dir string, o Options, set *pki.Set) error {
	if err := set.Save(dir); err != nil {
		return err
	}
	text, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, FileCard), append(text, '\n'), 0o600)
}

// Load reads an identity directory.
func Load(dir string) (Options, *pki.Set, error) {
	set, err := pki.Load(dir)
	if err != nil {
		return Options{}, nil, err
	}
	text, err := os.ReadFile(filepath.Join(dir, FileCard))
	if err != nil {
		return Options{}, nil, err
	}
	var read Options
	if err := json.Unmarshal(text, &read); err != nil {
		return Options{}, nil, err
	}
	o := read
	o.Serial, o.Personal = set.Identity.Serial, set.Identity.Personal
	o.Authentication = Credential{Key: set.Identity.Key, Certificate: set.Identity.Certificate}
	if o.Signature != nil && set.Signature != nil {
		o.Signature.Key, o.Signature.Certificate = set.Signature.Key, set.Signature.Certificate
	}
	return o, set, nil
}
