// SPDX-License-Identifier: Apache-2.0

#ifndef TSCNS_HOSTCOPY_H
#define TSCNS_HOSTCOPY_H

#include "../include/pkcs11.h"

// guarded_copy copies n bytes and returns CKR_GENERAL_ERROR where there is no
// memory on one side.
CK_RV guarded_copy(void *to, const void *from, size_t n);

#endif  // TSCNS_HOSTCOPY_H
