// SPDX-License-Identifier: Apache-2.0

// Package ck holds the constants of PKCS#11 (OASIS PKCS #11 Specification
// Version 3.1, section 6.3 "PKCS #11 Header Files" and appendix A) that the
// module uses, under the names the standard gives them. A test compares every
// value with include/pkcs11.h.
package ck

// Return values (PKCS #11 3.1, section 5.1 "Function return values").
const (
	CKR_OK                               RV = 0x0
	CKR_CANCEL                           RV = 0x1
	CKR_HOST_MEMORY                      RV = 0x2
	CKR_SLOT_ID_INVALID                  RV = 0x3
	CKR_GENERAL_ERROR                    RV = 0x5
	CKR_FUNCTION_FAILED                  RV = 0x6
	CKR_ARGUMENTS_BAD                    RV = 0x7
	CKR_NO_EVENT                         RV = 0x8
	CKR_NEED_TO_CREATE_THREADS           RV = 0x9
	CKR_CANT_LOCK                        RV = 0xa
	CKR_ATTRIBUTE_READ_ONLY              RV = 0x10
	CKR_ATTRIBUTE_SENSITIVE              RV = 0x11
	CKR_ATTRIBUTE_TYPE_INVALID           RV = 0x12
	CKR_ATTRIBUTE_VALUE_INVALID          RV = 0x13
	CKR_ACTION_PROHIBITED                RV = 0x1b
	CKR_DATA_INVALID                     RV = 0x20
	CKR_DATA_LEN_RANGE                   RV = 0x21
	CKR_DEVICE_ERROR                     RV = 0x30
	CKR_DEVICE_MEMORY                    RV = 0x31
	CKR_DEVICE_REMOVED                   RV = 0x32
	CKR_ENCRYPTED_DATA_INVALID           RV = 0x40
	CKR_ENCRYPTED_DATA_LEN_RANGE         RV = 0x41
	CKR_AEAD_DECRYPT_FAILED              RV = 0x42
	CKR_FUNCTION_CANCELED                RV = 0x50
	CKR_FUNCTION_NOT_PARALLEL            RV = 0x51
	CKR_FUNCTION_NOT_SUPPORTED           RV = 0x54
	CKR_KEY_HANDLE_INVALID               RV = 0x60
	CKR_KEY_SIZE_RANGE                   RV = 0x62
	CKR_KEY_TYPE_INCONSISTENT            RV = 0x63
	CKR_KEY_NOT_NEEDED                   RV = 0x64
	CKR_KEY_CHANGED                      RV = 0x65
	CKR_KEY_NEEDED                       RV = 0x66
	CKR_KEY_INDIGESTIBLE                 RV = 0x67
	CKR_KEY_FUNCTION_NOT_PERMITTED       RV = 0x68
	CKR_KEY_NOT_WRAPPABLE                RV = 0x69
	CKR_KEY_UNEXTRACTABLE                RV = 0x6a
	CKR_MECHANISM_INVALID                RV = 0x70
	CKR_MECHANISM_PARAM_INVALID          RV = 0x71
	CKR_OBJECT_HANDLE_INVALID            RV = 0x82
	CKR_OPERATION_ACTIVE                 RV = 0x90
	CKR_OPERATION_NOT_INITIALIZED        RV = 0x91
	CKR_PIN_INCORRECT                    RV = 0xa0
	CKR_PIN_INVALID                      RV = 0xa1
	CKR_PIN_LEN_RANGE                    RV = 0xa2
	CKR_PIN_EXPIRED                      RV = 0xa3
	CKR_PIN_LOCKED                       RV = 0xa4
	CKR_SESSION_CLOSED                   RV = 0xb0
	CKR_SESSION_COUNT                    RV = 0xb1
	CKR_SESSION_HANDLE_INVALID           RV = 0xb3
	CKR_SESSION_PARALLEL_NOT_SUPPORTED   RV = 0xb4
	CKR_SESSION_READ_ONLY                RV = 0xb5
	CKR_SESSION_EXISTS                   RV = 0xb6
	CKR_SESSION_READ_ONLY_EXISTS         RV = 0xb7
	CKR_SESSION_READ_WRITE_SO_EXISTS     RV = 0xb8
	CKR_SIGNATURE_INVALID                RV = 0xc0
	CKR_SIGNATURE_LEN_RANGE              RV = 0xc1
	CKR_TEMPLATE_INCOMPLETE              RV = 0xd0
	CKR_TEMPLATE_INCONSISTENT            RV = 0xd1
	CKR_TOKEN_NOT_PRESENT                RV = 0xe0
	CKR_TOKEN_NOT_RECOGNIZED             RV = 0xe1
	CKR_TOKEN_WRITE_PROTECTED            RV = 0xe2
	CKR_UNWRAPPING_KEY_HANDLE_INVALID    RV = 0xf0
	CKR_UNWRAPPING_KEY_SIZE_RANGE        RV = 0xf1
	CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT RV = 0xf2
	CKR_USER_ALREADY_LOGGED_IN           RV = 0x100
	CKR_USER_NOT_LOGGED_IN               RV = 0x101
	CKR_USER_PIN_NOT_INITIALIZED         RV = 0x102
	CKR_USER_TYPE_INVALID                RV = 0x103
	CKR_USER_ANOTHER_ALREADY_LOGGED_IN   RV = 0x104
	CKR_USER_TOO_MANY_TYPES              RV = 0x105
	CKR_WRAPPED_KEY_INVALID              RV = 0x110
	CKR_WRAPPED_KEY_LEN_RANGE            RV = 0x112
	CKR_WRAPPING_KEY_HANDLE_INVALID      RV = 0x113
	CKR_WRAPPING_KEY_SIZE_RANGE          RV = 0x114
	CKR_WRAPPING_KEY_TYPE_INCONSISTENT   RV = 0x115
	CKR_RANDOM_SEED_NOT_SUPPORTED        RV = 0x120
	CKR_RANDOM_NO_RNG                    RV = 0x121
	CKR_DOMAIN_PARAMS_INVALID            RV = 0x130
	CKR_CURVE_NOT_SUPPORTED              RV = 0x140
	CKR_BUFFER_TOO_SMALL                 RV = 0x150
	CKR_SAVED_STATE_INVALID              RV = 0x160
	CKR_INFORMATION_SENSITIVE            RV = 0x170
	CKR_STATE_UNSAVEABLE                 RV = 0x180
	CKR_CRYPTOKI_NOT_INITIALIZED         RV = 0x190
	CKR_CRYPTOKI_ALREADY_INITIALIZED     RV = 0x191
	CKR_MUTEX_BAD                        RV = 0x1a0
	CKR_MUTEX_NOT_LOCKED                 RV = 0x1a1
	CKR_NEW_PIN_MODE                     RV = 0x1b0
	CKR_NEXT_OTP                         RV = 0x1b1
	CKR_EXCEEDED_MAX_ITERATIONS          RV = 0x1c0
	CKR_FIPS_SELF_TEST_FAILED            RV = 0x1c1
	CKR_LIBRARY_LOAD_FAILED              RV = 0x1c2
	CKR_PIN_TOO_WEAK                     RV = 0x1c3
	CKR_PUBLIC_KEY_INVALID               RV = 0x1c4
	CKR_FUNCTION_REJECTED                RV = 0x200
	CKR_TOKEN_RESOURCE_EXCEEDED          RV = 0x201
	CKR_OPERATION_CANCEL_FAILED          RV = 0x202
	CKR_KEY_EXHAUSTED                    RV = 0x203
	CKR_PENDING                          RV = 0x204
	CKR_SESSION_ASYNC_NOT_SUPPORTED      RV = 0x205
	CKR_VENDOR_DEFINED                   RV = 0x80000000
)

// Object classes (section 4.2).
const (
	CKO_DATA              ObjectClass = 0x0
	CKO_CERTIFICATE       ObjectClass = 0x1
	CKO_PUBLIC_KEY        ObjectClass = 0x2
	CKO_PRIVATE_KEY       ObjectClass = 0x3
	CKO_SECRET_KEY        ObjectClass = 0x4
	CKO_HW_FEATURE        ObjectClass = 0x5
	CKO_DOMAIN_PARAMETERS ObjectClass = 0x6
	CKO_MECHANISM         ObjectClass = 0x7
	CKO_OTP_KEY           ObjectClass = 0x8
	CKO_PROFILE           ObjectClass = 0x9
	CKO_VENDOR_DEFINED    ObjectClass = 0x80000000
)

// Attribute types (section 4).
const (
	CKA_CLASS                      AttributeType = 0x0
	CKA_TOKEN                      AttributeType = 0x1
	CKA_PRIVATE                    AttributeType = 0x2
	CKA_LABEL                      AttributeType = 0x3
	CKA_UNIQUE_ID                  AttributeType = 0x4
	CKA_APPLICATION                AttributeType = 0x10
	CKA_VALUE                      AttributeType = 0x11
	CKA_OBJECT_ID                  AttributeType = 0x12
	CKA_CERTIFICATE_TYPE           AttributeType = 0x80
	CKA_ISSUER                     AttributeType = 0x81
	CKA_SERIAL_NUMBER              AttributeType = 0x82
	CKA_TRUSTED                    AttributeType = 0x86
	CKA_CERTIFICATE_CATEGORY       AttributeType = 0x87
	CKA_JAVA_MIDP_SECURITY_DOMAIN  AttributeType = 0x88
	CKA_URL                        AttributeType = 0x89
	CKA_HASH_OF_SUBJECT_PUBLIC_KEY AttributeType = 0x8a
	CKA_HASH_OF_ISSUER_PUBLIC_KEY  AttributeType = 0x8b
	CKA_NAME_HASH_ALGORITHM        AttributeType = 0x8c
	CKA_CHECK_VALUE                AttributeType = 0x90
	CKA_KEY_TYPE                   AttributeType = 0x100
	CKA_SUBJECT                    AttributeType = 0x101
	CKA_ID                         AttributeType = 0x102
	CKA_SENSITIVE                  AttributeType = 0x103
	CKA_ENCRYPT                    AttributeType = 0x104
	CKA_DECRYPT                    AttributeType = 0x105
	CKA_WRAP                       AttributeType = 0x106
	CKA_UNWRAP                     AttributeType = 0x107
	CKA_SIGN                       AttributeType = 0x108
	CKA_SIGN_RECOVER               AttributeType = 0x109
	CKA_VERIFY                     AttributeType = 0x10a
	CKA_VERIFY_RECOVER             AttributeType = 0x10b
	CKA_DERIVE                     AttributeType = 0x10c
	CKA_START_DATE                 AttributeType = 0x110
	CKA_END_DATE                   AttributeType = 0x111
	CKA_MODULUS                    AttributeType = 0x120
	CKA_MODULUS_BITS               AttributeType = 0x121
	CKA_PUBLIC_EXPONENT            AttributeType = 0x122
	CKA_PRIVATE_EXPONENT           AttributeType = 0x123
	CKA_PRIME_1                    AttributeType = 0x124
	CKA_PRIME_2                    AttributeType = 0x125
	CKA_EXPONENT_1                 AttributeType = 0x126
	CKA_EXPONENT_2                 AttributeType = 0x127
	CKA_COEFFICIENT                AttributeType = 0x128
	CKA_PUBLIC_KEY_INFO            AttributeType = 0x129
	CKA_PRIME                      AttributeType = 0x130
	CKA_SUBPRIME                   AttributeType = 0x131
	CKA_BASE                       AttributeType = 0x132
	CKA_PRIME_BITS                 AttributeType = 0x133
	CKA_VALUE_BITS                 AttributeType = 0x160
	CKA_VALUE_LEN                  AttributeType = 0x161
	CKA_EXTRACTABLE                AttributeType = 0x162
	CKA_LOCAL                      AttributeType = 0x163
	CKA_NEVER_EXTRACTABLE          AttributeType = 0x164
	CKA_ALWAYS_SENSITIVE           AttributeType = 0x165
	CKA_KEY_GEN_MECHANISM          AttributeType = 0x166
	CKA_MODIFIABLE                 AttributeType = 0x170
	CKA_COPYABLE                   AttributeType = 0x171
	CKA_DESTROYABLE                AttributeType = 0x172
	CKA_EC_PARAMS                  AttributeType = 0x180
	CKA_EC_POINT                   AttributeType = 0x181
	CKA_ALWAYS_AUTHENTICATE        AttributeType = 0x202
	CKA_WRAP_WITH_TRUSTED          AttributeType = 0x210
	CKA_PROFILE_ID                 AttributeType = 0x601
	CKA_WRAP_TEMPLATE              AttributeType = 0x40000211
	CKA_UNWRAP_TEMPLATE            AttributeType = 0x40000212
	CKA_DERIVE_TEMPLATE            AttributeType = 0x40000213
	CKA_ALLOWED_MECHANISMS         AttributeType = 0x40000600
)

// Mechanisms (PKCS #11 3.1, section 6.1 RSA, section 6.20 and following digests).
const (
	CKM_RSA_PKCS_KEY_PAIR_GEN MechanismType = 0x0
	CKM_RSA_PKCS              MechanismType = 0x1
	CKM_RSA_X_509             MechanismType = 0x3
	CKM_SHA1_RSA_PKCS         MechanismType = 0x6
	CKM_RSA_PKCS_OAEP         MechanismType = 0x9
	CKM_RSA_PKCS_PSS          MechanismType = 0xd
	CKM_SHA1_RSA_PKCS_PSS     MechanismType = 0xe
	CKM_SHA256_RSA_PKCS       MechanismType = 0x40
	CKM_SHA384_RSA_PKCS       MechanismType = 0x41
	CKM_SHA512_RSA_PKCS       MechanismType = 0x42
	CKM_SHA256_RSA_PKCS_PSS   MechanismType = 0x43
	CKM_SHA384_RSA_PKCS_PSS   MechanismType = 0x44
	CKM_SHA512_RSA_PKCS_PSS   MechanismType = 0x45
	CKM_SHA224_RSA_PKCS       MechanismType = 0x46
	CKM_SHA224_RSA_PKCS_PSS   MechanismType = 0x47
	CKM_SHA_1                 MechanismType = 0x220
	CKM_SHA256                MechanismType = 0x250
	CKM_SHA224                MechanismType = 0x255
	CKM_SHA384                MechanismType = 0x260
	CKM_SHA512                MechanismType = 0x270
)

// Mask generation functions of PSS and OAEP (section 6.1.7).
const (
	CKG_MGF1_SHA1   MGFType = 0x1
	CKG_MGF1_SHA256 MGFType = 0x2
	CKG_MGF1_SHA384 MGFType = 0x3
	CKG_MGF1_SHA512 MGFType = 0x4
	CKG_MGF1_SHA224 MGFType = 0x5
)

// User types (section 5.6.8 C_Login).
const (
	CKU_SO               UserType = 0x0
	CKU_USER             UserType = 0x1
	CKU_CONTEXT_SPECIFIC UserType = 0x2
)

// Session states (section 5.6.7 C_GetSessionInfo).
const (
	CKS_RO_PUBLIC_SESSION SessionState = 0x0
	CKS_RO_USER_FUNCTIONS SessionState = 0x1
	CKS_RW_PUBLIC_SESSION SessionState = 0x2
	CKS_RW_USER_FUNCTIONS SessionState = 0x3
	CKS_RW_SO_FUNCTIONS   SessionState = 0x4
)

// Flags of slots, tokens, sessions, mechanisms and C_Initialize (section 3).
const (
	CKF_DONT_BLOCK                     Flags = 0x1
	CKF_HW                             Flags = 0x1
	CKF_LIBRARY_CANT_CREATE_OS_THREADS Flags = 0x1
	CKF_RNG                            Flags = 0x1
	CKF_TOKEN_PRESENT                  Flags = 0x1
	CKF_OS_LOCKING_OK                  Flags = 0x2
	CKF_REMOVABLE_DEVICE               Flags = 0x2
	CKF_RW_SESSION                     Flags = 0x2
	CKF_WRITE_PROTECTED                Flags = 0x2
	CKF_HW_SLOT                        Flags = 0x4
	CKF_LOGIN_REQUIRED                 Flags = 0x4
	CKF_SERIAL_SESSION                 Flags = 0x4
	CKF_ASYNC_SESSION                  Flags = 0x8
	CKF_USER_PIN_INITIALIZED           Flags = 0x8
	CKF_RESTORE_KEY_NOT_NEEDED         Flags = 0x20
	CKF_CLOCK_ON_TOKEN                 Flags = 0x40
	CKF_FIND_OBJECTS                   Flags = 0x40
	CKF_ENCRYPT                        Flags = 0x100
	CKF_PROTECTED_AUTHENTICATION_PATH  Flags = 0x100
	CKF_DECRYPT                        Flags = 0x200
	CKF_DUAL_CRYPTO_OPERATIONS         Flags = 0x200
	CKF_DIGEST                         Flags = 0x400
	CKF_TOKEN_INITIALIZED              Flags = 0x400
	CKF_SECONDARY_AUTHENTICATION       Flags = 0x800
	CKF_SIGN                           Flags = 0x800
	CKF_SIGN_RECOVER                   Flags = 0x1000
	CKF_VERIFY                         Flags = 0x2000
	CKF_VERIFY_RECOVER                 Flags = 0x4000
	CKF_GENERATE                       Flags = 0x8000
	CKF_GENERATE_KEY_PAIR              Flags = 0x10000
	CKF_USER_PIN_COUNT_LOW             Flags = 0x10000
	CKF_USER_PIN_FINAL_TRY             Flags = 0x20000
	CKF_WRAP                           Flags = 0x20000
	CKF_UNWRAP                         Flags = 0x40000
	CKF_USER_PIN_LOCKED                Flags = 0x40000
	CKF_DERIVE                         Flags = 0x80000
	CKF_USER_PIN_TO_BE_CHANGED         Flags = 0x80000
	CKF_SO_PIN_COUNT_LOW               Flags = 0x100000
	CKF_SO_PIN_FINAL_TRY               Flags = 0x200000
	CKF_SO_PIN_LOCKED                  Flags = 0x400000
	CKF_SO_PIN_TO_BE_CHANGED           Flags = 0x800000
)

// Key types (section 4.7).
const (
	CKK_RSA KeyType = 0x0
	CKK_EC  KeyType = 0x3
)

// Certificate types (section 4.6).
const (
	CKC_X_509 CertificateType = 0x0
)

// Profile identifiers (section 4.5 CKO_PROFILE objects).
const (
	CKP_INVALID_ID                ProfileID = 0x0
	CKP_BASELINE_PROVIDER         ProfileID = 0x1
	CKP_EXTENDED_PROVIDER         ProfileID = 0x2
	CKP_AUTHENTICATION_TOKEN      ProfileID = 0x3
	CKP_PUBLIC_CERTIFICATES_TOKEN ProfileID = 0x4
)

// Values of CKA_CERTIFICATE_CATEGORY (section 4.6.2).
const (
	CK_CERTIFICATE_CATEGORY_UNSPECIFIED  uint = 0x0
	CK_CERTIFICATE_CATEGORY_TOKEN_USER   uint = 0x1
	CK_CERTIFICATE_CATEGORY_AUTHORITY    uint = 0x2
	CK_CERTIFICATE_CATEGORY_OTHER_ENTITY uint = 0x3
)

// CKZ_DATA_SPECIFIED is the only OAEP encoding parameter source (section 6.1.7).
const CKZ_DATA_SPECIFIED uint = 0x1

// CK_UNAVAILABLE_INFORMATION stands for "not known" in CK_ULONG fields
// (section 3.1). The C layer cuts it to the platform's CK_ULONG: all ones.
const CK_UNAVAILABLE_INFORMATION = ^uint(0)
