// SPDX-License-Identifier: Apache-2.0

package matrix

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/miekg/pkcs11"
	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/tests/e2e"
)

const (
	signaturePIN = "34509876"
	signaturePUK = "99887766"
)

// twoKeys is a card with a qualified key beside that for authentication.
func twoKeys(t *testing.T, family simcard.Family) (r *e2e.Rig, ds *pki.Identity) {
	t.Helper()
	authority, err := pki.NewAuthority(false)
	require.NoError(t, err)
	ds, err = authority.IssueIdentity(pki.IdentityOptions{Signature: true})
	require.NoError(t, err)
	r = e2e.Start(t, e2e.Options{Family: family, Change: func(o *simcard.Options) {
		o.Signature = &simcard.Credential{Key: ds.Key, Certificate: ds.Certificate, PIN: signaturePIN, PUK: signaturePUK}
	}})
	return r, ds
}

// signatureSlot finds the second slot of the card: it is listed once somebody
// has looked at the card.
func signatureSlot(t *testing.T, h *e2e.Host) uint {
	t.Helper()
	_, err := h.GetTokenInfo(h.Slot)
	require.NoError(t, err)
	slots, err := h.GetSlotList(true)
	require.NoError(t, err)
	for _, slot := range slots {
		info, err := h.GetTokenInfo(slot)
		require.NoError(t, err)
		if info.Label == e2e.DSTokenLabel {
			description, err := h.GetSlotInfo(slot)
			require.NoError(t, err)
			require.True(t, strings.HasSuffix(description.SlotDescription, " (firma)"), description.SlotDescription)
			return slot
		}
	}
	t.Fatal("no token for signatures")
	return 0
}

// signWithPIN signs the message, with the PIN given for this signature.
func signWithPIN(t *testing.T, h *e2e.Host, s pkcs11.SessionHandle, mechanism []*pkcs11.Mechanism, key pkcs11.ObjectHandle) []byte {
	t.Helper()
	require.NoError(t, h.SignInit(s, mechanism, key))
	require.NoError(t, h.Login(s, pkcs11.CKU_CONTEXT_SPECIFIC, signaturePIN))
	signature, err := h.Sign(s, message)
	require.NoError(t, err)
	return signature
}

// TestSignatureKey: the qualified key is a token of its own, and asks for its
// PIN before each signature (PKCS #11, CKA_ALWAYS_AUTHENTICATE).
func TestSignatureKey(t *testing.T) {
	for _, family := range []simcard.Family{simcard.FamilyA, simcard.FamilyB1} {
		t.Run(string(family), func(t *testing.T) {
			r, ds := twoKeys(t, family)
			h := r.Load()
			auth := h.Open()
			h.Slot = signatureSlot(t, h)
			s := h.Open()
			certificates := h.Find(s, pkcs11.CKO_CERTIFICATE)
			require.Len(t, certificates, 1)
			require.Equal(t, ds.Certificate, h.Value(s, certificates[0], pkcs11.CKA_VALUE))
			require.Equal(t, e2e.DSKeyLabel, string(h.Value(s, certificates[0], pkcs11.CKA_LABEL)))

			isRV := func(want uint, err error) { t.Helper(); rv(t, want, err) }
			isRV(pkcs11.CKR_PIN_INCORRECT, h.Login(s, pkcs11.CKU_USER, r.PIN))
			tries, _ := r.Card.SignatureTries()
			require.Equal(t, 2, tries, "the other PIN is a wrong one here")
			require.Equal(t, 3, r.PINTries())
			r.WrongPINs(1)
			require.NoError(t, h.Login(s, pkcs11.CKU_USER, signaturePIN))
			keys := h.Find(s, pkcs11.CKO_PRIVATE_KEY)
			require.Len(t, keys, 1)
			require.Equal(t, []byte{1}, h.Value(s, keys[0], pkcs11.CKA_ALWAYS_AUTHENTICATE))
			require.Equal(t, []byte{1}, h.Value(s, keys[0], pkcs11.CKA_SIGN))
			require.Equal(t, []byte{0}, h.Value(s, keys[0], pkcs11.CKA_DECRYPT))

			mechanism := []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_SHA256_RSA_PKCS, nil)}
			for range 2 {
				require.NoError(t, h.SignInit(s, mechanism, keys[0]))
				_, err := h.Sign(s, message)
				isRV(pkcs11.CKR_USER_NOT_LOGGED_IN, err)
				signature := signWithPIN(t, h, s, mechanism, keys[0])
				digest := sha256.Sum256(message)
				require.NoError(t, rsa.VerifyPKCS1v15(&ds.Key.PublicKey, crypto.SHA256, digest[:], signature))
			}
			_, err := h.SignWith(s, pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS_PSS,
				pkcs11.NewPSSParams(pkcs11.CKM_SHA256, pkcs11.CKG_MGF1_SHA256, 32)), make([]byte, 32))
			isRV(pkcs11.CKR_MECHANISM_INVALID, err)

			// Both tokens at once: each has its own login.
			require.NoError(t, h.Login(auth, pkcs11.CKU_USER, r.PIN))
			info, err := h.GetSessionInfo(s)
			require.NoError(t, err)
			require.Equal(t, uint(pkcs11.CKS_RW_USER_FUNCTIONS), info.State)
			signWithPIN(t, h, s, mechanism, keys[0])
			signature, err := h.SignWith(auth, mechanism[0], message)
			require.NoError(t, err)
			digest := sha256.Sum256(message)
			require.NoError(t, rsa.VerifyPKCS1v15(r.PublicKey(), crypto.SHA256, digest[:], signature))

			// Logging out of one resets the card, which ends the other's PIN
			// too; its next signature asks for the PIN anyway.
			require.NoError(t, h.Logout(auth))
			signWithPIN(t, h, s, mechanism, keys[0])
			tries, _ = r.Card.SignatureTries()
			require.Equal(t, 3, tries)
		})
	}
}
