// SPDX-License-Identifier: Apache-2.0
//
// The structures of the smart card minidriver interface, versions 4 to 7, as
// the Base CSP and the smart card key storage provider of Windows lay them out
// (Smart Card Minidriver Specification 7.07; offsets in layout.c). The file of
// this name in mingw-w64 ends at version 5 and has other values and sizes.
//
// No header of Windows is needed: all types are of fixed size, and the file
// compiles on any 64-bit system.

#ifndef TSCNS_CARDMOD_H
#define TSCNS_CARDMOD_H

#include <stddef.h>
#include <stdint.h>

#ifdef _WIN32
#define WINAPI __stdcall
#else
#define WINAPI
#endif

typedef uint8_t BYTE;
typedef uint32_t DWORD;
typedef int32_t BOOL;
typedef uint16_t WCHAR;
typedef uintptr_t HANDLE_NUMBER;  // SCARDCONTEXT, SCARDHANDLE, CARD_KEY_HANDLE

typedef DWORD PIN_ID;   // a role: ROLE_USER is 1
typedef DWORD PIN_SET;  // 1 << role for each

enum {
  CARD_DATA_VERSION_FOUR = 4,
  CARD_DATA_VERSION_FIVE = 5,
  CARD_DATA_VERSION_SIX = 6,
  CARD_DATA_VERSION_SEVEN = 7,
};

#define SCARD_F_INTERNAL_ERROR      0x80100001
#define SCARD_E_UNSUPPORTED_FEATURE 0x80100022

typedef struct CARD_DATA CARD_DATA;

typedef struct {
  DWORD dwVersion;
  BOOL fCertificateCompression;
  BOOL fKeyGen;
} CARD_CAPABILITIES;

typedef struct {
  DWORD dwVersion;
  DWORD dwBytesAvailable;
  DWORD dwKeyContainersAvailable;
  DWORD dwMaxKeyContainers;
} CARD_FREE_SPACE_INFO;

typedef struct {
  DWORD dwVersion;
  DWORD cbFileSize;  // bytes
  DWORD AccessCondition;
} CARD_FILE_INFO;

typedef struct {
  DWORD dwVersion;
  DWORD dwMinimumBitlen;
  DWORD dwDefaultBitlen;
  DWORD dwMaximumBitlen;
  DWORD dwIncrementalBitlen;
} CARD_KEY_SIZES;

typedef struct {
  DWORD dwVersion;
  DWORD dwReserved;
  DWORD cbSigPublicKey;
  BYTE *pbSigPublicKey;
  DWORD cbKeyExPublicKey;
  BYTE *pbKeyExPublicKey;
} CONTAINER_INFO;

typedef struct {
  DWORD dwVersion;
  BYTE bContainerIndex;
  DWORD dwKeySpec;
  DWORD dwSigningFlags;
  DWORD aiHashAlg;
  BYTE *pbData;
  DWORD cbData;
  BYTE *pbSignedData;
  DWORD cbSignedData;
  // Version 2 and later.
  void *pPaddingInfo;
  DWORD dwPaddingType;
} CARD_SIGNING_INFO;

typedef struct {
  DWORD dwVersion;
  BYTE bContainerIndex;
  DWORD dwKeySpec;
  BYTE *pbData;
  DWORD cbData;
  // Version 2 and later.
  void *pPaddingInfo;
  DWORD dwPaddingType;
} CARD_RSA_DECRYPT_INFO;

typedef struct {
  DWORD dwVersion;
  DWORD PinCachePolicyType;
  DWORD dwPinCachePolicyInfo;
} PIN_CACHE_POLICY;

typedef struct {
  DWORD dwVersion;
  DWORD PinType;
  DWORD PinPurpose;
  PIN_SET dwChangePermission;
  PIN_SET dwUnblockPermission;
  PIN_CACHE_POLICY PinCachePolicy;
  DWORD dwFlags;
} PIN_INFO;

#pragma pack(push, 1)
typedef struct {
  WCHAR wszGuid[40];
  BYTE bFlags;
  BYTE bReserved;
  uint16_t wSigKeySizeBits;
  uint16_t wKeyExchangeKeySizeBits;
} CONTAINER_MAP_RECORD;

typedef struct {
  BYTE bVersion;
  BYTE bPinsFreshness;
  uint16_t wContainersFreshness;
  uint16_t wFilesFreshness;
} CARD_CACHE_FILE_FORMAT;
#pragma pack(pop)

// What pPaddingInfo leads to (bcrypt.h).

typedef struct {
  const WCHAR *pszAlgId;
} BCRYPT_PKCS1_PADDING_INFO;

typedef struct {
  const WCHAR *pszAlgId;
  DWORD cbSalt;
} BCRYPT_PSS_PADDING_INFO;

typedef struct {
  const WCHAR *pszAlgId;
  BYTE *pbLabel;
  DWORD cbLabel;
} BCRYPT_OAEP_PADDING_INFO;

// Functions of the caller, in CARD_DATA.
typedef void *(WINAPI *PFN_CSP_ALLOC)(size_t Size);
typedef void *(WINAPI *PFN_CSP_REALLOC)(void *Address, size_t Size);
typedef void(WINAPI *PFN_CSP_FREE)(void *Address);
typedef void(WINAPI *PFN_OF_CALLER)(void);  // never called from here

// CARD_DATA. The members to 112 are the caller's, but for pvVendorSpecific, and
// those after that ours, but for four: pvUnused3 and 4, pfnCspGetDHAgreement
// and pfnCspUnpadData.
#define FUNCTION(kind, name, parameters, arguments) DWORD(WINAPI *pfn##name) parameters;
#define MEMBER_OF_CALLER(type, name)                type name;
struct CARD_DATA {
  DWORD dwVersion;
  BYTE *pbAtr;
  DWORD cbAtr;
  WCHAR *pwszCardName;
  PFN_CSP_ALLOC pfnCspAlloc;
  PFN_CSP_REALLOC pfnCspReAlloc;
  PFN_CSP_FREE pfnCspFree;
  PFN_OF_CALLER pfnCspCacheAddFile;
  PFN_OF_CALLER pfnCspCacheLookupFile;
  PFN_OF_CALLER pfnCspCacheDeleteFile;
  void *pvCacheContext;
  PFN_OF_CALLER pfnCspPadData;
  HANDLE_NUMBER hSCardCtx;
  HANDLE_NUMBER hScard;
  void *pvVendorSpecific;
#include "functions.h"
};

#endif  // TSCNS_CARDMOD_H
