// SPDX-License-Identifier: Apache-2.0
//
// The functions of CARD_DATA in their order, to be included wherever they are
// wanted, with these defined before:
//
//   FUNCTION(kind, name, parameters, arguments)
//   MEMBER_OF_CALLER(type, name)    a member between them that is not ours
//
// The kind is GO for a function that Go answers, and UNSUPPORTED for one that
// a card which is only read never has. Both macros end here.

// Version 4
FUNCTION(GO, CardDeleteContext, (CARD_DATA * pCardData), (pCardData))
FUNCTION(GO, CardQueryCapabilities, (CARD_DATA * pCardData, CARD_CAPABILITIES *pCardCapabilities),
         (pCardData, pCardCapabilities))
FUNCTION(UNSUPPORTED, CardDeleteContainer, (CARD_DATA * pCardData, BYTE bContainerIndex, DWORD dwReserved),
         (pCardData, bContainerIndex, dwReserved))
FUNCTION(UNSUPPORTED, CardCreateContainer,
         (CARD_DATA * pCardData, BYTE bContainerIndex, DWORD dwFlags, DWORD dwKeySpec, DWORD dwKeySize,
          BYTE *pbKeyData),
         (pCardData, bContainerIndex, dwFlags, dwKeySpec, dwKeySize, pbKeyData))
FUNCTION(GO, CardGetContainerInfo,
         (CARD_DATA * pCardData, BYTE bContainerIndex, DWORD dwFlags, CONTAINER_INFO *pContainerInfo),
         (pCardData, bContainerIndex, dwFlags, pContainerInfo))
FUNCTION(GO, CardAuthenticatePin,
         (CARD_DATA * pCardData, WCHAR *pwszUserId, BYTE *pbPin, DWORD cbPin, DWORD *pcAttemptsRemaining),
         (pCardData, pwszUserId, pbPin, cbPin, pcAttemptsRemaining))
FUNCTION(UNSUPPORTED, CardGetChallenge, (CARD_DATA * pCardData, BYTE **ppbChallengeData, DWORD *pcbChallengeData),
         (pCardData, ppbChallengeData, pcbChallengeData))
FUNCTION(UNSUPPORTED, CardAuthenticateChallenge,
         (CARD_DATA * pCardData, BYTE *pbResponseData, DWORD cbResponseData, DWORD *pcAttemptsRemaining),
         (pCardData, pbResponseData, cbResponseData, pcAttemptsRemaining))
FUNCTION(GO, CardUnblockPin,
         (CARD_DATA * pCardData, WCHAR *pwszUserId, BYTE *pbAuthenticationData, DWORD cbAuthenticationData,
          BYTE *pbNewPinData, DWORD cbNewPinData, DWORD cRetryCount, DWORD dwFlags),
         (pCardData, pwszUserId, pbAuthenticationData, cbAuthenticationData, pbNewPinData, cbNewPinData, cRetryCount,
          dwFlags))
FUNCTION(GO, CardChangeAuthenticator,
         (CARD_DATA * pCardData, WCHAR *pwszUserId, BYTE *pbCurrentAuthenticator, DWORD cbCurrentAuthenticator,
          BYTE *pbNewAuthenticator, DWORD cbNewAuthenticator, DWORD cRetryCount, DWORD dwFlags,
          DWORD *pcAttemptsRemaining),
         (pCardData, pwszUserId, pbCurrentAuthenticator, cbCurrentAuthenticator, pbNewAuthenticator, cbNewAuthenticator,
          cRetryCount, dwFlags, pcAttemptsRemaining))
FUNCTION(GO, CardDeauthenticate, (CARD_DATA * pCardData, WCHAR *pwszUserId, DWORD dwFlags),
         (pCardData, pwszUserId, dwFlags))
FUNCTION(UNSUPPORTED, CardCreateDirectory, (CARD_DATA * pCardData, char *pszDirectoryName, DWORD AccessCondition),
         (pCardData, pszDirectoryName, AccessCondition))
FUNCTION(UNSUPPORTED, CardDeleteDirectory, (CARD_DATA * pCardData, char *pszDirectoryName),
         (pCardData, pszDirectoryName))
MEMBER_OF_CALLER(void *, pvUnused3)
MEMBER_OF_CALLER(void *, pvUnused4)
FUNCTION(UNSUPPORTED, CardCreateFile,
         (CARD_DATA * pCardData, char *pszDirectoryName, char *pszFileName, DWORD cbInitialCreationSize,
          DWORD AccessCondition),
         (pCardData, pszDirectoryName, pszFileName, cbInitialCreationSize, AccessCondition))
FUNCTION(GO, CardReadFile,
         (CARD_DATA * pCardData, char *pszDirectoryName, char *pszFileName, DWORD dwFlags, BYTE **ppbData,
          DWORD *pcbData),
         (pCardData, pszDirectoryName, pszFileName, dwFlags, ppbData, pcbData))
FUNCTION(UNSUPPORTED, CardWriteFile,
         (CARD_DATA * pCardData, char *pszDirectoryName, char *pszFileName, DWORD dwFlags, BYTE *pbData, DWORD cbData),
         (pCardData, pszDirectoryName, pszFileName, dwFlags, pbData, cbData))
FUNCTION(UNSUPPORTED, CardDeleteFile, (CARD_DATA * pCardData, char *pszDirectoryName, char *pszFileName, DWORD dwFlags),
         (pCardData, pszDirectoryName, pszFileName, dwFlags))
FUNCTION(GO, CardEnumFiles,
         (CARD_DATA * pCardData, char *pszDirectoryName, char **pmszFileNames, DWORD *pdwcbFileName, DWORD dwFlags),
         (pCardData, pszDirectoryName, pmszFileNames, pdwcbFileName, dwFlags))
FUNCTION(GO, CardGetFileInfo,
         (CARD_DATA * pCardData, char *pszDirectoryName, char *pszFileName, CARD_FILE_INFO *pCardFileInfo),
         (pCardData, pszDirectoryName, pszFileName, pCardFileInfo))
FUNCTION(GO, CardQueryFreeSpace, (CARD_DATA * pCardData, DWORD dwFlags, CARD_FREE_SPACE_INFO *pCardFreeSpaceInfo),
         (pCardData, dwFlags, pCardFreeSpaceInfo))
FUNCTION(GO, CardQueryKeySizes, (CARD_DATA * pCardData, DWORD dwKeySpec, DWORD dwFlags, CARD_KEY_SIZES *pKeySizes),
         (pCardData, dwKeySpec, dwFlags, pKeySizes))
FUNCTION(GO, CardSignData, (CARD_DATA * pCardData, CARD_SIGNING_INFO *pInfo), (pCardData, pInfo))
FUNCTION(GO, CardRSADecrypt, (CARD_DATA * pCardData, CARD_RSA_DECRYPT_INFO *pInfo), (pCardData, pInfo))
FUNCTION(UNSUPPORTED, CardConstructDHAgreement, (CARD_DATA * pCardData, void *pAgreementInfo),
         (pCardData, pAgreementInfo))

// Version 5
FUNCTION(UNSUPPORTED, CardDeriveKey, (CARD_DATA * pCardData, void *pAgreementInfo), (pCardData, pAgreementInfo))
FUNCTION(UNSUPPORTED, CardDestroyDHAgreement, (CARD_DATA * pCardData, BYTE bSecretAgreementIndex, DWORD dwFlags),
         (pCardData, bSecretAgreementIndex, dwFlags))
MEMBER_OF_CALLER(PFN_OF_CALLER, pfnCspGetDHAgreement)

// Version 6
FUNCTION(UNSUPPORTED, CardGetChallengeEx,
         (CARD_DATA * pCardData, PIN_ID PinId, BYTE **ppbChallengeData, DWORD *pcbChallengeData, DWORD dwFlags),
         (pCardData, PinId, ppbChallengeData, pcbChallengeData, dwFlags))
FUNCTION(GO, CardAuthenticateEx,
         (CARD_DATA * pCardData, PIN_ID PinId, DWORD dwFlags, BYTE *pbPinData, DWORD cbPinData, BYTE **ppbSessionPin,
          DWORD *pcbSessionPin, DWORD *pcAttemptsRemaining),
         (pCardData, PinId, dwFlags, pbPinData, cbPinData, ppbSessionPin, pcbSessionPin, pcAttemptsRemaining))
FUNCTION(GO, CardChangeAuthenticatorEx,
         (CARD_DATA * pCardData, DWORD dwFlags, PIN_ID dwAuthenticatingPinId, BYTE *pbAuthenticatingPinData,
          DWORD cbAuthenticatingPinData, PIN_ID dwTargetPinId, BYTE *pbTargetData, DWORD cbTargetData,
          DWORD cRetryCount, DWORD *pcAttemptsRemaining),
         (pCardData, dwFlags, dwAuthenticatingPinId, pbAuthenticatingPinData, cbAuthenticatingPinData, dwTargetPinId,
          pbTargetData, cbTargetData, cRetryCount, pcAttemptsRemaining))
FUNCTION(GO, CardDeauthenticateEx, (CARD_DATA * pCardData, PIN_SET PinId, DWORD dwFlags), (pCardData, PinId, dwFlags))
FUNCTION(GO, CardGetContainerProperty,
         (CARD_DATA * pCardData, BYTE bContainerIndex, const WCHAR *wszProperty, BYTE *pbData, DWORD cbData,
          DWORD *pdwDataLen, DWORD dwFlags),
         (pCardData, bContainerIndex, wszProperty, pbData, cbData, pdwDataLen, dwFlags))
FUNCTION(UNSUPPORTED, CardSetContainerProperty,
         (CARD_DATA * pCardData, BYTE bContainerIndex, const WCHAR *wszProperty, BYTE *pbData, DWORD cbDataLen,
          DWORD dwFlags),
         (pCardData, bContainerIndex, wszProperty, pbData, cbDataLen, dwFlags))
FUNCTION(GO, CardGetProperty,
         (CARD_DATA * pCardData, const WCHAR *wszProperty, BYTE *pbData, DWORD cbData, DWORD *pdwDataLen,
          DWORD dwFlags),
         (pCardData, wszProperty, pbData, cbData, pdwDataLen, dwFlags))
FUNCTION(GO, CardSetProperty,
         (CARD_DATA * pCardData, const WCHAR *wszProperty, BYTE *pbData, DWORD cbDataLen, DWORD dwFlags),
         (pCardData, wszProperty, pbData, cbDataLen, dwFlags))

// Version 7
MEMBER_OF_CALLER(PFN_OF_CALLER, pfnCspUnpadData)
FUNCTION(UNSUPPORTED, MDImportSessionKey,
         (CARD_DATA * pCardData, const WCHAR *pwszBlobType, const WCHAR *pwszAlgId, HANDLE_NUMBER *phKey, BYTE *pbInput,
          DWORD cbInput),
         (pCardData, pwszBlobType, pwszAlgId, phKey, pbInput, cbInput))
FUNCTION(UNSUPPORTED, MDEncryptData,
         (CARD_DATA * pCardData, HANDLE_NUMBER hKey, const WCHAR *pwszSecureFunction, BYTE *pbInput, DWORD cbInput,
          DWORD dwFlags, void **ppEncryptedData, DWORD *pcEncryptedData),
         (pCardData, hKey, pwszSecureFunction, pbInput, cbInput, dwFlags, ppEncryptedData, pcEncryptedData))
FUNCTION(UNSUPPORTED, CardImportSessionKey,
         (CARD_DATA * pCardData, BYTE bContainerIndex, void *pPaddingInfo, const WCHAR *pwszBlobType,
          const WCHAR *pwszAlgId, HANDLE_NUMBER *phKey, BYTE *pbInput, DWORD cbInput, DWORD dwFlags),
         (pCardData, bContainerIndex, pPaddingInfo, pwszBlobType, pwszAlgId, phKey, pbInput, cbInput, dwFlags))
FUNCTION(UNSUPPORTED, CardGetSharedKeyHandle,
         (CARD_DATA * pCardData, BYTE *pbInput, DWORD cbInput, BYTE **ppbOutput, DWORD *pcbOutput,
          HANDLE_NUMBER *phKey),
         (pCardData, pbInput, cbInput, ppbOutput, pcbOutput, phKey))
FUNCTION(UNSUPPORTED, CardGetAlgorithmProperty,
         (CARD_DATA * pCardData, const WCHAR *pwszAlgId, const WCHAR *pwszProperty, BYTE *pbData, DWORD cbData,
          DWORD *pdwDataLen, DWORD dwFlags),
         (pCardData, pwszAlgId, pwszProperty, pbData, cbData, pdwDataLen, dwFlags))
FUNCTION(UNSUPPORTED, CardGetKeyProperty,
         (CARD_DATA * pCardData, HANDLE_NUMBER hKey, const WCHAR *pwszProperty, BYTE *pbData, DWORD cbData,
          DWORD *pdwDataLen, DWORD dwFlags),
         (pCardData, hKey, pwszProperty, pbData, cbData, pdwDataLen, dwFlags))
FUNCTION(UNSUPPORTED, CardSetKeyProperty,
         (CARD_DATA * pCardData, HANDLE_NUMBER hKey, const WCHAR *pwszProperty, BYTE *pbInput, DWORD cbInput,
          DWORD dwFlags),
         (pCardData, hKey, pwszProperty, pbInput, cbInput, dwFlags))
FUNCTION(UNSUPPORTED, CardDestroyKey, (CARD_DATA * pCardData, HANDLE_NUMBER hKey), (pCardData, hKey))
FUNCTION(UNSUPPORTED, CardProcessEncryptedData,
         (CARD_DATA * pCardData, HANDLE_NUMBER hKey, const WCHAR *pwszSecureFunction, void *pEncryptedData,
          DWORD cEncryptedData, BYTE *pbOutput, DWORD cbOutput, DWORD *pdwOutputLen, DWORD dwFlags),
         (pCardData, hKey, pwszSecureFunction, pEncryptedData, cEncryptedData, pbOutput, cbOutput, pdwOutputLen,
          dwFlags))
FUNCTION(UNSUPPORTED, CardCreateContainerEx,
         (CARD_DATA * pCardData, BYTE bContainerIndex, DWORD dwFlags, DWORD dwKeySpec, DWORD dwKeySize, BYTE *pbKeyData,
          PIN_ID PinId),
         (pCardData, bContainerIndex, dwFlags, dwKeySpec, dwKeySize, pbKeyData, PinId))

#undef FUNCTION
#undef MEMBER_OF_CALLER
