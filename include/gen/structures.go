// SPDX-License-Identifier: Apache-2.0

package main

// structure has the standard's name and members, in their order.
type structure struct {
	Name    string
	Section string // of PKCS #11 3.1
	Members []member
}

// member is a member of a structure as C declares it.
type member struct {
	Declaration string
	Comment     string
}

// structures is every structure but the function lists, which follow from
// functions. A structure stands after those that it contains.
var structures = []structure{
	{"CK_VERSION", "3.1", []member{
		{"CK_BYTE major", ""},
		{"CK_BYTE minor", ""},
	}},
	{"CK_INFO", "3.1", []member{
		{"CK_VERSION cryptokiVersion", ""},
		{"CK_UTF8CHAR manufacturerID[32]", ""},
		{"CK_FLAGS flags", ""},
		{"CK_UTF8CHAR libraryDescription[32]", ""},
		{"CK_VERSION libraryVersion", ""},
	}},
	{"CK_SLOT_INFO", "3.2", []member{
		{"CK_UTF8CHAR slotDescription[64]", ""},
		{"CK_UTF8CHAR manufacturerID[32]", ""},
		{"CK_FLAGS flags", ""},
		{"CK_VERSION hardwareVersion", ""},
		{"CK_VERSION firmwareVersion", ""},
	}},
	{"CK_TOKEN_INFO", "3.2", []member{
		{"CK_UTF8CHAR label[32]", ""},
		{"CK_UTF8CHAR manufacturerID[32]", ""},
		{"CK_UTF8CHAR model[16]", ""},
		{"CK_CHAR serialNumber[16]", ""},
		{"CK_FLAGS flags", ""},
		{"CK_ULONG ulMaxSessionCount", ""},
		{"CK_ULONG ulSessionCount", ""},
		{"CK_ULONG ulMaxRwSessionCount", ""},
		{"CK_ULONG ulRwSessionCount", ""},
		{"CK_ULONG ulMaxPinLen", ""},
		{"CK_ULONG ulMinPinLen", ""},
		{"CK_ULONG ulTotalPublicMemory", ""},
		{"CK_ULONG ulFreePublicMemory", ""},
		{"CK_ULONG ulTotalPrivateMemory", ""},
		{"CK_ULONG ulFreePrivateMemory", ""},
		{"CK_VERSION hardwareVersion", ""},
		{"CK_VERSION firmwareVersion", ""},
		{"CK_CHAR utcTime[16]", "YYYYMMDDhhmmss00, with CKF_CLOCK_ON_TOKEN only"},
	}},
	{"CK_SESSION_INFO", "3.3", []member{
		{"CK_SLOT_ID slotID", ""},
		{"CK_STATE state", ""},
		{"CK_FLAGS flags", ""},
		{"CK_ULONG ulDeviceError", ""},
	}},
	{"CK_ATTRIBUTE", "3.4", []member{
		{"CK_ATTRIBUTE_TYPE type", ""},
		{"CK_VOID_PTR pValue", ""},
		{"CK_ULONG ulValueLen", "bytes"},
	}},
	{"CK_DATE", "3.4", []member{
		{"CK_CHAR year[4]", ""},
		{"CK_CHAR month[2]", ""},
		{"CK_CHAR day[2]", ""},
	}},
	{"CK_MECHANISM", "3.5", []member{
		{"CK_MECHANISM_TYPE mechanism", ""},
		{"CK_VOID_PTR pParameter", ""},
		{"CK_ULONG ulParameterLen", "bytes"},
	}},
	{"CK_MECHANISM_INFO", "3.5", []member{
		{"CK_ULONG ulMinKeySize", "for RSA in bits"},
		{"CK_ULONG ulMaxKeySize", ""},
		{"CK_FLAGS flags", ""},
	}},
	{"CK_RSA_PKCS_PSS_PARAMS", "6.1.9", []member{
		{"CK_MECHANISM_TYPE hashAlg", ""},
		{"CK_RSA_PKCS_MGF_TYPE mgf", ""},
		{"CK_ULONG sLen", "salt length in bytes"},
	}},
	{"CK_RSA_PKCS_OAEP_PARAMS", "6.1.7", []member{
		{"CK_MECHANISM_TYPE hashAlg", ""},
		{"CK_RSA_PKCS_MGF_TYPE mgf", ""},
		{"CK_RSA_PKCS_OAEP_SOURCE_TYPE source", ""},
		{"CK_VOID_PTR pSourceData", ""},
		{"CK_ULONG ulSourceDataLen", ""},
	}},
	{"CK_C_INITIALIZE_ARGS", "3.7", []member{
		{"CK_CREATEMUTEX CreateMutex", ""},
		{"CK_DESTROYMUTEX DestroyMutex", ""},
		{"CK_LOCKMUTEX LockMutex", ""},
		{"CK_UNLOCKMUTEX UnlockMutex", ""},
		{"CK_FLAGS flags", ""},
		{"CK_VOID_PTR pReserved", ""},
	}},
	{"CK_INTERFACE", "3.6", []member{
		{"CK_CHAR *pInterfaceName", "zero-terminated"},
		{"CK_VOID_PTR pFunctionList", "begins with a CK_VERSION"},
		{"CK_FLAGS flags", ""},
	}},
}
