// SPDX-License-Identifier: Apache-2.0

package cardos

import "fmt"

// AskTries asks the card for the tries that a PIN has left, by VERIFY without
// data, also where nothing proves that this costs none (PINSpec.TriesQuery):
// the caller has told a person so, who accepted. It sends the question once,
// and never about the PUK. On a card whose PIN reference is not known it sends
// nothing and returns ErrNoKnownForm. An answer that tells nothing is a zero
// Tries.
func (c *Card) AskTries(identity int) (Tries, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := c.pinOf(identity)
	if err != nil {
		return Tries{}, err
	}
	if c.profile.apps != nil {
		return Tries{}, fmt.Errorf("%w: asking for the tries", ErrNoKnownForm)
	}
	known := &c.tries[identity].pin
	err = c.do(func(t *tx) error {
		if err := t.selectDir(p.dir); err != nil {
			return err
		}
		return t.queryTries(p.pin, p.spec.MaxTries, known)
	})
	if err != nil {
		*known = Tries{} // it may or may not have cost a try
	}
	return *known, err
}
