// SPDX-License-Identifier: Apache-2.0
//
// The start of the Go runtime.

#ifndef TSCNS_START_H
#define TSCNS_START_H

#include "../include/pkcs11.h"

// start_is_deferred reports whether C_Initialize starts the Go runtime, and
// not the dynamic linker.
int start_is_deferred(void);

// start_runtime starts the Go runtime in this process, where that is deferred.
// It returns CKR_HOST_MEMORY where the system does not allow it.
CK_RV start_runtime(void);

#endif  // TSCNS_START_H
