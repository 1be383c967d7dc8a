// SPDX-License-Identifier: Apache-2.0

//go:build !windows

// What happens when the library is loaded, in C, before and after the Go
// runtime, which starts in between unless its start is deferred.

#include "copy.h"
#include "handlers.h"
#include "process.h"
#include "rights.h"
#include "signals.h"
#include "start.h"

// The threads of Go inherit the mask of the one that loads the library, and
// must not take the host's signals.
static signal_mask mask_of_loader;

// Go's own constructor has no priority and comes first in the link.
static void __attribute__((constructor(101))) before_go(void) {
  process_at_load();
  note_rights();
  note_own_file();
  if (!start_is_deferred()) {
    note_handlers();
    note_runtime_starts();
    this_process()->runtime = ALIVE;
  }
  mask_of_loader = mask_signals();
}

static void __attribute__((constructor)) after_go(void) {
  if (!start_is_deferred()) keep_handlers();
  unmask_signals(&mask_of_loader);
}
