// SPDX-License-Identifier: Apache-2.0

package module_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/module"
	"tscns/module/ck"
	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/tests/simreader"
)

const readerName = "Reader A"

// token is a module over the real card layer, with a simulated card in it.
type token struct {
	*module.Module
	t       *testing.T
	service *simreader.Service
	card    *simcard.Card
	key     *rsa.PrivateKey
	family  simcard.Family
}

var identities = map[int]*pki.Identity{}

// insert puts a card of a family into a fresh service and starts a module.
func insert(t *testing.T, f simcard.Family, change ...func(*simcard.Options)) *token {
	bits := simcard.KeyBits(f)
	if identities[bits] == nil {
		set, err := simcard.NewSet(f)
		require.NoError(t, err)
		identities[bits] = set.Identity
	}
	o := simcard.ForIdentity(f, identities[bits])
	for _, fn := range change {
		fn(&o)
	}
	card, err := simcard.New(o)
	require.NoError(t, err)
	x := &token{t: t, service: simreader.NewService(readerName), card: card, family: f, key: identities[bits].Key}
	x.Module = module.New(module.Config{Cards: profile.Options(cardos.Options{}), Open: func() (cardos.Transport, error) { return x.service.Transport(), nil }})
	require.NoError(t, x.Initialize(module.InitArgs{}))
	t.Cleanup(func() { _ = x.Finalize() })
	x.service.Insert(readerName, card)
	list, err := x.GetSlotList(false, true)
	require.NoError(t, err)
	require.Equal(t, []ck.SlotID{0, 1}, list)
	return x
}

func (x *token) is(want ck.RV, err error) {
	x.t.Helper()
	require.Equal(x.t, want.Error(), module.RVOf(err).Error(), "%v", err)
}

func (x *token) open() ck.SessionHandle {
	x.t.Helper()
	h, err := x.OpenSession(0, ck.CKF_SERIAL_SESSION|ck.CKF_RW_SESSION)
	require.NoError(x.t, err)
	return h
}

func (x *token) login() ck.SessionHandle {
	x.t.Helper()
	h := x.open()
	require.NoError(x.t, x.Login(h, ck.CKU_USER, []byte("12345678")))
	return h
}

func (x *token) find(h ck.SessionHandle, c ck.ObjectClass) []ck.ObjectHandle {
	x.t.Helper()
	class := binary.NativeEndian.AppendUint64(nil, uint64(c))
	require.NoError(x.t, x.FindObjectsInit(h, []module.Attribute{{Type: ck.CKA_CLASS, Value: class}}))
	list, err := x.FindObjects(h, 10)
	require.NoError(x.t, err)
	require.NoError(x.t, x.FindObjectsFinal(h))
	return list
}

func (x *token) private(h ck.SessionHandle) ck.ObjectHandle {
	x.t.Helper()
	list := x.find(h, ck.CKO_PRIVATE_KEY)
	require.Len(x.t, list, 1)
	return list[0]
}

func (x *token) value(h ck.SessionHandle, o ck.ObjectHandle, a ck.AttributeType) []byte {
	x.t.Helper()
	q := []module.AttributeQuery{{Type: a, Buffer: 1 << 16}}
	require.NoError(x.t, x.GetAttributeValue(h, o, q))
	return q[0].Value
}

func (x *token) state(h ck.SessionHandle) ck.SessionState {
	x.t.Helper()
	info, err := x.GetSessionInfo(h)
	require.NoError(x.t, err)
	return info.State
}

func (x *token) sign(h ck.SessionHandle) ([]byte, error) {
	if err := x.SignInit(h, &module.Mechanism{Type: ck.CKM_SHA256_RSA_PKCS}, x.private(h)); err != nil {
		return nil, err
	}
	out, err := x.Sign(h, []byte("messaggio"), 256)
	return out.Data, err
}

func cns() []simcard.Family {
	var list []simcard.Family
	for _, f := range simcard.Families() {
		if f != simcard.FamilyForeign {
			list = append(list, f)
		}
	}
	return list
}

// The life of a login, on every family: certificate and data before the PIN,
// signatures and decryption after it.
func TestEveryFamily(t *testing.T) {
	for _, family := range cns() {
		t.Run(string(family), func(t *testing.T) {
			x := insert(t, family)
			h := x.open()
			info, err := x.GetTokenInfo(0)
			require.NoError(t, err)
			require.Equal(t, "TS-CNS", info.Label)
			require.Len(t, info.SerialNumber, 16)
			require.NotEmpty(t, info.Model)
			require.EqualValues(t, 5, info.MinPINLen)
			require.EqualValues(t, 8, info.MaxPINLen)
			id := identities[simcard.KeyBits(family)]
			certificates := x.find(h, ck.CKO_CERTIFICATE)
			require.Len(t, certificates, 1)
			require.Equal(t, id.Certificate, x.value(h, certificates[0], ck.CKA_VALUE))
			require.Empty(t, x.find(h, ck.CKO_PRIVATE_KEY))
			require.Len(t, x.find(h, ck.CKO_PUBLIC_KEY), 1)
			require.Len(t, x.find(h, ck.CKO_PROFILE), 1)
			for _, o := range x.find(h, ck.CKO_DATA) {
				label := string(x.value(h, o, ck.CKA_LABEL))
				if label == "EF_DatiPersonali" {
					require.Contains(t, string(x.value(h, o, ck.CKA_VALUE)), string(id.Personal[:100]))
				}
			}
			require.NoError(t, x.Login(h, ck.CKU_USER, []byte("12345678")))
			x.useKey(h)
			require.NoError(t, x.Logout(h))
			require.Empty(t, x.find(h, ck.CKO_PRIVATE_KEY))
		})
	}
}

func (x *token) useKey(h ck.SessionHandle) {
	t := x.t
	sum := sha256.Sum256([]byte("messaggio"))
	signature, err := x.sign(h)
	require.NoError(t, err)
	require.NoError(t, rsa.VerifyPKCS1v15(&x.key.PublicKey, crypto.SHA256, sum[:], signature))

	if _, err := x.GetMechanismInfo(0, ck.CKM_RSA_PKCS_PSS); err != nil {
		// Raw RSA is not known well enough on this family.
		x.is(ck.CKR_MECHANISM_INVALID, err)
	} else {
		pss := &module.Mechanism{Type: ck.CKM_RSA_PKCS_PSS,
			Param: module.PSSParams{Hash: ck.CKM_SHA256, MGF: ck.CKG_MGF1_SHA256, SaltLen: 32}}
		require.NoError(t, x.SignInit(h, pss, x.private(h)))
		out, err := x.Sign(h, sum[:], 256)
		require.NoError(t, err)
		require.NoError(t, rsa.VerifyPSS(&x.key.PublicKey, crypto.SHA256, sum[:], out.Data, &rsa.PSSOptions{SaltLength: 32}))
	}

	secret, err := rsa.EncryptPKCS1v15(rand.Reader, &x.key.PublicKey, []byte("segreto"))
	require.NoError(t, err)
	err = x.DecryptInit(h, &module.Mechanism{Type: ck.CKM_RSA_PKCS}, x.private(h))
	if x.value(h, x.private(h), ck.CKA_DECRYPT)[0] == 0 {
		x.is(ck.CKR_KEY_FUNCTION_NOT_PERMITTED, err)
		return
	}
	require.NoError(t, err)
	out, err := x.Decrypt(h, secret, 256)
	require.NoError(t, err)
	require.Equal(t, "segreto", string(out.Data))
}

func TestForeignCardOnTheReader(t *testing.T) {
	x := insert(t, simcard.FamilyForeign)
	_, err := x.GetTokenInfo(0)
	x.is(ck.CKR_TOKEN_NOT_RECOGNIZED, err)
	require.LessOrEqual(t, x.service.Stats().Commands, 2)
	for range 10 {
		_, err := x.GetTokenInfo(0)
		x.is(ck.CKR_TOKEN_NOT_RECOGNIZED, err)
	}
	stats := x.service.Stats()
	require.Zero(t, stats.Commands)
	require.Zero(t, stats.Connects)
}

// Neither the twin of family E nor a card that says 9000 to everything makes a
// token, whatever it is asked for.
func TestNoTokenOfOtherCards(t *testing.T) {
	for _, name := range []string{"e-spanish", "yes-man", "yes-man-zeros"} {
		model, ok := simcard.ModelNamed(name)
		require.True(t, ok)
		for _, atr := range [][]byte{nil, {0x3B, 0x80, 0x80, 0x01, 0x01}} { // its own, and over NFC
			x := insert(t, model.Family, model.Apply, func(o *simcard.Options) {
				if atr != nil {
					o.ATR = atr
				}
			})
			for range 3 {
				_, err := x.GetTokenInfo(0)
				x.is(ck.CKR_TOKEN_NOT_RECOGNIZED, err)
				_, err = x.OpenSession(0, ck.CKF_SERIAL_SESSION)
				x.is(ck.CKR_TOKEN_NOT_RECOGNIZED, err)
			}
			require.LessOrEqual(t, x.service.Stats().Commands, 20)
		}
	}
}

// On every family one wrong entry costs one try, and what the flags
// say afterwards is true.
func TestWrongPINOnEveryFamily(t *testing.T) {
	for _, family := range cns() {
		t.Run(string(family), func(t *testing.T) {
			x := insert(t, family)
			h := x.open()
			x.proveForm()
			before, _ := x.card.Tries()
			x.is(ck.CKR_PIN_INCORRECT, x.Login(h, ck.CKU_USER, []byte("00000000")))
			after, _ := x.card.Tries()
			require.Equal(t, before-1, after)
			info, err := x.GetTokenInfo(0)
			require.NoError(t, err)
			require.NotZero(t, info.Flags&ck.CKF_USER_PIN_COUNT_LOW)
			require.NoError(t, x.Login(h, ck.CKU_USER, []byte("12345678")))
			info, err = x.GetTokenInfo(0)
			require.NoError(t, err)
			require.Zero(t, info.Flags&ck.CKF_USER_PIN_COUNT_LOW)
		})
	}
}

// A card that reports its PIN: the flags count from the maximum that it reports,
// and it is changed and unblocked as its access rules say.
func TestReportedPIN(t *testing.T) {
	x := insert(t, simcard.FamilyH, func(o *simcard.Options) {
		m, ok := simcard.ModelNamed("h-ias-two-pins")
		require.True(t, ok)
		m.Apply(o)
		o.Behaviour.H.IAS.PINs[1].Max, o.Behaviour.H.IAS.PINs[1].Used = 5, 2
	})
	low := func() ck.Flags {
		info, err := x.GetTokenInfo(0)
		require.NoError(t, err)
		return info.Flags & (ck.CKF_USER_PIN_COUNT_LOW | ck.CKF_USER_PIN_FINAL_TRY | ck.CKF_USER_PIN_LOCKED)
	}
	require.Equal(t, ck.CKF_USER_PIN_COUNT_LOW, low(), "3 of 5")
	h := x.open()
	require.NoError(t, x.SetPIN(h, []byte("12345678"), []byte("54321")))
	require.Zero(t, low())
	for range 5 {
		require.Error(t, x.Login(h, ck.CKU_USER, []byte("12345678")))
	}
	require.Equal(t, ck.CKF_USER_PIN_LOCKED, low())
	require.NoError(t, x.Login(h, ck.CKU_SO, []byte("87654321")))
	require.NoError(t, x.InitPIN(h, []byte("246810")))
	require.NoError(t, x.Logout(h))
	require.Zero(t, low())
	require.NoError(t, x.Login(h, ck.CKU_USER, []byte("246810")))
	_, err := x.sign(h)
	require.NoError(t, err)
}

func TestPINsOnEveryFamily(t *testing.T) {
	for _, family := range cns() {
		if family == simcard.FamilyH {
			continue // where it is not reported how its PIN is changed that is not offered
		}
		t.Run(string(family), func(t *testing.T) {
			x := insert(t, family)
			h := x.open()
			require.NoError(t, x.SetPIN(h, []byte("12345678"), []byte("54321")))
			require.Equal(t, ck.CKS_RW_PUBLIC_SESSION, x.state(h))
			for range 2 {
				x.is(ck.CKR_PIN_INCORRECT, x.Login(h, ck.CKU_USER, []byte("12345678")))
			}
			err := x.Login(h, ck.CKU_USER, []byte("12345678"))
			require.Contains(t, []ck.RV{ck.CKR_PIN_LOCKED, ck.CKR_PIN_INCORRECT}, module.RVOf(err))
			x.is(ck.CKR_PIN_LOCKED, x.Login(h, ck.CKU_USER, []byte("54321")))
			require.NoError(t, x.Login(h, ck.CKU_SO, []byte("87654321")))
			require.NoError(t, x.InitPIN(h, []byte("11111")))
			require.NoError(t, x.Logout(h))
			require.NoError(t, x.Login(h, ck.CKU_USER, []byte("11111")))
			_, err = x.sign(h)
			require.NoError(t, err)
		})
	}
}

func TestResetByAnotherProgramOnARealPath(t *testing.T) {
	x := insert(t, simcard.FamilyB2)
	h := x.login()
	_, err := x.sign(h)
	require.NoError(t, err)
	x.service.ResetByOther(readerName)
	_, err = x.sign(h)
	x.is(ck.CKR_USER_NOT_LOGGED_IN, err)
	require.Equal(t, ck.CKS_RW_PUBLIC_SESSION, x.state(h))
	require.NoError(t, x.Login(h, ck.CKU_USER, []byte("12345678")))
	_, err = x.sign(h)
	require.NoError(t, err)
}

func TestRemovalInMidSignature(t *testing.T) {
	x := insert(t, simcard.FamilyB2)
	h := x.login()
	x.service.SetFault(readerName, func(int, []byte) simreader.Fault { return simreader.Removed() })
	_, err := x.sign(h)
	x.is(ck.CKR_DEVICE_REMOVED, err)
	_, err = x.GetSessionInfo(h)
	x.is(ck.CKR_SESSION_HANDLE_INVALID, err)
	_, err = x.GetTokenInfo(0)
	x.is(ck.CKR_TOKEN_NOT_PRESENT, err)
	x.service.SetFault(readerName, nil)
	x.service.Insert(readerName, x.card)
	_, err = x.sign(x.login())
	require.NoError(t, err)
}

func TestServiceRestartOnARealPath(t *testing.T) {
	x := insert(t, simcard.FamilyE)
	h := x.login()
	require.NoError(t, x.SignInit(h, &module.Mechanism{Type: ck.CKM_RSA_PKCS}, x.private(h)))
	x.service.StopService()
	x.service.StartService()
	_, err := x.Sign(h, []byte("x"), 256)
	x.is(ck.CKR_DEVICE_REMOVED, err)
	_, err = x.GetSessionInfo(h)
	x.is(ck.CKR_SESSION_HANDLE_INVALID, err)
	_, err = x.sign(x.login())
	require.NoError(t, err)
}

// The PIN state that we opened does not outlive our login.
func TestLogoutLeavesNoPINState(t *testing.T) {
	x := insert(t, simcard.FamilyB2)
	h := x.login()
	x.service.Stats()
	require.NoError(t, x.CloseSession(h))
	require.Equal(t, 1, x.service.Stats().Resets)
	require.NoError(t, x.CloseSession(x.open()))
	require.Zero(t, x.service.Stats().Resets, "a card that we did not log in to is left as it is")
}

func TestStatusCallsSendNothing(t *testing.T) {
	x := insert(t, simcard.FamilyB2)
	h := x.login()
	x.service.Stats()
	for range 5 {
		_, err := x.GetSlotInfo(0)
		require.NoError(t, err)
		_, err = x.GetTokenInfo(0)
		require.NoError(t, err)
		_, err = x.GetMechanismList(0)
		require.NoError(t, err)
		require.Equal(t, ck.CKS_RW_USER_FUNCTIONS, x.state(h))
		x.find(h, ck.CKO_CERTIFICATE)
		require.NoError(t, x.SignInit(h, &module.Mechanism{Type: ck.CKM_RSA_PKCS}, x.private(h)))
		_, err = x.Sign(h, []byte("x"), module.SizeQuery)
		require.NoError(t, err)
		_, err = x.Sign(h, []byte("x"), 1)
		x.is(ck.CKR_BUFFER_TOO_SMALL, err)
		require.NoError(t, x.SessionCancel(h, ck.CKF_SIGN))
	}
	stats := x.service.Stats()
	require.Zero(t, stats.Commands)
	require.Zero(t, stats.Transactions)
}

// Another program holds the card: the signature waits, the status calls do
// not.
func TestCardHeldByAnotherProgram(t *testing.T) {
	x := insert(t, simcard.FamilyB2)
	h := x.login()
	release := x.service.HoldTransaction(readerName)
	done := make(chan error, 1)
	go func() {
		_, err := x.sign(h)
		done <- err
	}()
	require.Equal(t, ck.CKS_RW_USER_FUNCTIONS, x.state(h))
	_, err := x.GetTokenInfo(0)
	require.NoError(t, err)
	release()
	select {
	case err := <-done:
		require.NoError(t, err)
	case <-time.After(30 * time.Second):
		t.Fatal("the signature hangs")
	}
}

func TestExclusiveHolder(t *testing.T) {
	x := insert(t, simcard.FamilyB2)
	release := x.service.HoldExclusive(readerName)
	_, err := x.GetTokenInfo(0)
	x.is(ck.CKR_TOKEN_NOT_RECOGNIZED, err)
	release()
	require.Eventually(t, func() bool {
		_, err = x.GetTokenInfo(0)
		return err == nil
	}, 30*time.Second, 10*time.Millisecond)
}
