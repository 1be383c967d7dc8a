// SPDX-License-Identifier: Apache-2.0

package minidriver

import "fmt"

// Code is what a function of the interface returns: an SCARD code of winscard.h
// or an error of winerror.h. It is the error type of this package.
type Code uint32

// The codes that this package returns, and those that the C layer adds.
const (
	Success            Code = 0
	InsufficientBuffer Code = 122        // ERROR_INSUFFICIENT_BUFFER
	RevisionMismatch   Code = 1306       // ERROR_REVISION_MISMATCH
	InternalError      Code = 0x80100001 // SCARD_F_INTERNAL_ERROR
	InvalidHandle      Code = 0x80100003 // SCARD_E_INVALID_HANDLE
	InvalidParameter   Code = 0x80100004 // SCARD_E_INVALID_PARAMETER
	NoMemory           Code = 0x80100006 // SCARD_E_NO_MEMORY
	NoSmartcard        Code = 0x8010000C // SCARD_E_NO_SMARTCARD
	UnknownCard        Code = 0x8010000D // SCARD_E_UNKNOWN_CARD
	Unexpected         Code = 0x8010001F // SCARD_E_UNEXPECTED
	UnsupportedFeature Code = 0x80100022 // SCARD_E_UNSUPPORTED_FEATURE
	DirNotFound        Code = 0x80100023 // SCARD_E_DIR_NOT_FOUND
	FileNotFound       Code = 0x80100024 // SCARD_E_FILE_NOT_FOUND
	InvalidCHV         Code = 0x8010002A // SCARD_E_INVALID_CHV
	CommDataLost       Code = 0x8010002F // SCARD_E_COMM_DATA_LOST
	NoKeyContainer     Code = 0x80100030 // SCARD_E_NO_KEY_CONTAINER
	ResetCard          Code = 0x80100068 // SCARD_W_RESET_CARD
	RemovedCard        Code = 0x80100069 // SCARD_W_REMOVED_CARD
	SecurityViolation  Code = 0x8010006A // SCARD_W_SECURITY_VIOLATION
	WrongCHV           Code = 0x8010006B // SCARD_W_WRONG_CHV
	CHVBlocked         Code = 0x8010006C // SCARD_W_CHV_BLOCKED
	CancelledByUser    Code = 0x8010006E // SCARD_W_CANCELLED_BY_USER
)

// Error implements error.
func (c Code) Error() string { return fmt.Sprintf("minidriver: code %#x", uint32(c)) }
