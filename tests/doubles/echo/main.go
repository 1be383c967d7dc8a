// SPDX-License-Identifier: Apache-2.0

// Command echo is a library with no token behind the C functions but a double:
// it returns what it was given, and misbehaves when asked to, so that tests/abi
// can check what happens between C and Go. It is never shipped.
package main

import (
	"fmt"
	"sync/atomic"
	"time"

	"tscns/module"
	"tscns/module/ck"
	"tscns/pkcs11export"
)

func init() { pkcs11export.Serve(func() module.API { return &double{} }) }

func main() {}

// Session handles that the double knows.
const (
	goodSession  = 1
	panicSession = 2 // every operation panics
	wrongSession = 3 // results are larger than the buffers for them
	slowSession  = 4 // C_Login takes a second, as with a card that works
)

// double answers one host thread at a time. Methods that it lacks are those of
// the nil interface: calling them panics, which the wrapper has to survive.
type double struct {
	module.API
	ready atomic.Bool
	waits int
	said  string // what the last call was given
}

func (d *double) check(h ck.SessionHandle) error {
	switch {
	case !d.ready.Load():
		return ck.CKR_CRYPTOKI_NOT_INITIALIZED
	case h == panicSession:
		var nothing *double
		return fmt.Errorf("%s", nothing.said) // nil dereference
	case h != goodSession && h != wrongSession && h != slowSession:
		return ck.CKR_SESSION_HANDLE_INVALID
	}
	return nil
}

func (d *double) Initialize(args module.InitArgs) error {
	if d.ready.Swap(true) {
		return ck.CKR_CRYPTOKI_ALREADY_INITIALIZED
	}
	d.said = fmt.Sprintf("flags=%x callbacks=%v", args.Flags, args.HasCallbacks)
	return nil
}

func (d *double) Finalize() error {
	if !d.ready.Swap(false) {
		return ck.CKR_CRYPTOKI_NOT_INITIALIZED
	}
	return nil
}

func (d *double) GetInfo() (module.Info, error) {
	return module.Info{
		CryptokiVersion:    module.Version{Major: 3, Minor: 0},
		ManufacturerID:     "thirty-one bytes and one mores:è", // 33 bytes, the last character across the border
		LibraryDescription: d.said,
		LibraryVersion:     module.Version{Major: 4, Minor: 5},
	}, nil
}

func (d *double) Unsupported() error { return d.BadArguments() }

func (d *double) UnsupportedIn(h ck.SessionHandle) error {
	if err := d.check(h); err != nil {
		return err
	}
	return ck.CKR_FUNCTION_NOT_SUPPORTED
}

func (d *double) BadArguments() error {
	if !d.ready.Load() {
		return ck.CKR_CRYPTOKI_NOT_INITIALIZED
	}
	return ck.CKR_ARGUMENTS_BAD
}

func (d *double) BadArgumentsIn(h ck.SessionHandle, end ...module.Operation) error {
	if err := d.check(h); err != nil {
		return err
	}
	d.said = fmt.Sprintf("ended %v", end)
	return ck.CKR_ARGUMENTS_BAD
}

func (d *double) GetSlotList(bool, bool) ([]ck.SlotID, error) { return []ck.SlotID{7, 9, 11}, nil }

func (d *double) GetTokenInfo(ck.SlotID) (module.TokenInfo, error) {
	return module.TokenInfo{Label: "a\x00b", SerialNumber: "0123456789abcdefgh", MaxPINLen: 8,
		FreePublicMemory: ck.CK_UNAVAILABLE_INFORMATION, FirmwareVersion: module.Version{Major: 1, Minor: 2}}, nil
}

// WaitForSlotEvent finds nothing, at once, three times.
func (d *double) WaitForSlotEvent(slice int) (ck.SlotID, error) {
	if d.waits++; d.waits <= 3 || slice == 0 {
		return 0, ck.CKR_NO_EVENT
	}
	return 9, nil
}

func (d *double) OpenSession(_ ck.SlotID, flags ck.Flags) (ck.SessionHandle, error) {
	d.said = fmt.Sprintf("opened %x", flags)
	return goodSession, nil
}

// Login takes the PIN 12345 and wipes its copy, as the module does.
func (d *double) Login(h ck.SessionHandle, _ ck.UserType, pin []byte) error {
	if err := d.check(h); err != nil {
		return err
	}
	defer clear(pin)
	if h == slowSession {
		time.Sleep(time.Second)
	}
	switch {
	case pin == nil:
		return ck.CKR_FUNCTION_CANCELED // the keypad of a reader
	case string(pin) != "12345":
		return ck.CKR_PIN_INCORRECT
	}
	return nil
}

func (d *double) FindObjectsInit(h ck.SessionHandle, tmpl []module.Attribute) error {
	d.said = fmt.Sprintf("%x", tmpl)
	return d.check(h)
}

func (d *double) FindObjects(h ck.SessionHandle, most uint) ([]ck.ObjectHandle, error) {
	return []ck.ObjectHandle{21, 22}[:min(most, 2)], d.check(h)
}

// GetAttributeValue knows CKA_LABEL ("label"), CKA_ID (empty) and
// CKA_PRIVATE_EXPONENT (sensitive).
func (d *double) GetAttributeValue(h ck.SessionHandle, _ ck.ObjectHandle, q []module.AttributeQuery) error {
	err := d.check(h)
	if err != nil {
		return err
	}
	for i := range q {
		switch q[i].Len = ck.CK_UNAVAILABLE_INFORMATION; q[i].Type {
		case ck.CKA_LABEL:
			if q[i].Buffer != module.SizeQuery && q[i].Buffer < 5 && h != wrongSession {
				err = ck.CKR_BUFFER_TOO_SMALL
				continue
			}
			q[i].Value, q[i].Len = []byte("label"), 5
		case ck.CKA_ID:
			q[i].Len = 0
		case ck.CKA_PRIVATE_EXPONENT:
			err = ck.CKR_ATTRIBUTE_SENSITIVE
		default:
			err = ck.CKR_ATTRIBUTE_TYPE_INVALID
		}
	}
	return err
}

func (d *double) SignInit(h ck.SessionHandle, m *module.Mechanism, key ck.ObjectHandle) error {
	if err := d.check(h); err != nil {
		return err
	}
	d.said = "cancelled"
	if m != nil {
		d.said = fmt.Sprintf("%x %T%x key %d", m.Type, m.Param, m.Param, key)
	}
	return nil
}

// Sign says back what the call before it was given, then the data.
func (d *double) Sign(h ck.SessionHandle, data []byte, buffer module.BufferSize) (module.Output, error) {
	if err := d.check(h); err != nil {
		return module.Output{}, err
	}
	text := []byte(d.said + "; " + string(data))
	out := module.Output{Len: uint(len(text))}
	if buffer == module.SizeQuery {
		return out, nil
	}
	if int(buffer) < len(text) && h != wrongSession {
		return out, ck.CKR_BUFFER_TOO_SMALL
	}
	out.Data = text
	return out, nil
}

func (d *double) Verify(h ck.SessionHandle, data, signature []byte) error {
	d.said = fmt.Sprintf("verify %q %q", data, signature)
	return d.check(h)
}
