// SPDX-License-Identifier: Apache-2.0

package hostproc

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"tscns/module/ck"
	"tscns/tests/conformance"
)

// Made is a call that was made.
type Made struct {
	Function string
	RV       ck.RV
	Took     time.Duration
}

// Recorder is a driver that remembers its calls.
type Recorder struct {
	conformance.Driver
	Made []Made
}

// Call implements conformance.Driver.
func (r *Recorder) Call(name string, args ...any) ck.RV {
	begin := time.Now()
	rv := r.Driver.Call(name, args...)
	r.Made = append(r.Made, Made{name, rv, time.Since(begin)})
	return rv
}

// The sequences of calls that programs make. Each ends at the first call that
// fails, and returns what that returned.

// Initialize calls C_Initialize as most programs do.
func Initialize(d conformance.Driver) ck.RV {
	return d.Call("C_Initialize", &conformance.InitArgs{Flags: ck.CKF_OS_LOCKING_OK})
}

// Finalize calls C_Finalize.
func Finalize(d conformance.Driver) ck.RV { return d.Call("C_Finalize", nil) }

// Slots lists the slots, all or those with a token, asking for their number
// first.
func Slots(d conformance.Driver, withToken bool) ([]ck.SlotID, ck.RV) {
	var n uint
	if rv := d.Call("C_GetSlotList", withToken, nil, &n); rv != ck.CKR_OK || n == 0 {
		return nil, rv
	}
	n += 4 // one may come in between
	slots := make([]ck.SlotID, n)
	rv := d.Call("C_GetSlotList", withToken, slots, &n)
	if rv != ck.CKR_OK {
		return nil, rv
	}
	return slots[:n], rv
}

// Open opens an R/W session, as most programs do.
func Open(d conformance.Driver, slot ck.SlotID) (ck.SessionHandle, ck.RV) {
	var h ck.SessionHandle
	rv := d.Call("C_OpenSession", slot, ck.CKF_SERIAL_SESSION|ck.CKF_RW_SESSION, nil, nil, &h)
	return h, rv
}

// Login logs the user in.
func Login(d conformance.Driver, h ck.SessionHandle, pin string) ck.RV {
	return d.Call("C_Login", h, ck.CKU_USER, []byte(pin), len(pin))
}

// SetPIN changes the PIN.
func SetPIN(d conformance.Driver, h ck.SessionHandle, old, new string) ck.RV {
	return d.Call("C_SetPIN", h, []byte(old), len(old), []byte(new), len(new))
}

// Find returns at most eight objects of a class.
func Find(d conformance.Driver, h ck.SessionHandle, class ck.ObjectClass) ([]ck.ObjectHandle, ck.RV) {
	value := binary.NativeEndian.AppendUint64(nil, uint64(class))
	rv := d.Call("C_FindObjectsInit", h, conformance.Template{conformance.Attr(ck.CKA_CLASS, value)}, 1)
	if rv != ck.CKR_OK {
		return nil, rv
	}
	found, n := make([]ck.ObjectHandle, 8), uint(0)
	rv = d.Call("C_FindObjects", h, found, 8, &n)
	if end := d.Call("C_FindObjectsFinal", h); rv == ck.CKR_OK {
		rv = end
	}
	return found[:n], rv
}

// Value reads an attribute of up to 4096 bytes.
func Value(d conformance.Driver, h ck.SessionHandle, o ck.ObjectHandle, a ck.AttributeType) ([]byte, ck.RV) {
	t := conformance.Template{conformance.Buffer(a, 4096)}
	rv := d.Call("C_GetAttributeValue", h, o, t, 1)
	if rv != ck.CKR_OK {
		return nil, rv
	}
	return t[0].Value[:t[0].Len], rv
}

// Certificate reads the first certificate; nil where there is none.
func Certificate(d conformance.Driver, h ck.SessionHandle) ([]byte, ck.RV) {
	found, rv := Find(d, h, ck.CKO_CERTIFICATE)
	if rv != ck.CKR_OK || len(found) == 0 {
		return nil, rv
	}
	return Value(d, h, found[0], ck.CKA_VALUE)
}

// Sign signs with CKM_SHA256_RSA_PKCS and the first private key; nil where
// there is none.
func Sign(d conformance.Driver, h ck.SessionHandle, data []byte) ([]byte, ck.RV) {
	keys, rv := Find(d, h, ck.CKO_PRIVATE_KEY)
	if rv != ck.CKR_OK || len(keys) == 0 {
		return nil, rv
	}
	return SignWith(d, h, keys[0], data)
}

// SignWith signs with CKM_SHA256_RSA_PKCS and a key.
func SignWith(d conformance.Driver, h ck.SessionHandle, key ck.ObjectHandle, data []byte) ([]byte, ck.RV) {
	if rv := d.Call("C_SignInit", h, &conformance.Mechanism{Type: ck.CKM_SHA256_RSA_PKCS}, key); rv != ck.CKR_OK {
		return nil, rv
	}
	signature, n := make([]byte, 512), uint(512)
	rv := d.Call("C_Sign", h, data, len(data), signature, &n)
	if rv != ck.CKR_OK {
		return nil, rv
	}
	return signature[:n], rv
}

// Verify checks a signature of Sign.
func Verify(key *rsa.PublicKey, data, signature []byte) error {
	digest := sha256.Sum256(data)
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature)
}
