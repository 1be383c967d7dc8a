// SPDX-License-Identifier: Apache-2.0

// Package ck holds the constants of PKCS#11 (OASIS PKCS #11 Specification
// Version 3.1) that the module uses, under the names the standard gives them,
// and their types. The constants come from the table in include/gen.
package ck

import "fmt"

// The types of PKCS#11 values. All are unsigned and at least 32 bits wide;
// the C layer converts them to CK_ULONG (4 bytes on Windows, a long elsewhere).
type (
	ObjectClass     uint
	AttributeType   uint
	MechanismType   uint
	MGFType         uint
	UserType        uint
	SessionState    uint
	Flags           uint
	KeyType         uint
	CertificateType uint
	ProfileID       uint

	SlotID        uint
	SessionHandle uint
	ObjectHandle  uint
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
