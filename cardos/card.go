// SPDX-License-Identifier: Apache-2.0

// Package cardos drives the Italian CNS smart cards: recognition, files, PIN
// and private key. It knows nothing of PKCS#11.
package cardos

// Card is one recognised card. Its methods may be called from any goroutine.
type Card struct{ info Info }

// Open connects to the card in a reader and recognises it.
func Open(t Transport, reader string) (*Card, error) { return nil, ErrNotRecognized }

func (c *Card) Info() Info                                          { return c.info }
func (c *Card) Identities() ([]Identity, error)                     { return nil, ErrNotFound }
func (c *Card) CheckPIN(identity int, pin Secret) error             { return ErrNotFound }
func (c *Card) CheckPUK(identity int, puk Secret) error             { return ErrNotFound }
func (c *Card) Tries(identity int) (pin, puk Tries)                 { return }
func (c *Card) QueryTries(identity int) (pin, puk Tries, err error) { err = ErrUnsupported; return }
func (c *Card) VerifyPIN(identity int, pin Secret) error            { return ErrNotFound }
func (c *Card) ChangePIN(identity int, old, new Secret) error       { return ErrNotFound }
func (c *Card) UnblockPIN(identity int, puk, new Secret) error      { return ErrNotFound }
func (c *Card) Verified(identity int) bool                          { return false }
func (c *Card) RawRSA(k *Key, block []byte) ([]byte, error)         { return nil, ErrNotFound }
func (c *Card) DataFiles() []DataFile                               { return nil }
func (c *Card) ReadDataFile(f DataFile) ([]byte, error)             { return nil, ErrNotFound }
func (c *Card) Forget() error                                       { return nil }
func (c *Card) Close() error                                        { return nil }
