// SPDX-License-Identifier: Apache-2.0

#ifndef TSCNS_RSA_H
#define TSCNS_RSA_H

#include "../include/pkcs11.h"

// Places of the members of mechanism parameters of RSA, as in bridge.h.
enum {
  oaep_size = sizeof(CK_RSA_PKCS_OAEP_PARAMS),
  oaep_hashAlg = offsetof(CK_RSA_PKCS_OAEP_PARAMS, hashAlg),
  oaep_mgf = offsetof(CK_RSA_PKCS_OAEP_PARAMS, mgf),
  oaep_source = offsetof(CK_RSA_PKCS_OAEP_PARAMS, source),
  oaep_pSourceData = offsetof(CK_RSA_PKCS_OAEP_PARAMS, pSourceData),
  oaep_ulSourceDataLen = offsetof(CK_RSA_PKCS_OAEP_PARAMS, ulSourceDataLen),
  pss_size = sizeof(CK_RSA_PKCS_PSS_PARAMS),
  pss_hashAlg = offsetof(CK_RSA_PKCS_PSS_PARAMS, hashAlg),
  pss_mgf = offsetof(CK_RSA_PKCS_PSS_PARAMS, mgf),
  pss_sLen = offsetof(CK_RSA_PKCS_PSS_PARAMS, sLen),
};

#endif  // TSCNS_RSA_H
