// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"github.com/miekg/pkcs11"
	"github.com/stretchr/testify/require"

	"tscns/simcard"
)

func isRV(t *testing.T, want uint, err error) {
	t.Helper()
	var rv pkcs11.Error
	require.ErrorAs(t, err, &rv)
	require.Equal(t, pkcs11.Error(want), rv)
}

// TestToken does what people do with a card, in this process and by each route.
// Every kind of card, without a route: tests/matrix.
func TestToken(t *testing.T) {
	for _, family := range []simcard.Family{simcard.FamilyB2, simcard.FamilyC} { // keys of 2048 and 1024 bits
		t.Run(string(family), func(t *testing.T) {
			r := Start(t, Options{Family: family})
			h := r.Load()
			s := h.Open()
			token, err := h.GetTokenInfo(h.Slot)
			require.NoError(t, err)
			require.Equal(t, TokenLabel, token.Label)
			require.Equal(t, r.set.Identity.Serial, token.SerialNumber)
			certificates := h.Find(s, pkcs11.CKO_CERTIFICATE)
			require.Len(t, certificates, 1)
			require.True(t, bytes.Equal(r.CertDER, h.Value(s, certificates[0], pkcs11.CKA_VALUE)))
			require.Len(t, h.Find(s, pkcs11.CKO_PUBLIC_KEY), 1)
			require.Zero(t, r.PINCommands(), "nothing about a PIN before the login")
			require.NoError(t, h.Login(s, pkcs11.CKU_USER, r.PIN))
			keys := h.Find(s, pkcs11.CKO_PRIVATE_KEY)
			require.Len(t, keys, 1)
			for _, attribute := range []uint{pkcs11.CKA_ID, pkcs11.CKA_LABEL} {
				require.Equal(t, h.Value(s, certificates[0], attribute), h.Value(s, keys[0], attribute))
			}
			h.checkSignatures(s)
			require.NoError(t, h.Logout(s))
			h.checkPINs(s)
		})
	}
}

// checkPINs gives wrong PINs, changes the PIN, blocks and unblocks it.
func (h *Host) checkPINs(s pkcs11.SessionHandle) {
	t, r := h.r.t, h.r
	const second, third = "55555555", "66666"
	for _, pin := range []string{"", "12", "1234567890", "abcdefgh"} {
		require.Error(t, h.Login(s, pkcs11.CKU_USER, pin))
	}
	require.Error(t, h.SetPIN(s, r.PIN, "12"), "too short")
	r.WrongPINs(0)
	isRV(t, pkcs11.CKR_PIN_INCORRECT, h.Login(s, pkcs11.CKU_USER, "99999999"))
	r.WrongPINs(1)
	isRV(t, pkcs11.CKR_PIN_INCORRECT, h.SetPIN(s, "99999999", second))
	r.WrongPINs(2)
	require.NoError(t, h.SetPIN(s, r.PIN, second))
	require.Equal(t, 3, r.PINTries())
	isRV(t, pkcs11.CKR_PIN_INCORRECT, h.Login(s, pkcs11.CKU_USER, r.PIN))
	require.NoError(t, h.Login(s, pkcs11.CKU_USER, second))
	h.checkSignatures(s)
	require.NoError(t, h.Logout(s))
	for range 3 {
		require.Error(t, h.Login(s, pkcs11.CKU_USER, "99999999"))
	}
	require.Zero(t, r.PINTries())
	isRV(t, pkcs11.CKR_PIN_LOCKED, h.Login(s, pkcs11.CKU_USER, second))
	require.NoError(t, h.Login(s, pkcs11.CKU_SO, r.PUK))
	require.NoError(t, h.InitPIN(s, third))
	require.NoError(t, h.Logout(s))
	require.Equal(t, 3, r.PINTries())
	require.NoError(t, h.Login(s, pkcs11.CKU_USER, third))
	h.checkSignatures(s)
	r.WrongPINs(6)
}

// checkSignatures signs a digest and a message, both paddings, and verifies with
// the standard library.
func (h *Host) checkSignatures(s pkcs11.SessionHandle) {
	t, public := h.r.t, h.r.PublicKey()
	message := []byte("messaggio")
	digest := sha256.Sum256(message)
	// DigestInfo of SHA-256 (RFC 8017, section 9.2).
	info := slices.Concat([]byte{0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}, digest[:])
	params := pkcs11.NewPSSParams(pkcs11.CKM_SHA256, pkcs11.CKG_MGF1_SHA256, 32)
	pkcs := func(signature []byte) error { return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) }
	pss := func(signature []byte) error {
		return rsa.VerifyPSS(public, crypto.SHA256, digest[:], signature, &rsa.PSSOptions{SaltLength: 32})
	}
	for name, c := range map[string]struct {
		mechanism *pkcs11.Mechanism
		data      []byte
		verify    func([]byte) error
	}{
		"RSA_PKCS":            {pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS, nil), info, pkcs},
		"SHA256_RSA_PKCS":     {pkcs11.NewMechanism(pkcs11.CKM_SHA256_RSA_PKCS, nil), message, pkcs},
		"RSA_PKCS_PSS":        {pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS_PSS, params), digest[:], pss},
		"SHA256_RSA_PKCS_PSS": {pkcs11.NewMechanism(pkcs11.CKM_SHA256_RSA_PKCS_PSS, params), message, pss},
	} {
		before := h.r.Signatures()
		signature, err := h.SignWith(s, c.mechanism, c.data)
		if _, unknown := h.GetMechanismInfo(h.Slot, []*pkcs11.Mechanism{c.mechanism}); unknown != nil && through != "" {
			// p11-kit's protocol leaves out mechanisms whose parameters it
			// does not know, CKM_SHA256_RSA_PKCS_PSS up to version 0.24.
			require.NotContains(t, []string{"RSA_PKCS", "RSA_PKCS_PSS"}, name)
			isRV(t, pkcs11.CKR_MECHANISM_INVALID, err)
			continue
		}
		require.NoError(t, err, name)
		require.NoError(t, c.verify(signature), name)
		require.Equal(t, before+1, h.r.Signatures(), "%s: one signature of the card", name)
	}
}

// TestRemoval: a card that comes late is found; taken out, it ends its sessions;
// back in, it works again with the same library and the same slot.
func TestRemoval(t *testing.T) {
	r := Start(t, Options{Reading: EmptyReader})
	h := r.Load()
	for range 2 {
		_, err := h.GetTokenInfo(h.Slot)
		isRV(t, pkcs11.CKR_TOKEN_NOT_PRESENT, err)
		r.Insert()
		s := h.Open()
		require.Empty(t, h.Find(s, pkcs11.CKO_PRIVATE_KEY), "a login ends with the card's stay")
		require.NoError(t, h.Login(s, pkcs11.CKU_USER, r.PIN))
		h.checkSignatures(s)
		r.Remove()
		_, err = h.GetSessionInfo(s)
		require.Error(t, err)
		info, err := h.GetSlotInfo(h.Slot)
		require.NoError(t, err)
		require.Zero(t, info.Flags&pkcs11.CKF_TOKEN_PRESENT)
	}
}

// TestTwoPrograms: this program and others use the card in turns. What another
// one does to the card's state costs at most a login, never a wrong signature.
func TestTwoPrograms(t *testing.T) {
	r := Start(t, Options{})
	h := r.Load()
	s := h.Open()
	require.NoError(t, h.Login(s, pkcs11.CKU_USER, r.PIN))
	message := r.File("message", []byte("messaggio"))
	for i := range 3 {
		h.checkSignatures(s)
		out := fmt.Sprintf("%s/sig%d", r.Dir, i)
		r.Tool("pkcs11-tool", "opensc", "--module", r.Module, "--token-label", r.Token, "--login", "--pin", r.PIN,
			"--sign", "-m", "SHA256-RSA-PKCS", "-i", message, "-o", out).OK()
		digest := sha256.Sum256([]byte("messaggio"))
		require.NoError(t, rsa.VerifyPKCS1v15(r.PublicKey(), crypto.SHA256, digest[:], r.Read(out)))
		if _, err := h.SignWith(s, pkcs11.NewMechanism(pkcs11.CKM_SHA256_RSA_PKCS, nil), []byte("x")); err != nil {
			require.NoError(t, h.Login(s, pkcs11.CKU_USER, r.PIN))
		}
	}
}
