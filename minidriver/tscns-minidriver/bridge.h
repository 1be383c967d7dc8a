// SPDX-License-Identifier: Apache-2.0
//
// What the C and the Go half of this package share, functions apart.

#ifndef TSCNS_BRIDGE_H
#define TSCNS_BRIDGE_H

#include "cardmod.h"

// Places of what Go reads and writes in CARD_DATA and in structures with
// addresses.
enum {
  card_version = offsetof(CARD_DATA, dwVersion),
  card_pbAtr = offsetof(CARD_DATA, pbAtr),
  card_cbAtr = offsetof(CARD_DATA, cbAtr),
  card_pwszCardName = offsetof(CARD_DATA, pwszCardName),
  card_pfnCspAlloc = offsetof(CARD_DATA, pfnCspAlloc),
  card_pfnCspReAlloc = offsetof(CARD_DATA, pfnCspReAlloc),
  card_pfnCspFree = offsetof(CARD_DATA, pfnCspFree),
  card_hSCardCtx = offsetof(CARD_DATA, hSCardCtx),
  card_hScard = offsetof(CARD_DATA, hScard),
  card_pvVendorSpecific = offsetof(CARD_DATA, pvVendorSpecific),
  card_size = sizeof(CARD_DATA),
  container_cbSigPublicKey = offsetof(CONTAINER_INFO, cbSigPublicKey),
  container_pbSigPublicKey = offsetof(CONTAINER_INFO, pbSigPublicKey),
  container_cbKeyExPublicKey = offsetof(CONTAINER_INFO, cbKeyExPublicKey),
  container_pbKeyExPublicKey = offsetof(CONTAINER_INFO, pbKeyExPublicKey),
  container_size = sizeof(CONTAINER_INFO),
  signing_pbSignedData = offsetof(CARD_SIGNING_INFO, pbSignedData),
  signing_cbSignedData = offsetof(CARD_SIGNING_INFO, cbSignedData),
  decrypt_cbData = offsetof(CARD_RSA_DECRYPT_INFO, cbData),
  pss_cbSalt = offsetof(BCRYPT_PSS_PADDING_INFO, cbSalt),
  oaep_pbLabel = offsetof(BCRYPT_OAEP_PADDING_INFO, pbLabel),
};

// The parts of CARD_DATA that are ours from a version on: up to the members of
// the caller between them.
enum {
  version_4_begin = offsetof(CARD_DATA, pfnCardDeleteContext),
  version_4_end = offsetof(CARD_DATA, pvUnused3),
  version_4_files_begin = offsetof(CARD_DATA, pfnCardCreateFile),
  version_5_begin = offsetof(CARD_DATA, pfnCardDeriveKey),
  version_5_end = offsetof(CARD_DATA, pfnCspGetDHAgreement),
  version_6_begin = offsetof(CARD_DATA, pfnCardGetChallengeEx),
  version_6_end = offsetof(CARD_DATA, pfnCspUnpadData),
  version_7_begin = offsetof(CARD_DATA, pfnMDImportSessionKey),
};

// our_functions is a CARD_DATA that has our functions and nothing else.
extern const CARD_DATA our_functions;

// call_alloc calls pfnCspAlloc.
static inline uintptr_t call_alloc(uintptr_t alloc, size_t size) { return (uintptr_t)((PFN_CSP_ALLOC)alloc)(size); }

#endif  // TSCNS_BRIDGE_H
