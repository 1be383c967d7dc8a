// SPDX-License-Identifier: Apache-2.0

package module_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/localfiles"
	"tscns/cardos/profile"
	"tscns/module"
	"tscns/module/ck"
	"tscns/simcard"
	"tscns/simcard/pki"
)

// signatureCard inserts a card with a signature key and a PIN of its own.
func signatureCard(t *testing.T) *token {
	authority, err := pki.NewAuthority(true)
	require.NoError(t, err)
	ds, err := authority.IssueIdentity(pki.IdentityOptions{Signature: true, Bits: 1024})
	require.NoError(t, err)
	return insert(t, simcard.FamilyB1, func(o *simcard.Options) {
		o.Signature = &simcard.Credential{Key: ds.Key, Certificate: ds.Certificate, PIN: signaturePIN, PUK: "99887766"}
	})
}

const signaturePIN = "34509876"

// The token of a signature key has its slot in the very first list, of which the
// card is not asked: hosts such as NSS ask for it once. What the slot says of it
// is true whatever was called before.
func TestSignatureSlotIsReserved(t *testing.T) {
	for _, key := range []bool{true, false} {
		x := insert(t, simcard.FamilyB1)
		if key {
			x = signatureCard(t)
		}
		require.Empty(t, x.card.Log(), "a list of slots asks no card")
		info, err := x.GetSlotInfo(1)
		require.NoError(t, err)
		require.Equal(t, readerName+" (firma)", info.Description)
		require.Equal(t, key, info.Flags&ck.CKF_TOKEN_PRESENT != 0)
	}
}

// The list of tokens is true in the very first call, and a slot is known by its
// number without any list: of a token in another reader, of the second token of a
// card, and where the card in a reader is none of ours.
func TestFirstCallSaysAll(t *testing.T) {
	foreign, err := simcard.New(simcard.Options{Family: simcard.FamilyForeign})
	require.NoError(t, err)
	x := signatureCard(t)
	x.service.Remove(readerName)
	x.service.Insert(readerName, foreign)
	x.service.AddReader("Reader B")
	x.service.Insert("Reader B", x.card)
	for _, refresh := range []bool{true, false} {
		require.NoError(t, x.Finalize())
		require.NoError(t, x.Initialize(module.InitArgs{}))
		list, err := x.GetSlotList(true, refresh)
		require.NoError(t, err)
		require.Equal(t, []ck.SlotID{2, 3}, list)
	}
	for slot, label := range map[ck.SlotID]string{2: "TS-CNS", 3: "TS-CNS firma"} {
		require.NoError(t, x.Finalize())
		require.NoError(t, x.Initialize(module.InitArgs{}))
		_, err := x.OpenSession(slot, ck.CKF_SERIAL_SESSION)
		require.NoError(t, err)
		info, err := x.GetTokenInfo(slot)
		require.NoError(t, err)
		require.Equal(t, label, info.Label)
	}
}

// A key whose card pads lists the mechanisms that it has room for, and refuses
// the others before anybody is asked for a PIN. A search of all objects ends with
// the profile.
func TestMechanismsOfAKeyThatPads(t *testing.T) {
	x := signatureCard(t)
	list, err := x.GetMechanismList(1)
	require.NoError(t, err)
	require.Contains(t, list, ck.CKM_SHA256_RSA_PKCS)
	require.NotContains(t, list, ck.CKM_SHA384_RSA_PKCS)
	require.NotContains(t, list, ck.CKM_SHA512_RSA_PKCS)
	all, err := x.GetMechanismList(0)
	require.NoError(t, err)
	require.Contains(t, all, ck.CKM_SHA512_RSA_PKCS)

	h, err := x.OpenSession(1, ck.CKF_SERIAL_SESSION|ck.CKF_RW_SESSION)
	require.NoError(t, err)
	require.NoError(t, x.Login(h, ck.CKU_USER, []byte(signaturePIN)))
	key := x.private(h)
	x.is(ck.CKR_MECHANISM_INVALID, x.SignInit(h, &module.Mechanism{Type: ck.CKM_SHA512_RSA_PKCS}, key))
	require.NoError(t, x.SignInit(h, &module.Mechanism{Type: ck.CKM_RSA_PKCS}, key))
	_, err = x.Sign(h, make([]byte, 52), 256)
	x.is(ck.CKR_DATA_LEN_RANGE, err)

	require.NoError(t, x.FindObjectsInit(h, nil))
	found, err := x.FindObjects(h, 100)
	require.NoError(t, err)
	class := x.value(h, found[len(found)-1], ck.CKA_CLASS)
	require.EqualValues(t, ck.CKO_PROFILE, binary.NativeEndian.Uint64(class))
}

// A card without a command for a new PIN cannot do it, which is no failure.
func TestNoCommandForANewPIN(t *testing.T) {
	x := insert(t, simcard.FamilyH)
	h := x.login()
	err := x.SetPIN(h, []byte("12345678"), []byte("11223344"))
	x.is(ck.CKR_FUNCTION_NOT_SUPPORTED, err)
}

// The holder's data of a 2025 card lie in another application than its key. Those
// of a card that was known again, and were not read before the login, cannot be
// shown as long as it lasts; the other attributes can.
func TestHoldersDataOfACardKnownAgain(t *testing.T) {
	x := insert(t, simcard.FamilyH)
	x.Module = module.New(module.Config{Cards: profile.Options(cardos.Options{Store: localfiles.NewCache("")}),
		Open: func() (cardos.Transport, error) { return x.service.Transport(), nil }})
	for again := range 2 {
		require.NoError(t, x.Initialize(module.InitArgs{}))
		h := x.login()
		for _, o := range x.find(h, ck.CKO_DATA) {
			if string(x.value(h, o, ck.CKA_LABEL)) != "EF_DatiPersonali" {
				continue
			}
			q := []module.AttributeQuery{{Type: ck.CKA_VALUE, Buffer: module.SizeQuery}, {Type: ck.CKA_LABEL, Buffer: module.SizeQuery}}
			_, sizeErr := x.GetObjectSize(h, o)
			err := x.GetAttributeValue(h, o, q)
			if again == 0 {
				require.NoError(t, err)
				require.NoError(t, sizeErr)
				continue
			}
			x.is(ck.CKR_ATTRIBUTE_SENSITIVE, err)
			require.Equal(t, ck.CK_UNAVAILABLE_INFORMATION, q[0].Len)
			require.Equal(t, uint(len("EF_DatiPersonali")), q[1].Len)
			x.is(ck.CKR_INFORMATION_SENSITIVE, sizeErr)
		}
		_, err := x.sign(h)
		require.NoError(t, err)
		require.NoError(t, x.Finalize())
	}
}
