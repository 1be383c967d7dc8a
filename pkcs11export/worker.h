// SPDX-License-Identifier: Apache-2.0
//
// Calls that may wait for a card, on threads of ours.

#ifndef TSCNS_WORKER_H
#define TSCNS_WORKER_H

#include <stddef.h>
#include <stdint.h>

#include "../include/pkcs11.h"

enum { MOST_ARGUMENTS = 6 };

// run_in_worker has a thread of ours call f, and returns what f does. The
// calling thread waits in C, with its signals as they are: what has its default
// action ends the process at once, and a handler of the host runs meanwhile. A
// process forked from such a handler gets CKR_FUNCTION_FAILED. Where there is
// no thread to be had, and on systems other than Linux, f runs in the calling
// thread, with its signals masked.
CK_RV run_in_worker(CK_RV (*f)(const uintptr_t *arguments), const uintptr_t *arguments, size_t n);

#endif  // TSCNS_WORKER_H
