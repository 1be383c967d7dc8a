// SPDX-License-Identifier: Apache-2.0
//
// The structures as 64-bit Windows lays them out. A compiler or a header that
// sees them differently stops here.

#include "cardmod.h"

#define SIZE(type, bytes)       _Static_assert(sizeof(type) == (bytes), #type)
#define PLACE(type, member, at) _Static_assert(offsetof(type, member) == (at), #type "." #member)

// What the caller fills in.
PLACE(CARD_DATA, dwVersion, 0);
PLACE(CARD_DATA, pbAtr, 8);
PLACE(CARD_DATA, cbAtr, 16);
PLACE(CARD_DATA, pwszCardName, 24);
PLACE(CARD_DATA, pfnCspAlloc, 32);
PLACE(CARD_DATA, pfnCspReAlloc, 40);
PLACE(CARD_DATA, pfnCspFree, 48);
PLACE(CARD_DATA, pfnCspCacheAddFile, 56);
PLACE(CARD_DATA, pfnCspCacheLookupFile, 64);
PLACE(CARD_DATA, pfnCspCacheDeleteFile, 72);
PLACE(CARD_DATA, pvCacheContext, 80);
PLACE(CARD_DATA, pfnCspPadData, 88);
PLACE(CARD_DATA, hSCardCtx, 96);
PLACE(CARD_DATA, hScard, 104);
PLACE(CARD_DATA, pvVendorSpecific, 112);

// Version 4, to 328.
PLACE(CARD_DATA, pfnCardDeleteContext, 120);
PLACE(CARD_DATA, pfnCardQueryCapabilities, 128);
PLACE(CARD_DATA, pfnCardDeleteContainer, 136);
PLACE(CARD_DATA, pfnCardCreateContainer, 144);
PLACE(CARD_DATA, pfnCardGetContainerInfo, 152);
PLACE(CARD_DATA, pfnCardAuthenticatePin, 160);
PLACE(CARD_DATA, pfnCardGetChallenge, 168);
PLACE(CARD_DATA, pfnCardAuthenticateChallenge, 176);
PLACE(CARD_DATA, pfnCardUnblockPin, 184);
PLACE(CARD_DATA, pfnCardChangeAuthenticator, 192);
PLACE(CARD_DATA, pfnCardDeauthenticate, 200);
PLACE(CARD_DATA, pfnCardCreateDirectory, 208);
PLACE(CARD_DATA, pfnCardDeleteDirectory, 216);
PLACE(CARD_DATA, pvUnused3, 224);
PLACE(CARD_DATA, pvUnused4, 232);
PLACE(CARD_DATA, pfnCardCreateFile, 240);
PLACE(CARD_DATA, pfnCardReadFile, 248);
PLACE(CARD_DATA, pfnCardWriteFile, 256);
PLACE(CARD_DATA, pfnCardDeleteFile, 264);
PLACE(CARD_DATA, pfnCardEnumFiles, 272);
PLACE(CARD_DATA, pfnCardGetFileInfo, 280);
PLACE(CARD_DATA, pfnCardQueryFreeSpace, 288);
PLACE(CARD_DATA, pfnCardQueryKeySizes, 296);
PLACE(CARD_DATA, pfnCardSignData, 304);
PLACE(CARD_DATA, pfnCardRSADecrypt, 312);
PLACE(CARD_DATA, pfnCardConstructDHAgreement, 320);

// Version 5, to 352.
PLACE(CARD_DATA, pfnCardDeriveKey, 328);
PLACE(CARD_DATA, pfnCardDestroyDHAgreement, 336);
PLACE(CARD_DATA, pfnCspGetDHAgreement, 344);

// Version 6, to 416.
PLACE(CARD_DATA, pfnCardGetChallengeEx, 352);
PLACE(CARD_DATA, pfnCardAuthenticateEx, 360);
PLACE(CARD_DATA, pfnCardChangeAuthenticatorEx, 368);
PLACE(CARD_DATA, pfnCardDeauthenticateEx, 376);
PLACE(CARD_DATA, pfnCardGetContainerProperty, 384);
PLACE(CARD_DATA, pfnCardSetContainerProperty, 392);
PLACE(CARD_DATA, pfnCardGetProperty, 400);
PLACE(CARD_DATA, pfnCardSetProperty, 408);

// Version 7.
PLACE(CARD_DATA, pfnCspUnpadData, 416);
PLACE(CARD_DATA, pfnMDImportSessionKey, 424);
PLACE(CARD_DATA, pfnMDEncryptData, 432);
PLACE(CARD_DATA, pfnCardImportSessionKey, 440);
PLACE(CARD_DATA, pfnCardGetSharedKeyHandle, 448);
PLACE(CARD_DATA, pfnCardGetAlgorithmProperty, 456);
PLACE(CARD_DATA, pfnCardGetKeyProperty, 464);
PLACE(CARD_DATA, pfnCardSetKeyProperty, 472);
PLACE(CARD_DATA, pfnCardDestroyKey, 480);
PLACE(CARD_DATA, pfnCardProcessEncryptedData, 488);
PLACE(CARD_DATA, pfnCardCreateContainerEx, 496);
SIZE(CARD_DATA, 504);

SIZE(CARD_CAPABILITIES, 12);
SIZE(CARD_FREE_SPACE_INFO, 16);
SIZE(CARD_FILE_INFO, 12);
SIZE(CARD_KEY_SIZES, 20);
PLACE(CARD_KEY_SIZES, dwDefaultBitlen, 8);

SIZE(CONTAINER_INFO, 40);
PLACE(CONTAINER_INFO, cbSigPublicKey, 8);
PLACE(CONTAINER_INFO, pbSigPublicKey, 16);
PLACE(CONTAINER_INFO, cbKeyExPublicKey, 24);
PLACE(CONTAINER_INFO, pbKeyExPublicKey, 32);

SIZE(CARD_SIGNING_INFO, 72);
PLACE(CARD_SIGNING_INFO, bContainerIndex, 4);
PLACE(CARD_SIGNING_INFO, dwKeySpec, 8);
PLACE(CARD_SIGNING_INFO, dwSigningFlags, 12);
PLACE(CARD_SIGNING_INFO, aiHashAlg, 16);
PLACE(CARD_SIGNING_INFO, pbData, 24);
PLACE(CARD_SIGNING_INFO, cbData, 32);
PLACE(CARD_SIGNING_INFO, pbSignedData, 40);
PLACE(CARD_SIGNING_INFO, cbSignedData, 48);
PLACE(CARD_SIGNING_INFO, pPaddingInfo, 56);
PLACE(CARD_SIGNING_INFO, dwPaddingType, 64);

SIZE(CARD_RSA_DECRYPT_INFO, 48);
PLACE(CARD_RSA_DECRYPT_INFO, bContainerIndex, 4);
PLACE(CARD_RSA_DECRYPT_INFO, dwKeySpec, 8);
PLACE(CARD_RSA_DECRYPT_INFO, pbData, 16);
PLACE(CARD_RSA_DECRYPT_INFO, cbData, 24);
PLACE(CARD_RSA_DECRYPT_INFO, pPaddingInfo, 32);
PLACE(CARD_RSA_DECRYPT_INFO, dwPaddingType, 40);

SIZE(PIN_CACHE_POLICY, 12);
SIZE(PIN_INFO, 36);
PLACE(PIN_INFO, PinCachePolicy, 20);
PLACE(PIN_INFO, dwFlags, 32);

SIZE(CONTAINER_MAP_RECORD, 86);
PLACE(CONTAINER_MAP_RECORD, bFlags, 80);
PLACE(CONTAINER_MAP_RECORD, wSigKeySizeBits, 82);
PLACE(CONTAINER_MAP_RECORD, wKeyExchangeKeySizeBits, 84);
SIZE(CARD_CACHE_FILE_FORMAT, 6);
PLACE(CARD_CACHE_FILE_FORMAT, wContainersFreshness, 2);

SIZE(BCRYPT_PKCS1_PADDING_INFO, 8);
SIZE(BCRYPT_PSS_PADDING_INFO, 16);
PLACE(BCRYPT_PSS_PADDING_INFO, cbSalt, 8);
SIZE(BCRYPT_OAEP_PADDING_INFO, 24);
PLACE(BCRYPT_OAEP_PADDING_INFO, pbLabel, 8);
PLACE(BCRYPT_OAEP_PADDING_INFO, cbLabel, 16);
