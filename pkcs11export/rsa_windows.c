// SPDX-License-Identifier: Apache-2.0
//
// The mechanism parameters of RSA as layout_windows.c has the other structures.

#include "rsa.h"

#ifdef _WIN64

_Static_assert(sizeof(CK_RSA_PKCS_PSS_PARAMS) == 12, "CK_RSA_PKCS_PSS_PARAMS");
_Static_assert(sizeof(CK_RSA_PKCS_OAEP_PARAMS) == 24, "CK_RSA_PKCS_OAEP_PARAMS");
_Static_assert(oaep_pSourceData == 12, "CK_RSA_PKCS_OAEP_PARAMS.pSourceData");
_Static_assert(oaep_ulSourceDataLen == 20, "CK_RSA_PKCS_OAEP_PARAMS.ulSourceDataLen");

#endif
