// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"sync"

	"tscns/cardos"
	"tscns/cardos/pkcs1"
)

// fakeCard is the card of a test. io counts the calls that would reach a real
// card; hook, if set, runs at the start of each and may block, fail or panic.
type fakeCard struct {
	mu         sync.Mutex
	key        *rsa.PrivateKey
	identities []cardos.Identity
	pin, puk   string
	tries      int
	pukTries   int
	told       [2]cardos.Tries // what Tries returns, of PIN and PUK
	refused    [2]bool         // what PINRefused returns
	verified   bool
	opened     bool // a PIN state to forget
	gone       bool
	connected  int
	io         int
	opens      int
	abandoned  int // closed as one whose place another may have taken
	forgets    int
	pinsSent   int
	openErr    error
	hook       func(op string) error
	files      map[string][]byte

	pad   cardos.Pad
	typed func() (old, new string, err error) // at the reader's keypad
}

func (c *fakeCard) open() (card, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opens++
	if c.openErr != nil {
		return nil, c.openErr
	}
	c.connected++
	return c, nil
}

func (c *fakeCard) pull() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone, c.verified, c.opened = true, false, false
}

func (c *fakeCard) put() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = false
}

// resetByOther is what another program's reset does.
func (c *fakeCard) resetByOther() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.verified = false
}

// touch is the start of a call that reaches the card.
func (c *fakeCard) touch(op string) error {
	c.mu.Lock()
	c.io++
	hook, gone := c.hook, c.gone
	c.mu.Unlock()
	if hook != nil {
		if err := hook(op); err != nil {
			return err
		}
	}
	if gone {
		return fmt.Errorf("%s: %w", op, cardos.ErrCardRemoved)
	}
	return nil
}

func (c *fakeCard) setHook(hook func(op string) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hook = hook
}

func (c *fakeCard) count() (io, pins int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.io, c.pinsSent
}

func (c *fakeCard) Info() cardos.Info {
	return cardos.Info{Profile: "STIncard 1.1 (ST 2021)", Family: "B2", Maker: "STIncard", Serial: "6090000000000001"}
}

func (c *fakeCard) Identities() ([]cardos.Identity, error) {
	if err := c.touch("identities"); err != nil {
		return nil, err
	}
	return c.identities, nil
}

func (c *fakeCard) check(s cardos.Secret, least, most int) error {
	if len(s) < least || len(s) > most {
		return cardos.ErrPINLength
	}
	for _, b := range s {
		if b < '0' || b > '9' {
			return cardos.ErrPINCharacter
		}
	}
	return nil
}

func (c *fakeCard) CheckPIN(i int, pin cardos.Secret) error {
	return c.check(pin, c.identities[i].PIN.MinLength, c.identities[i].PIN.MaxLength)
}

func (c *fakeCard) CheckPUK(i int, puk cardos.Secret) error {
	return c.check(puk, c.identities[i].PIN.PUKMinLength, c.identities[i].PIN.PUKMaxLength)
}

func (c *fakeCard) Tries(int) (pin, puk cardos.Tries) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.told[0], c.told[1]
}

func (c *fakeCard) PINRefused(int) (pin, puk bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refused[0], c.refused[1]
}

// tell has the card report its counters.
func (c *fakeCard) tell() {
	c.told = [2]cardos.Tries{{Known: true, Left: c.tries}, {Known: true, Left: c.pukTries}}
}

func (c *fakeCard) QueryTries(i int) (pin, puk cardos.Tries, err error) {
	if err := c.touch("query"); err != nil {
		return pin, puk, err
	}
	c.mu.Lock()
	c.tell()
	c.mu.Unlock()
	pin, puk = c.Tries(i)
	return pin, puk, nil
}

// present compares a secret and counts, as the card does.
func (c *fakeCard) present(given cardos.Secret, want string, tries *int, full int) error {
	c.pinsSent++
	defer c.tell()
	switch {
	case *tries == 0:
		return cardos.ErrPINBlocked
	case string(given) != want:
		*tries--
		return &cardos.PINError{Tries: cardos.Tries{Known: true, Left: *tries}}
	}
	*tries = full
	return nil
}

func (c *fakeCard) VerifyPIN(_ int, pin cardos.Secret) error {
	if err := c.touch("verify"); err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.refused[0] = errors.Is(err, cardos.ErrPINIncorrect)
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused[0] = false
	err := c.present(pin, c.pin, &c.tries, 3)
	c.verified = err == nil
	c.opened = c.opened || c.verified
	return err
}

func (c *fakeCard) ChangePIN(_ int, old, new cardos.Secret) error {
	if err := c.touch("change"); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.present(old, c.pin, &c.tries, 3); err != nil {
		c.verified = false
		return err
	}
	c.pin, c.opened = string(new), true
	return nil
}

func (c *fakeCard) UnblockPIN(_ int, puk, new cardos.Secret) error {
	if err := c.touch("unblock"); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.present(puk, c.puk, &c.pukTries, 10)
	c.refused[1] = err != nil
	if err != nil {
		return err
	}
	c.pin, c.tries, c.opened = string(new), 3, true
	c.tell()
	return nil
}

func (c *fakeCard) Verified(int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.verified
}

func (c *fakeCard) SignPKCS1v15(k *cardos.Key, t []byte) ([]byte, error) {
	block, err := pkcs1.PadSignature(t, c.key.Size())
	if err != nil {
		return nil, err
	}
	return c.RawRSA(k, block)
}

func (c *fakeCard) RawRSA(_ *cardos.Key, block []byte) ([]byte, error) {
	if err := c.touch("rsa"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.verified {
		return nil, cardos.ErrPINRequired
	}
	x := new(big.Int).SetBytes(block)
	return x.Exp(x, c.key.D, c.key.N).FillBytes(make([]byte, c.key.Size())), nil
}

func (c *fakeCard) DataFiles() []cardos.DataFile {
	return []cardos.DataFile{
		{Label: "EF_DatiPersonali", Path: []byte{0x11, 0x00, 0x11, 0x02}, Holder: true},
		{Label: "EF_IDCarta", Path: []byte{0x10, 0x00, 0x10, 0x03}},
	}
}

func (c *fakeCard) ReadDataFile(f cardos.DataFile) ([]byte, error) {
	if err := c.touch("read"); err != nil {
		return nil, err
	}
	v, ok := c.files[f.Label]
	if !ok {
		return nil, cardos.ErrNotFound
	}
	return v, nil
}

func (c *fakeCard) Forget() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened {
		c.forgets++
	}
	c.verified, c.opened = false, false
	return nil
}

func (c *fakeCard) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.connected--
	return nil
}

func (c *fakeCard) Abandon() error {
	c.mu.Lock()
	c.abandoned++
	c.mu.Unlock()
	return c.Close()
}

func (c *fakeCard) PINPad() cardos.Pad {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pad
}

func (c *fakeCard) VerifyPINOnPad(i int) error {
	pin, _, err := c.typed()
	if err != nil {
		return err
	}
	return c.VerifyPIN(i, cardos.Secret(pin))
}

func (c *fakeCard) ChangePINOnPad(i int) error {
	old, pin, err := c.typed()
	if err != nil {
		return err
	}
	return c.ChangePIN(i, cardos.Secret(old), cardos.Secret(pin))
}
