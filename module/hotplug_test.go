// SPDX-License-Identifier: Apache-2.0

package module_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/module"
	"tscns/module/ck"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// hotplug is what threads of a program meet while a card comes and goes.
type hotplug struct {
	*token
	stop, signed atomic.Int64
	strange      sync.Map // return values that no such thread should see, by function
	wrong        atomic.Int64
}

// gone are the answers of functions with a session when the card goes at any
// moment, and slotGone those of functions with a slot.
var (
	gone     = []ck.RV{ck.CKR_OK, ck.CKR_DEVICE_REMOVED, ck.CKR_SESSION_HANDLE_INVALID}
	slotGone = []ck.RV{ck.CKR_OK, ck.CKR_TOKEN_NOT_PRESENT}
)

func (x *hotplug) note(function string, err error, allowed []ck.RV) bool {
	rv := module.RVOf(err)
	if slices.Contains(allowed, rv) {
		return rv == ck.CKR_OK
	}
	x.strange.Store(function, rv)
	return false
}

// signing logs in to each card and signs until it goes.
func (x *hotplug) signing() {
	class := binary.NativeEndian.AppendUint64(nil, uint64(ck.CKO_PRIVATE_KEY))
	for n := uint64(0); x.stop.Load() == 0; {
		h, err := x.OpenSession(0, ck.CKF_SERIAL_SESSION)
		if !x.note("C_OpenSession", err, slotGone) {
			continue
		}
		if !x.note("C_Login", x.Login(h, ck.CKU_USER, []byte("12345678")), gone) {
			continue
		}
		for x.stop.Load() == 0 {
			if !x.note("C_FindObjectsInit", x.FindObjectsInit(h, []module.Attribute{{Type: ck.CKA_CLASS, Value: class}}), gone) {
				break
			}
			keys, err := x.FindObjects(h, 1)
			if !x.note("C_FindObjects", err, gone) || !x.note("C_FindObjectsFinal", x.FindObjectsFinal(h), gone) {
				break
			}
			if len(keys) != 1 {
				x.wrong.Add(1)
				break
			}
			if !x.note("C_SignInit", x.SignInit(h, &module.Mechanism{Type: ck.CKM_SHA256_RSA_PKCS}, keys[0]), gone) {
				break
			}
			n++
			data := binary.BigEndian.AppendUint64(nil, n)
			out, err := x.Sign(h, data, 128)
			if !x.note("C_Sign", err, gone) {
				break
			}
			sum := sha256.Sum256(data)
			if rsa.VerifyPKCS1v15(&x.key.PublicKey, crypto.SHA256, sum[:], out.Data) != nil {
				x.wrong.Add(1)
			}
			x.signed.Add(1)
		}
	}
}

func (x *hotplug) asking() {
	for x.stop.Load() == 0 {
		_, err := x.GetSlotList(true, true)
		x.note("C_GetSlotList", err, slotGone)
		_, err = x.GetSlotInfo(0)
		x.note("C_GetSlotInfo", err, slotGone)
		_, err = x.GetTokenInfo(0)
		x.note("C_GetTokenInfo", err, slotGone)
		_, err = x.WaitForSlotEvent(1)
		x.note("C_WaitForSlotEvent", err, []ck.RV{ck.CKR_OK, ck.CKR_NO_EVENT})
	}
}

// A card comes and goes a thousand times, in every second stay while it signs,
// under a thread that signs and one that asks. After it one connection to the
// reader is left, and no try is lost.
func TestThousandStays(t *testing.T) {
	x := &hotplug{token: insert(t, simcard.FamilyC)}
	x.service.Remove(readerName)
	var group sync.WaitGroup
	for _, work := range []func(){x.signing, x.asking} {
		group.Add(1)
		go func() {
			defer group.Done()
			work()
		}()
	}
	inSignature := make(chan struct{}, 1)
	for i := range 1000 {
		signed := x.signed.Load()
		x.service.Insert(readerName, x.card)
		if i%2 == 0 {
			require.Eventually(t, func() bool { return x.signed.Load() > signed }, 30*time.Second, time.Millisecond)
		} else {
			x.service.SetFault(readerName, func(_ int, command []byte) simreader.Fault {
				if command[1] != 0x2A {
					return simreader.Fault{}
				}
				select {
				case inSignature <- struct{}{}:
				default:
				}
				return simreader.Slow(make(chan struct{})) // until the card goes
			})
			<-inSignature
		}
		x.service.Remove(readerName)
		x.service.SetFault(readerName, nil)
	}
	x.stop.Store(1)
	group.Wait()
	x.strange.Range(func(function, rv any) bool {
		t.Errorf("%v answered %v", function, rv)
		return true
	})
	require.Zero(t, x.wrong.Load(), "wrong signatures")
	_, err := x.GetTokenInfo(0)
	x.is(ck.CKR_TOKEN_NOT_PRESENT, err)
	require.Zero(t, x.service.Connections(readerName))
	x.service.Insert(readerName, x.card)
	x.useKey(x.login())
	require.Equal(t, 1, x.service.Connections(readerName))
	left, _ := x.card.Tries()
	require.Equal(t, 3, left)
	t.Logf("%d signatures", x.signed.Load())
}
