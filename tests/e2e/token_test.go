// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"fmt"
	"testing"
	"time"

	"github.com/miekg/pkcs11"
	"github.com/stretchr/testify/require"

	"tscns/simcard"
)

// families are those that the library promises to drive.
var families = []simcard.Family{simcard.FamilyA, simcard.FamilyB1, simcard.FamilyB2, simcard.FamilyC, simcard.FamilyD, simcard.FamilyE}

// tested are the families that a test goes through: all of them, or one of each
// key length where p11-kit is between, to which they are all the same.
func tested() []simcard.Family {
	if through != "" {
		return []simcard.Family{simcard.FamilyB2, simcard.FamilyC}
	}
	return families
}

func isRV(t *testing.T, want uint, err error) {
	t.Helper()
	var rv pkcs11.Error
	require.ErrorAs(t, err, &rv)
	require.Equal(t, pkcs11.Error(want), rv)
}

// TestFamilies: each kind of card is listed, logged in to, and signs.
func TestFamilies(t *testing.T) {
	for _, family := range tested() {
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
		})
	}
}

// digestInfo returns the input of CKM_RSA_PKCS for a SHA-256 signature
// (RFC 8017, section 9.2).
func digestInfo(t *testing.T, digest []byte) []byte {
	t.Helper()
	type algorithm struct {
		OID        asn1.ObjectIdentifier
		Parameters asn1.RawValue
	}
	der, err := asn1.Marshal(struct {
		Algorithm algorithm
		Digest    []byte
	}{algorithm{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, asn1.NullRawValue}, digest})
	require.NoError(t, err)
	return der
}

// checkSignatures signs by the mechanisms that programs use and verifies with
// the standard library.
func (h *Host) checkSignatures(s pkcs11.SessionHandle) {
	t, public := h.r.t, h.r.PublicKey()
	message := []byte("messaggio")
	d1, d256, d512 := sha1.Sum(message), sha256.Sum256(message), sha512.Sum512(message)
	pss256 := pkcs11.NewPSSParams(pkcs11.CKM_SHA256, pkcs11.CKG_MGF1_SHA256, 32)
	pkcs := func(hash crypto.Hash, digest []byte) func([]byte) error {
		return func(signature []byte) error { return rsa.VerifyPKCS1v15(public, hash, digest, signature) }
	}
	pss := func(signature []byte) error {
		return rsa.VerifyPSS(public, crypto.SHA256, d256[:], signature, &rsa.PSSOptions{SaltLength: 32})
	}
	for name, c := range map[string]struct {
		mechanism *pkcs11.Mechanism
		data      []byte
		verify    func([]byte) error
	}{
		"RSA_PKCS":            {pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS, nil), digestInfo(t, d256[:]), pkcs(crypto.SHA256, d256[:])},
		"SHA1_RSA_PKCS":       {pkcs11.NewMechanism(pkcs11.CKM_SHA1_RSA_PKCS, nil), message, pkcs(crypto.SHA1, d1[:])},
		"SHA256_RSA_PKCS":     {pkcs11.NewMechanism(pkcs11.CKM_SHA256_RSA_PKCS, nil), message, pkcs(crypto.SHA256, d256[:])},
		"SHA512_RSA_PKCS":     {pkcs11.NewMechanism(pkcs11.CKM_SHA512_RSA_PKCS, nil), message, pkcs(crypto.SHA512, d512[:])},
		"RSA_PKCS_PSS":        {pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS_PSS, pss256), d256[:], pss},
		"SHA256_RSA_PKCS_PSS": {pkcs11.NewMechanism(pkcs11.CKM_SHA256_RSA_PKCS_PSS, pss256), message, pss},
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

// TestWrongPIN: every wrong PIN costs one try, the third locks, and what the
// card cannot take costs none.
func TestWrongPIN(t *testing.T) {
	for _, family := range tested() {
		t.Run(string(family), func(t *testing.T) {
			r := Start(t, Options{Family: family})
			h := r.Load()
			s := h.Open()
			for _, pin := range []string{"", "12", "1234567890", "abcdefgh"} {
				require.Error(t, h.Login(s, pkcs11.CKU_USER, pin))
			}
			r.WrongPINs(0)
			isRV(t, pkcs11.CKR_PIN_INCORRECT, h.Login(s, pkcs11.CKU_USER, "99999999"))
			r.WrongPINs(1)
			require.Equal(t, 2, r.PINTries())
			require.NoError(t, h.Login(s, pkcs11.CKU_USER, r.PIN))
			require.Equal(t, 3, r.PINTries())
			h.checkSignatures(s)
			r.WrongPINs(1)
		})
	}
}

func TestLockAndUnblock(t *testing.T) {
	for _, family := range tested() {
		t.Run(string(family), func(t *testing.T) {
			r := Start(t, Options{Family: family})
			h := r.Load()
			s := h.Open()
			for i := range 3 {
				require.Error(t, h.Login(s, pkcs11.CKU_USER, "99999999"), i)
			}
			r.WrongPINs(3)
			require.Zero(t, r.PINTries())
			isRV(t, pkcs11.CKR_PIN_LOCKED, h.Login(s, pkcs11.CKU_USER, r.PIN))
			r.WrongPINs(3)

			require.NoError(t, h.Login(s, pkcs11.CKU_SO, r.PUK))
			require.NoError(t, h.InitPIN(s, "55555555"))
			require.NoError(t, h.Logout(s))
			require.Equal(t, 3, r.PINTries())
			require.NoError(t, h.Login(s, pkcs11.CKU_USER, "55555555"))
			h.checkSignatures(s)
			r.WrongPINs(3)
		})
	}
}

func TestChangePIN(t *testing.T) {
	for _, family := range tested() {
		t.Run(string(family), func(t *testing.T) {
			r := Start(t, Options{Family: family})
			h := r.Load()
			s := h.Open()
			isRV(t, pkcs11.CKR_PIN_INCORRECT, h.SetPIN(s, "99999999", "55555555"))
			r.WrongPINs(1)
			require.Error(t, h.SetPIN(s, r.PIN, "12"), "too short")
			r.WrongPINs(1)
			require.NoError(t, h.SetPIN(s, r.PIN, "55555555"))
			isRV(t, pkcs11.CKR_PIN_INCORRECT, h.Login(s, pkcs11.CKU_USER, r.PIN))
			r.WrongPINs(2)
			require.NoError(t, h.Login(s, pkcs11.CKU_USER, "55555555"))
			h.checkSignatures(s)
		})
	}
}

// TestRemoval: a card taken out ends its sessions; back in, it works again
// with the same library and the same slot.
func TestRemoval(t *testing.T) {
	r := Start(t, Options{})
	h := r.Load()
	s := h.Open()
	require.NoError(t, h.Login(s, pkcs11.CKU_USER, r.PIN))
	h.checkSignatures(s)
	r.Remove()
	_, err := h.GetSessionInfo(s)
	require.Error(t, err)
	info, err := h.GetSlotInfo(h.Slot)
	require.NoError(t, err)
	require.Zero(t, info.Flags&pkcs11.CKF_TOKEN_PRESENT)
	_, err = h.GetTokenInfo(h.Slot)
	isRV(t, pkcs11.CKR_TOKEN_NOT_PRESENT, err)

	r.Insert()
	s = h.Open()
	require.Empty(t, h.Find(s, pkcs11.CKO_PRIVATE_KEY), "the login ended with the card's stay")
	require.NoError(t, h.Login(s, pkcs11.CKU_USER, r.PIN))
	h.checkSignatures(s)
}

// TestLateCard: a library that was loaded before there was a card finds it.
func TestLateCard(t *testing.T) {
	r := Start(t, Options{Reading: EmptyReader})
	h := r.Load()
	_, err := h.GetTokenInfo(h.Slot)
	isRV(t, pkcs11.CKR_TOKEN_NOT_PRESENT, err)
	r.Insert()
	s := h.Open()
	require.NoError(t, h.Login(s, pkcs11.CKU_USER, r.PIN))
	h.checkSignatures(s)
}

// TestWaitForSlotEvent has the blocking form woken by insertion, by removal and
// by C_Finalize. (The binding drops the return value.)
func TestWaitForSlotEvent(t *testing.T) {
	r := Start(t, Options{Reading: EmptyReader})
	h := r.Load()
	for _, change := range []func(){r.Insert, r.Remove} {
		events := h.WaitForSlotEvent(0)
		select {
		case e := <-events:
			t.Fatalf("slot %d: an event before there was one", e.SlotID)
		default:
		}
		change()
		select {
		case e := <-events:
			require.Equal(t, h.Slot, e.SlotID)
		case <-time.After(patience):
			t.Fatal("no event")
		}
	}
	events := h.WaitForSlotEvent(0)
	require.NoError(t, h.Finalize())
	select {
	case <-events:
	case <-time.After(patience):
		t.Fatal("C_Finalize did not wake who waits")
	}
	require.NoError(t, h.Initialize())
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

// TestServiceRestart: the PC/SC service is restarted under a running program.
func TestServiceRestart(t *testing.T) {
	r := Start(t, Options{})
	h := r.Load()
	s := h.Open()
	require.NoError(t, h.Login(s, pkcs11.CKU_USER, r.PIN))
	h.checkSignatures(s)
	require.NoError(t, shared.service.Restart())
	require.NoError(t, shared.service.WaitCard(ReaderName, true, patience))
	_, err := h.SignWith(s, pkcs11.NewMechanism(pkcs11.CKM_SHA256_RSA_PKCS, nil), []byte("x"))
	require.Error(t, err, "session and login are gone with the service")
	s = h.Open()
	require.NoError(t, h.Login(s, pkcs11.CKU_USER, r.PIN))
	h.checkSignatures(s)
}

// TestRandomData signs data of every length that CKM_RSA_PKCS takes at its
// ends, and refuses the next one.
func TestRandomData(t *testing.T) {
	r := Start(t, Options{Family: simcard.FamilyE})
	h := r.Load()
	s := h.Open()
	require.NoError(t, h.Login(s, pkcs11.CKU_USER, r.PIN))
	size := r.PublicKey().Size()
	for _, n := range []int{0, 1, 20, size - 12, size - 11} {
		data := make([]byte, n)
		_, _ = rand.Read(data)
		signature, err := h.SignWith(s, pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS, nil), data)
		if n == 0 {
			// The binding passes NULL for no data; some tokens refuse that.
			continue
		}
		require.NoError(t, err, n)
		require.NoError(t, rsa.VerifyPKCS1v15(r.PublicKey(), 0, data, signature), n)
	}
	before := r.Signatures()
	_, err := h.SignWith(s, pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS, nil), make([]byte, size-10))
	isRV(t, pkcs11.CKR_DATA_LEN_RANGE, err)
	require.Equal(t, before, r.Signatures())
}
