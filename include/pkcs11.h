// SPDX-License-Identifier: Apache-2.0
//
// PKCS #11 (Cryptoki) for C: the types, constants and functions of versions
// 2.40 and 3.0 that tscns-pkcs11 exports or names, written from the OASIS
// PKCS #11 Specification Version 3.1. The names, values and layouts are the
// standard's; the text is ours.

#ifndef TSCNS_PKCS11_H
#define TSCNS_PKCS11_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// On Windows the standard's structures have no padding (section 2.2); on all
// other systems they have the compiler's natural alignment.
#ifdef _WIN32
#pragma pack(push, 1)
#endif

#include "pkcs11_types.h"
#include "pkcs11_constants.h"
#include "pkcs11_functions.h"

#ifdef _WIN32
#pragma pack(pop)
#endif

#ifdef __cplusplus
}
#endif

#endif  // TSCNS_PKCS11_H
