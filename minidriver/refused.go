// SPDX-License-Identifier: Apache-2.0

package minidriver

import (
	"crypto/subtle"
	"errors"

	"tscns/cardos"
	"tscns/cardos/secmem"
)

// secret names a PIN or PUK of the card.
type secret struct {
	identity int
	puk      bool
}

// refusedSecrets are the PINs and PUKs that the card refused last. One that comes
// again is answered the same and not sent: it would cost another try.
type refusedSecrets map[secret]*secmem.Buffer

// note takes in what came of a PIN or PUK.
func (r *refusedSecrets) note(s secret, value cardos.Secret, outcome error) {
	switch {
	case value == nil: // at the keypad of the reader
	case outcome == nil:
		r.forget(s)
	case errors.Is(outcome, cardos.ErrPINIncorrect):
		r.forget(s)
		if *r == nil {
			*r = refusedSecrets{}
		}
		(*r)[s] = secmem.Copy(value)
	}
}

func (r *refusedSecrets) forget(s secret) {
	(*r)[s].Free()
	delete(*r, s)
}

func (r *refusedSecrets) wipe() {
	for s := range *r {
		r.forget(s)
	}
}

// repeats reports whether this very PIN or PUK was refused, and none was accepted
// since by any program of the user, which may have set it. The caller holds mu.
func (c *Context) repeats(s secret, value cardos.Secret) bool {
	kept := c.refused[s]
	if kept == nil || value == nil {
		return false
	}
	refused, puk := c.card.PINRefused(s.identity)
	if s.puk {
		refused = puk
	}
	if !refused {
		c.refused.forget(s)
		return false
	}
	return subtle.ConstantTimeCompare(kept.Bytes(), value) == 1
}
