// SPDX-License-Identifier: Apache-2.0

// Package module implements the semantics of a PKCS#11 token (Cryptoki) over
// the card layer: slots, tokens, sessions, objects and mechanisms, in plain Go.
// [New] returns a [Module], which implements [API].
//
// Every method returns nil for CKR_OK and otherwise an error from which
// [RVOf] extracts the [ck.RV]. Methods may be called from any goroutine.
//
// References such as "5.13.2" without a document are to sections of the OASIS
// PKCS #11 Specification Version 3.1.
package module

import (
	"tscns/module/ck"
)

// BufferSize is the size of a caller's output buffer in bytes, as in *pulLen
// (PKCS #11 3.1, section 5.2).
type BufferSize int

// SizeQuery stands for a NULL output pointer: only the length of the result is
// wanted.
const SizeQuery BufferSize = -1

// Output is the result of a function with a variable-length result. Len is
// what *pulLen becomes; it is set on success and on CKR_BUFFER_TOO_SMALL.
// Data is nil for a size query.
type Output struct {
	Data []byte
	Len  uint
}

// Version is a CK_VERSION.
type Version struct{ Major, Minor byte }

// Info is CK_INFO; the C layer pads texts with blanks.
type Info struct {
	CryptokiVersion    Version
	ManufacturerID     string // at most 32 bytes of UTF-8
	LibraryDescription string // at most 32 bytes of UTF-8
	LibraryVersion     Version
}

// SlotInfo is CK_SLOT_INFO.
type SlotInfo struct {
	Description     string // at most 64 bytes of UTF-8
	ManufacturerID  string // at most 32 bytes
	Flags           ck.Flags
	HardwareVersion Version
	FirmwareVersion Version
}

// TokenInfo is CK_TOKEN_INFO; utcTime is always blank (no CKF_CLOCK_ON_TOKEN).
type TokenInfo struct {
	Label              string // at most 32 bytes of UTF-8
	ManufacturerID     string // at most 32 bytes
	Model              string // at most 16 bytes
	SerialNumber       string // at most 16 bytes
	Flags              ck.Flags
	MaxSessionCount    uint
	SessionCount       uint
	MaxRWSessionCount  uint
	RWSessionCount     uint
	MaxPINLen          uint
	MinPINLen          uint
	TotalPublicMemory  uint
	FreePublicMemory   uint
	TotalPrivateMemory uint
	FreePrivateMemory  uint
	HardwareVersion    Version
	FirmwareVersion    Version
}

// SessionInfo is CK_SESSION_INFO.
type SessionInfo struct {
	SlotID      ck.SlotID
	State       ck.SessionState
	Flags       ck.Flags
	DeviceError uint
}

// MechanismInfo is CK_MECHANISM_INFO. Key sizes are in bits.
type MechanismInfo struct {
	MinKeySize, MaxKeySize uint
	Flags                  ck.Flags
}

// InitArgs is what C_Initialize was given; the C layer has checked pReserved
// and that the four mutex callbacks are all set or all NULL.
type InitArgs struct {
	Flags        ck.Flags
	HasCallbacks bool
}

// Mechanism is a CK_MECHANISM with its parameter decoded.
type Mechanism struct {
	Type ck.MechanismType
	// Param is nil (no parameter), [PSSParams], [OAEPParams], or [BadParam]
	// where the parameter is not what [ParamKindOf] asks for.
	Param any
}

// BadParam marks a parameter of the wrong size or with a NULL pointer in it.
// It is answered CKR_MECHANISM_PARAM_INVALID in its turn among the checks.
type BadParam struct{}

// ParamKind is how the C layer decodes the parameter of a mechanism: see
// [ParamKindOf].
type ParamKind int

// The forms of parameters: none, CK_RSA_PKCS_PSS_PARAMS and
// CK_RSA_PKCS_OAEP_PARAMS.
const (
	ParamNone ParamKind = iota
	ParamPSS
	ParamOAEP
)

// Attribute is a CK_ATTRIBUTE of a template: a type and a value.
type Attribute struct {
	Type  ck.AttributeType
	Value []byte
}

// AttributeQuery is one entry of a C_GetAttributeValue template. The caller
// sets Type and Buffer; the module sets Len (ulValueLen, or
// [ck.CK_UNAVAILABLE_INFORMATION]) and Value, nil where nothing is to be copied.
type AttributeQuery struct {
	Type   ck.AttributeType
	Buffer BufferSize
	Len    uint
	Value  []byte
}

// Operation names an active operation of a session.
type Operation int

// The operations that a session can have active (section 5.6.8).
const (
	OpFind Operation = iota
	OpEncrypt
	OpDecrypt
	OpDigest
	OpSign
	OpSignRecover
	OpVerify
	OpVerifyRecover
)

// API lists the functions that the C layer calls, in the order of the
// standard. [Module] implements it; the C layer depends on this list only, so
// that its wrapper can be tested with a double that misbehaves.
//
// A PIN given to Login, SetPIN or InitPIN belongs to the callee, which wipes
// it. nil PIN = NULL pointer (protected authentication path).
type API interface {
	// General purpose (5.4)
	Initialize(args InitArgs) error
	Finalize() error
	GetInfo() (Info, error)

	// Unsupported answers CKR_CRYPTOKI_NOT_INITIALIZED, then
	// CKR_FUNCTION_NOT_SUPPORTED: for functions this token never has.
	Unsupported() error
	// UnsupportedIn does the same for a function with a session handle, which
	// is checked in between (CKR_SESSION_HANDLE_INVALID).
	UnsupportedIn(h ck.SessionHandle) error
	// BadArguments answers for a call whose pointers the C layer refused:
	// not initialised, then bad session, then CKR_ARGUMENTS_BAD; and it ends
	// the operations named, as C_Sign with a NULL length must (5.13.2).
	BadArguments() error
	BadArgumentsIn(h ck.SessionHandle, end ...Operation) error

	// Slot and token management (5.5)
	GetSlotList(tokenPresent, refresh bool) ([]ck.SlotID, error) // refresh: the list pointer was NULL
	GetSlotInfo(id ck.SlotID) (SlotInfo, error)
	GetTokenInfo(id ck.SlotID) (TokenInfo, error)
	GetMechanismList(id ck.SlotID) ([]ck.MechanismType, error)
	GetMechanismInfo(id ck.SlotID, m ck.MechanismType) (MechanismInfo, error)
	// WaitForSlotEvent returns an event that is pending or arrives within
	// slice milliseconds (0: do not wait); else CKR_NO_EVENT. The C layer
	// repeats it for the blocking form, with signals let in between. Without a
	// smart card service nothing can be waited for and CKR_NO_EVENT comes back
	// at once: the C layer waits out the rest of the slice before it repeats
	// (no timers in Go). After Finalize: CKR_CRYPTOKI_NOT_INITIALIZED.
	WaitForSlotEvent(slice int) (ck.SlotID, error)
	InitToken(id ck.SlotID, havePIN bool) error
	InitPIN(h ck.SessionHandle, pin []byte) error
	SetPIN(h ck.SessionHandle, old, new []byte) error

	// Session management (5.6)
	OpenSession(id ck.SlotID, flags ck.Flags) (ck.SessionHandle, error)
	CloseSession(h ck.SessionHandle) error
	CloseAllSessions(id ck.SlotID) error
	GetSessionInfo(h ck.SessionHandle) (SessionInfo, error)
	SessionCancel(h ck.SessionHandle, flags ck.Flags) error
	Login(h ck.SessionHandle, user ck.UserType, pin []byte) error
	LoginUser(h ck.SessionHandle, user ck.UserType, pin, username []byte) error
	Logout(h ck.SessionHandle) error

	// Object management (5.7)
	CreateObject(h ck.SessionHandle, tmpl []Attribute) (ck.ObjectHandle, error)
	CopyObject(h ck.SessionHandle, o ck.ObjectHandle, tmpl []Attribute) (ck.ObjectHandle, error)
	DestroyObject(h ck.SessionHandle, o ck.ObjectHandle) error
	GetObjectSize(h ck.SessionHandle, o ck.ObjectHandle) (uint, error)
	GetAttributeValue(h ck.SessionHandle, o ck.ObjectHandle, q []AttributeQuery) error
	SetAttributeValue(h ck.SessionHandle, o ck.ObjectHandle, tmpl []Attribute) error
	FindObjectsInit(h ck.SessionHandle, tmpl []Attribute) error
	FindObjects(h ck.SessionHandle, max uint) ([]ck.ObjectHandle, error)
	FindObjectsFinal(h ck.SessionHandle) error

	// Encryption and decryption (5.8, 5.10). m nil cancels, as 3.x asks.
	EncryptInit(h ck.SessionHandle, m *Mechanism, key ck.ObjectHandle) error
	Encrypt(h ck.SessionHandle, data []byte, buffer BufferSize) (Output, error)
	EncryptUpdate(h ck.SessionHandle, part []byte, buffer BufferSize) (Output, error)
	EncryptFinal(h ck.SessionHandle, buffer BufferSize) (Output, error)
	DecryptInit(h ck.SessionHandle, m *Mechanism, key ck.ObjectHandle) error
	Decrypt(h ck.SessionHandle, data []byte, buffer BufferSize) (Output, error)
	DecryptUpdate(h ck.SessionHandle, part []byte, buffer BufferSize) (Output, error)
	DecryptFinal(h ck.SessionHandle, buffer BufferSize) (Output, error)

	// Digests (5.12)
	DigestInit(h ck.SessionHandle, m *Mechanism) error
	Digest(h ck.SessionHandle, data []byte, buffer BufferSize) (Output, error)
	DigestUpdate(h ck.SessionHandle, part []byte) error
	DigestFinal(h ck.SessionHandle, buffer BufferSize) (Output, error)

	// Signing and verifying (5.13, 5.15)
	SignInit(h ck.SessionHandle, m *Mechanism, key ck.ObjectHandle) error
	Sign(h ck.SessionHandle, data []byte, buffer BufferSize) (Output, error)
	SignUpdate(h ck.SessionHandle, part []byte) error
	SignFinal(h ck.SessionHandle, buffer BufferSize) (Output, error)
	VerifyInit(h ck.SessionHandle, m *Mechanism, key ck.ObjectHandle) error
	Verify(h ck.SessionHandle, data, signature []byte) error
	VerifyUpdate(h ck.SessionHandle, part []byte) error
	VerifyFinal(h ck.SessionHandle, signature []byte) error

	// Random numbers (5.19)
	SeedRandom(h ck.SessionHandle) error
	GenerateRandom(h ck.SessionHandle, n uint) ([]byte, error)

	// Parallel functions (5.20)
	NotParallel() error
}
