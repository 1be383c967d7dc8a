// SPDX-License-Identifier: Apache-2.0

// Package ck holds the constants of PKCS#11 (OASIS PKCS #11 Specification
// Version 3.1) that the module uses, under the names the standard gives them,
// and their types. The constants come from the table in include/gen.
package ck

import "fmt"

// The types of PKCS#11 values. All are unsigned and at least 32 bits wide;
// the C layer converts them to CK_ULONG (4 bytes on Windows, a long elsewhere).
type (
	// ObjectClass is CK_OBJECT_CLASS.
	ObjectClass uint
	// AttributeType is CK_ATTRIBUTE_TYPE.
	AttributeType uint
	// MechanismType is CK_MECHANISM_TYPE.
	MechanismType uint
	// MGFType is CK_RSA_PKCS_MGF_TYPE.
	MGFType uint
	// UserType is CK_USER_TYPE.
	UserType uint
	// SessionState is CK_STATE.
	SessionState uint
	// Flags is CK_FLAGS.
	Flags uint
	// KeyType is CK_KEY_TYPE.
	KeyType uint
	// CertificateType is CK_CERTIFICATE_TYPE.
	CertificateType uint
	// ProfileID is CK_PROFILE_ID.
	ProfileID uint

	// SlotID is CK_SLOT_ID.
	SlotID uint
	// SessionHandle is CK_SESSION_HANDLE.
	SessionHandle uint
	// ObjectHandle is CK_OBJECT_HANDLE.
	ObjectHandle uint
)

// RV is a return value (CK_RV). Every value but CKR_OK is an error; functions
// of the module return it as error, and nil stands for CKR_OK.
type RV uint

// Error names the value as the standard does: "CKR_PIN_INCORRECT (0xa0)".
func (rv RV) Error() string {
	if name, ok := rvNames[rv]; ok {
		return fmt.Sprintf("%s (%#x)", name, uint(rv))
	}
	return fmt.Sprintf("CKR %#x", uint(rv))
}
