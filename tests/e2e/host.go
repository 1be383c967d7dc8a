// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"strings"

	"github.com/miekg/pkcs11"
	"github.com/stretchr/testify/require"
)

// Host is a program that has the library loaded: this one.
type Host struct {
	*pkcs11.Ctx
	r    *Rig
	Slot uint // of the card
}

// Load loads and initialises the library, and ends that with the test.
func (r *Rig) Load() *Host {
	r.t.Helper()
	for _, setting := range r.Env {
		if name, value, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "PCSCLITE") || name == "XDG_RUNTIME_DIR" {
			r.t.Setenv(name, value)
		}
	}
	h := &Host{Ctx: pkcs11.New(r.Module), r: r}
	require.NotNil(r.t, h.Ctx, "the library can be loaded")
	require.NoError(r.t, h.Initialize())
	r.t.Cleanup(func() {
		require.NoError(r.t, h.Finalize())
		h.Destroy()
	})
	slots, err := h.GetSlotList(false)
	require.NoError(r.t, err)
	require.NotEmpty(r.t, slots)
	h.Slot = slots[0]
	return h
}

// Open opens a session, R/W as most programs do.
func (h *Host) Open() pkcs11.SessionHandle {
	h.r.t.Helper()
	s, err := h.OpenSession(h.Slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	require.NoError(h.r.t, err)
	return s
}

// Find returns the objects of a class.
func (h *Host) Find(s pkcs11.SessionHandle, class uint) []pkcs11.ObjectHandle {
	h.r.t.Helper()
	require.NoError(h.r.t, h.FindObjectsInit(s, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, class)}))
	found, _, err := h.FindObjects(s, 10)
	require.NoError(h.r.t, err)
	require.NoError(h.r.t, h.FindObjectsFinal(s))
	return found
}

// Value returns an attribute.
func (h *Host) Value(s pkcs11.SessionHandle, o pkcs11.ObjectHandle, attribute uint) []byte {
	h.r.t.Helper()
	values, err := h.GetAttributeValue(s, o, []*pkcs11.Attribute{pkcs11.NewAttribute(attribute, nil)})
	require.NoError(h.r.t, err)
	return values[0].Value
}

// ErrNoKey says that there is not one private key to be seen: nobody is logged
// in any more.
var ErrNoKey = errors.New("private keys")

// SignWith signs with the card's key.
func (h *Host) SignWith(s pkcs11.SessionHandle, mechanism *pkcs11.Mechanism, data []byte) ([]byte, error) {
	if err := h.FindObjectsInit(s, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY)}); err != nil {
		return nil, err
	}
	keys, _, err := h.FindObjects(s, 10)
	if err = errors.Join(err, h.FindObjectsFinal(s)); err != nil {
		return nil, err
	}
	if len(keys) != 1 {
		return nil, fmt.Errorf("%w: %d", ErrNoKey, len(keys))
	}
	if err := h.SignInit(s, []*pkcs11.Mechanism{mechanism}, keys[0]); err != nil {
		return nil, err
	}
	return h.Sign(s, data)
}
