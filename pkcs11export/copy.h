// SPDX-License-Identifier: Apache-2.0
//
// The copy of the library that answers in a forked process.

#ifndef TSCNS_COPY_H
#define TSCNS_COPY_H

#include "../include/pkcs11.h"

// note_own_file notes and maps the file of the library, when it is loaded.
void note_own_file(void);

// load_copy gives a forked process a Go runtime of its own: it loads a copy of
// the library and returns its functions, or NULL where the system allows none.
// It never touches the runtime that was inherited.
const CK_FUNCTION_LIST_3_0 *load_copy(void);

#endif  // TSCNS_COPY_H
