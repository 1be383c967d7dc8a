// SPDX-License-Identifier: Apache-2.0
//
// Constants of PKCS #11, with the sections of version 3.1 that define them.
// Include pkcs11.h, not this file.

#ifndef TSCNS_PKCS11_CONSTANTS_H
#define TSCNS_PKCS11_CONSTANTS_H

#define CK_FALSE 0
#define CK_TRUE 1
#define CK_INVALID_HANDLE 0x0UL
#define CK_EFFECTIVELY_INFINITE 0x0UL
#define CK_UNAVAILABLE_INFORMATION (~0x0UL)

// Return values (section 5.1)
#define CKR_OK                               0x0UL
#define CKR_CANCEL                           0x1UL
#define CKR_HOST_MEMORY                      0x2UL
#define CKR_SLOT_ID_INVALID                  0x3UL
#define CKR_GENERAL_ERROR                    0x5UL
#define CKR_FUNCTION_FAILED                  0x6UL
#define CKR_ARGUMENTS_BAD                    0x7UL
#define CKR_NO_EVENT                         0x8UL
#define CKR_NEED_TO_CREATE_THREADS           0x9UL
#define CKR_CANT_LOCK                        0xaUL
#define CKR_ATTRIBUTE_READ_ONLY              0x10UL
#define CKR_ATTRIBUTE_SENSITIVE              0x11UL
#define CKR_ATTRIBUTE_TYPE_INVALID           0x12UL
#define CKR_ATTRIBUTE_VALUE_INVALID          0x13UL
#define CKR_ACTION_PROHIBITED                0x1bUL
#define CKR_DATA_INVALID                     0x20UL
#define CKR_DATA_LEN_RANGE                   0x21UL
#define CKR_DEVICE_ERROR                     0x30UL
#define CKR_DEVICE_MEMORY                    0x31UL
#define CKR_DEVICE_REMOVED                   0x32UL
#define CKR_ENCRYPTED_DATA_INVALID           0x40UL
#define CKR_ENCRYPTED_DATA_LEN_RANGE         0x41UL
#define CKR_AEAD_DECRYPT_FAILED              0x42UL
#define CKR_FUNCTION_CANCELED                0x50UL
#define CKR_FUNCTION_NOT_PARALLEL            0x51UL
#define CKR_FUNCTION_NOT_SUPPORTED           0x54UL
#define CKR_KEY_HANDLE_INVALID               0x60UL
#define CKR_KEY_SIZE_RANGE                   0x62UL
#define CKR_KEY_TYPE_INCONSISTENT            0x63UL
#define CKR_KEY_NOT_NEEDED                   0x64UL
#define CKR_KEY_CHANGED                      0x65UL
#define CKR_KEY_NEEDED                       0x66UL
#define CKR_KEY_INDIGESTIBLE                 0x67UL
#define CKR_KEY_FUNCTION_NOT_PERMITTED       0x68UL
#define CKR_KEY_NOT_WRAPPABLE                0x69UL
#define CKR_KEY_UNEXTRACTABLE                0x6aUL
#define CKR_MECHANISM_INVALID                0x70UL
#define CKR_MECHANISM_PARAM_INVALID          0x71UL
#define CKR_OBJECT_HANDLE_INVALID            0x82UL
#define CKR_OPERATION_ACTIVE                 0x90UL
#define CKR_OPERATION_NOT_INITIALIZED        0x91UL
#define CKR_PIN_INCORRECT                    0xa0UL
#define CKR_PIN_INVALID                      0xa1UL
#define CKR_PIN_LEN_RANGE                    0xa2UL
#define CKR_PIN_EXPIRED                      0xa3UL
#define CKR_PIN_LOCKED                       0xa4UL
#define CKR_SESSION_CLOSED                   0xb0UL
#define CKR_SESSION_COUNT                    0xb1UL
#define CKR_SESSION_HANDLE_INVALID           0xb3UL
#define CKR_SESSION_PARALLEL_NOT_SUPPORTED   0xb4UL
#define CKR_SESSION_READ_ONLY                0xb5UL
#define CKR_SESSION_EXISTS                   0xb6UL
#define CKR_SESSION_READ_ONLY_EXISTS         0xb7UL
#define CKR_SESSION_READ_WRITE_SO_EXISTS     0xb8UL
#define CKR_SIGNATURE_INVALID                0xc0UL
#define CKR_SIGNATURE_LEN_RANGE              0xc1UL
#define CKR_TEMPLATE_INCOMPLETE              0xd0UL
#define CKR_TEMPLATE_INCONSISTENT            0xd1UL
#define CKR_TOKEN_NOT_PRESENT                0xe0UL
#define CKR_TOKEN_NOT_RECOGNIZED             0xe1UL
#define CKR_TOKEN_WRITE_PROTECTED            0xe2UL
#define CKR_UNWRAPPING_KEY_HANDLE_INVALID    0xf0UL
#define CKR_UNWRAPPING_KEY_SIZE_RANGE        0xf1UL
#define CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT 0xf2UL
#define CKR_USER_ALREADY_LOGGED_IN           0x100UL
#define CKR_USER_NOT_LOGGED_IN               0x101UL
#define CKR_USER_PIN_NOT_INITIALIZED         0x102UL
#define CKR_USER_TYPE_INVALID                0x103UL
#define CKR_USER_ANOTHER_ALREADY_LOGGED_IN   0x104UL
#define CKR_USER_TOO_MANY_TYPES              0x105UL
#define CKR_WRAPPED_KEY_INVALID              0x110UL
#define CKR_WRAPPED_KEY_LEN_RANGE            0x112UL
#define CKR_WRAPPING_KEY_HANDLE_INVALID      0x113UL
#define CKR_WRAPPING_KEY_SIZE_RANGE          0x114UL
#define CKR_WRAPPING_KEY_TYPE_INCONSISTENT   0x115UL
#define CKR_RANDOM_SEED_NOT_SUPPORTED        0x120UL
#define CKR_RANDOM_NO_RNG                    0x121UL
#define CKR_DOMAIN_PARAMS_INVALID            0x130UL
#define CKR_CURVE_NOT_SUPPORTED              0x140UL
#define CKR_BUFFER_TOO_SMALL                 0x150UL
#define CKR_SAVED_STATE_INVALID              0x160UL
#define CKR_INFORMATION_SENSITIVE            0x170UL
#define CKR_STATE_UNSAVEABLE                 0x180UL
#define CKR_CRYPTOKI_NOT_INITIALIZED         0x190UL
#define CKR_CRYPTOKI_ALREADY_INITIALIZED     0x191UL
#define CKR_MUTEX_BAD                        0x1a0UL
#define CKR_MUTEX_NOT_LOCKED                 0x1a1UL
#define CKR_NEW_PIN_MODE                     0x1b0UL
#define CKR_NEXT_OTP                         0x1b1UL
#define CKR_EXCEEDED_MAX_ITERATIONS          0x1c0UL
#define CKR_FIPS_SELF_TEST_FAILED            0x1c1UL
#define CKR_LIBRARY_LOAD_FAILED              0x1c2UL
#define CKR_PIN_TOO_WEAK                     0x1c3UL
#define CKR_PUBLIC_KEY_INVALID               0x1c4UL
#define CKR_FUNCTION_REJECTED                0x200UL
#define CKR_TOKEN_RESOURCE_EXCEEDED          0x201UL
#define CKR_OPERATION_CANCEL_FAILED          0x202UL
#define CKR_KEY_EXHAUSTED                    0x203UL
#define CKR_PENDING                          0x204UL
#define CKR_SESSION_ASYNC_NOT_SUPPORTED      0x205UL
#define CKR_VENDOR_DEFINED                   0x80000000UL

// Object classes (section 4.2)
#define CKO_DATA              0x0UL
#define CKO_CERTIFICATE       0x1UL
#define CKO_PUBLIC_KEY        0x2UL
#define CKO_PRIVATE_KEY       0x3UL
#define CKO_SECRET_KEY        0x4UL
#define CKO_HW_FEATURE        0x5UL
#define CKO_DOMAIN_PARAMETERS 0x6UL
#define CKO_MECHANISM         0x7UL
#define CKO_OTP_KEY           0x8UL
#define CKO_PROFILE           0x9UL
#define CKO_VENDOR_DEFINED    0x80000000UL

// Hardware features (section 4.3)
#define CKH_MONOTONIC_COUNTER 0x1UL
#define CKH_CLOCK             0x2UL
#define CKH_USER_INTERFACE    0x3UL
#define CKH_VENDOR_DEFINED    0x80000000UL

// Profiles (section 4.5)
#define CKP_INVALID_ID                0x0UL
#define CKP_BASELINE_PROVIDER         0x1UL
#define CKP_EXTENDED_PROVIDER         0x2UL
#define CKP_AUTHENTICATION_TOKEN      0x3UL
#define CKP_PUBLIC_CERTIFICATES_TOKEN 0x4UL

// Certificate types and categories (section 4.6)
#define CKC_X_509                            0x0UL
#define CKC_X_509_ATTR_CERT                  0x1UL
#define CKC_WTLS                             0x2UL
#define CKC_VENDOR_DEFINED                   0x80000000UL
#define CK_CERTIFICATE_CATEGORY_UNSPECIFIED  0x0UL
#define CK_CERTIFICATE_CATEGORY_TOKEN_USER   0x1UL
#define CK_CERTIFICATE_CATEGORY_AUTHORITY    0x2UL
#define CK_CERTIFICATE_CATEGORY_OTHER_ENTITY 0x3UL

// Key types (section 4.7)
#define CKK_RSA            0x0UL
#define CKK_EC             0x3UL
#define CKK_DSA            0x1UL
#define CKK_DH             0x2UL
#define CKK_GENERIC_SECRET 0x10UL
#define CKK_DES3           0x15UL
#define CKK_AES            0x1fUL
#define CKK_EC_EDWARDS     0x40UL
#define CKK_VENDOR_DEFINED 0x80000000UL

// Attribute types (section 4); bit CKF_ARRAY_ATTRIBUTE marks arrays
#define CKA_CLASS                      0x0UL
#define CKA_TOKEN                      0x1UL
#define CKA_PRIVATE                    0x2UL
#define CKA_LABEL                      0x3UL
#define CKA_UNIQUE_ID                  0x4UL
#define CKA_APPLICATION                0x10UL
#define CKA_VALUE                      0x11UL
#define CKA_OBJECT_ID                  0x12UL
#define CKA_CERTIFICATE_TYPE           0x80UL
#define CKA_ISSUER                     0x81UL
#define CKA_SERIAL_NUMBER              0x82UL
#define CKA_AC_ISSUER                  0x83UL
#define CKA_OWNER                      0x84UL
#define CKA_ATTR_TYPES                 0x85UL
#define CKA_TRUSTED                    0x86UL
#define CKA_CERTIFICATE_CATEGORY       0x87UL
#define CKA_JAVA_MIDP_SECURITY_DOMAIN  0x88UL
#define CKA_URL                        0x89UL
#define CKA_HASH_OF_SUBJECT_PUBLIC_KEY 0x8aUL
#define CKA_HASH_OF_ISSUER_PUBLIC_KEY  0x8bUL
#define CKA_NAME_HASH_ALGORITHM        0x8cUL
#define CKA_CHECK_VALUE                0x90UL
#define CKA_KEY_TYPE                   0x100UL
#define CKA_SUBJECT                    0x101UL
#define CKA_ID                         0x102UL
#define CKA_SENSITIVE                  0x103UL
#define CKA_ENCRYPT                    0x104UL
#define CKA_DECRYPT                    0x105UL
#define CKA_WRAP                       0x106UL
#define CKA_UNWRAP                     0x107UL
#define CKA_SIGN                       0x108UL
#define CKA_SIGN_RECOVER               0x109UL
#define CKA_VERIFY                     0x10aUL
#define CKA_VERIFY_RECOVER             0x10bUL
#define CKA_DERIVE                     0x10cUL
#define CKA_START_DATE                 0x110UL
#define CKA_END_DATE                   0x111UL
#define CKA_MODULUS                    0x120UL
#define CKA_MODULUS_BITS               0x121UL
#define CKA_PUBLIC_EXPONENT            0x122UL
#define CKA_PRIVATE_EXPONENT           0x123UL
#define CKA_PRIME_1                    0x124UL
#define CKA_PRIME_2                    0x125UL
#define CKA_EXPONENT_1                 0x126UL
#define CKA_EXPONENT_2                 0x127UL
#define CKA_COEFFICIENT                0x128UL
#define CKA_PUBLIC_KEY_INFO            0x129UL
#define CKA_PRIME                      0x130UL
#define CKA_SUBPRIME                   0x131UL
#define CKA_BASE                       0x132UL
#define CKA_PRIME_BITS                 0x133UL
#define CKA_SUB_PRIME_BITS             0x134UL
#define CKA_VALUE_BITS                 0x160UL
#define CKA_VALUE_LEN                  0x161UL
#define CKA_EXTRACTABLE                0x162UL
#define CKA_LOCAL                      0x163UL
#define CKA_NEVER_EXTRACTABLE          0x164UL
#define CKA_ALWAYS_SENSITIVE           0x165UL
#define CKA_KEY_GEN_MECHANISM          0x166UL
#define CKA_MODIFIABLE                 0x170UL
#define CKA_COPYABLE                   0x171UL
#define CKA_DESTROYABLE                0x172UL
#define CKA_EC_PARAMS                  0x180UL
#define CKA_EC_POINT                   0x181UL
#define CKA_ALWAYS_AUTHENTICATE        0x202UL
#define CKA_WRAP_WITH_TRUSTED          0x210UL
#define CKA_HW_FEATURE_TYPE            0x300UL
#define CKA_RESET_ON_INIT              0x301UL
#define CKA_HAS_RESET                  0x302UL
#define CKA_MECHANISM_TYPE             0x500UL
#define CKA_REQUIRED_CMS_ATTRIBUTES    0x501UL
#define CKA_DEFAULT_CMS_ATTRIBUTES     0x502UL
#define CKA_SUPPORTED_CMS_ATTRIBUTES   0x503UL
#define CKA_PROFILE_ID                 0x601UL
#define CKA_WRAP_TEMPLATE              0x40000211UL
#define CKA_UNWRAP_TEMPLATE            0x40000212UL
#define CKA_DERIVE_TEMPLATE            0x40000213UL
#define CKA_ALLOWED_MECHANISMS         0x40000600UL
#define CKA_VENDOR_DEFINED             0x80000000UL

// Mechanisms (section 6)
#define CKM_RSA_PKCS_KEY_PAIR_GEN   0x0UL
#define CKM_RSA_PKCS                0x1UL
#define CKM_RSA_9796                0x2UL
#define CKM_RSA_X_509               0x3UL
#define CKM_MD5_RSA_PKCS            0x5UL
#define CKM_SHA1_RSA_PKCS           0x6UL
#define CKM_RIPEMD160_RSA_PKCS      0x8UL
#define CKM_RSA_PKCS_OAEP           0x9UL
#define CKM_RSA_X9_31_KEY_PAIR_GEN  0xaUL
#define CKM_RSA_X9_31               0xbUL
#define CKM_SHA1_RSA_X9_31          0xcUL
#define CKM_RSA_PKCS_PSS            0xdUL
#define CKM_SHA1_RSA_PKCS_PSS       0xeUL
#define CKM_SHA256_RSA_PKCS         0x40UL
#define CKM_SHA384_RSA_PKCS         0x41UL
#define CKM_SHA512_RSA_PKCS         0x42UL
#define CKM_SHA256_RSA_PKCS_PSS     0x43UL
#define CKM_SHA384_RSA_PKCS_PSS     0x44UL
#define CKM_SHA512_RSA_PKCS_PSS     0x45UL
#define CKM_SHA224_RSA_PKCS         0x46UL
#define CKM_SHA224_RSA_PKCS_PSS     0x47UL
#define CKM_SHA512_224              0x48UL
#define CKM_SHA512_256              0x4cUL
#define CKM_DES3_CBC                0x133UL
#define CKM_DES3_CBC_PAD            0x136UL
#define CKM_MD5                     0x210UL
#define CKM_MD5_HMAC                0x211UL
#define CKM_SHA_1                   0x220UL
#define CKM_SHA_1_HMAC              0x221UL
#define CKM_RIPEMD160               0x240UL
#define CKM_SHA256                  0x250UL
#define CKM_SHA256_HMAC             0x251UL
#define CKM_SHA224                  0x255UL
#define CKM_SHA224_HMAC             0x256UL
#define CKM_SHA384                  0x260UL
#define CKM_SHA384_HMAC             0x261UL
#define CKM_SHA512                  0x270UL
#define CKM_SHA512_HMAC             0x271UL
#define CKM_GENERIC_SECRET_KEY_GEN  0x350UL
#define CKM_EC_KEY_PAIR_GEN         0x1040UL
#define CKM_ECDSA                   0x1041UL
#define CKM_ECDSA_SHA1              0x1042UL
#define CKM_ECDSA_SHA224            0x1043UL
#define CKM_ECDSA_SHA256            0x1044UL
#define CKM_ECDSA_SHA384            0x1045UL
#define CKM_ECDSA_SHA512            0x1046UL
#define CKM_ECDH1_DERIVE            0x1050UL
#define CKM_ECDH1_COFACTOR_DERIVE   0x1051UL
#define CKM_RSA_AES_KEY_WRAP        0x1054UL
#define CKM_EC_EDWARDS_KEY_PAIR_GEN 0x1055UL
#define CKM_EDDSA                   0x1057UL
#define CKM_AES_KEY_GEN             0x1080UL
#define CKM_AES_ECB                 0x1081UL
#define CKM_AES_CBC                 0x1082UL
#define CKM_AES_CBC_PAD             0x1085UL
#define CKM_AES_CTR                 0x1086UL
#define CKM_AES_GCM                 0x1087UL
#define CKM_AES_CCM                 0x1088UL
#define CKM_AES_KEY_WRAP            0x2109UL
#define CKM_AES_KEY_WRAP_PAD        0x210aUL
#define CKM_VENDOR_DEFINED          0x80000000UL

// Mask generation functions and OAEP sources (section 6.1.7)
#define CKG_MGF1_SHA1      0x1UL
#define CKG_MGF1_SHA256    0x2UL
#define CKG_MGF1_SHA384    0x3UL
#define CKG_MGF1_SHA512    0x4UL
#define CKG_MGF1_SHA224    0x5UL
#define CKZ_DATA_SPECIFIED 0x1UL

// Key derivation functions (section 6.3.17)
#define CKD_NULL       0x1UL
#define CKD_SHA1_KDF   0x2UL
#define CKD_SHA224_KDF 0x5UL
#define CKD_SHA256_KDF 0x6UL
#define CKD_SHA384_KDF 0x7UL
#define CKD_SHA512_KDF 0x8UL

// User types (section 5.6.8)
#define CKU_SO               0x0UL
#define CKU_USER             0x1UL
#define CKU_CONTEXT_SPECIFIC 0x2UL

// Session states (section 5.6.7)
#define CKS_RO_PUBLIC_SESSION 0x0UL
#define CKS_RO_USER_FUNCTIONS 0x1UL
#define CKS_RW_PUBLIC_SESSION 0x2UL
#define CKS_RW_USER_FUNCTIONS 0x3UL
#define CKS_RW_SO_FUNCTIONS   0x4UL

// Notifications (section 3.2)
#define CKN_SURRENDER   0x0UL
#define CKN_OTP_CHANGED 0x1UL

// Flags of slots (section 3.2)
#define CKF_TOKEN_PRESENT    0x1UL
#define CKF_REMOVABLE_DEVICE 0x2UL
#define CKF_HW_SLOT          0x4UL

// Flags of tokens
#define CKF_RNG                           0x1UL
#define CKF_WRITE_PROTECTED               0x2UL
#define CKF_LOGIN_REQUIRED                0x4UL
#define CKF_USER_PIN_INITIALIZED          0x8UL
#define CKF_RESTORE_KEY_NOT_NEEDED        0x20UL
#define CKF_CLOCK_ON_TOKEN                0x40UL
#define CKF_PROTECTED_AUTHENTICATION_PATH 0x100UL
#define CKF_DUAL_CRYPTO_OPERATIONS        0x200UL
#define CKF_TOKEN_INITIALIZED             0x400UL
#define CKF_SECONDARY_AUTHENTICATION      0x800UL
#define CKF_USER_PIN_COUNT_LOW            0x10000UL
#define CKF_USER_PIN_FINAL_TRY            0x20000UL
#define CKF_USER_PIN_LOCKED               0x40000UL
#define CKF_USER_PIN_TO_BE_CHANGED        0x80000UL
#define CKF_SO_PIN_COUNT_LOW              0x100000UL
#define CKF_SO_PIN_FINAL_TRY              0x200000UL
#define CKF_SO_PIN_LOCKED                 0x400000UL
#define CKF_SO_PIN_TO_BE_CHANGED          0x800000UL
#define CKF_ERROR_STATE                   0x1000000UL

// Flags of sessions
#define CKF_RW_SESSION     0x2UL
#define CKF_SERIAL_SESSION 0x4UL
#define CKF_ASYNC_SESSION  0x8UL

// Flags of mechanisms
#define CKF_HW                0x1UL
#define CKF_MESSAGE_ENCRYPT   0x2UL
#define CKF_MESSAGE_DECRYPT   0x4UL
#define CKF_MESSAGE_SIGN      0x8UL
#define CKF_MESSAGE_VERIFY    0x10UL
#define CKF_MULTI_MESSAGE     0x20UL
#define CKF_FIND_OBJECTS      0x40UL
#define CKF_ENCRYPT           0x100UL
#define CKF_DECRYPT           0x200UL
#define CKF_DIGEST            0x400UL
#define CKF_SIGN              0x800UL
#define CKF_SIGN_RECOVER      0x1000UL
#define CKF_VERIFY            0x2000UL
#define CKF_VERIFY_RECOVER    0x4000UL
#define CKF_GENERATE          0x8000UL
#define CKF_GENERATE_KEY_PAIR 0x10000UL
#define CKF_WRAP              0x20000UL
#define CKF_UNWRAP            0x40000UL
#define CKF_DERIVE            0x80000UL
#define CKF_EC_F_P            0x100000UL
#define CKF_EC_NAMEDCURVE     0x800000UL
#define CKF_EC_UNCOMPRESS     0x1000000UL
#define CKF_EC_COMPRESS       0x2000000UL
#define CKF_EXTENSION         0x80000000UL

// Flags of C_Initialize, C_WaitForSlotEvent, messages, interfaces and attributes
#define CKF_LIBRARY_CANT_CREATE_OS_THREADS 0x1UL
#define CKF_OS_LOCKING_OK                  0x2UL
#define CKF_DONT_BLOCK                     0x1UL
#define CKF_END_OF_MESSAGE                 0x1UL
#define CKF_INTERFACE_FORK_SAFE            0x1UL
#define CKF_ARRAY_ATTRIBUTE                0x40000000UL

#endif // TSCNS_PKCS11_CONSTANTS_H
