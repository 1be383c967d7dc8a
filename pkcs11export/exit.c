// SPDX-License-Identifier: Apache-2.0
//
// The end of a host that logged in and never called C_Finalize: the card would
// stay open to every other program, as the PC/SC service leaves a card as it is
// when a program ends. Only an orderly end can be helped, not a killed process.

#include "gate.h"

#include "_cgo_export.h"

// Set by the first login, so that a host without one ends as if this were not
// here.
static int logged_in;

void note_login(void) { __atomic_store_n(&logged_in, 1, __ATOMIC_RELAXED); }

// PATIENCE bounds what the host waits: another program may hold the card.
enum { PATIENCE = 1000, LOOK = 5 }; // milliseconds

// Runs after the exit handlers of the host, which may call C_Finalize.
static void __attribute__((destructor)) at_exit(void) {
  if (!__atomic_load_n(&logged_in, __ATOMIC_RELAXED) || !owns_runtime()) return;
  signal_mask saved = mask_signals();
  goForgetPINs();
  for (unsigned long long end = milliseconds() + PATIENCE; !goForgotPINs() && milliseconds() < end;)
    sleep_milliseconds(LOOK);
  unmask_signals(&saved);
}
