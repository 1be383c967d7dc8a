// SPDX-License-Identifier: Apache-2.0
//
// Signal handlers that the host had before the Go runtime started.

#ifndef TSCNS_HANDLERS_H
#define TSCNS_HANDLERS_H

// note_handlers notes the host's handlers, just before the Go runtime starts.
void note_handlers(void);

// keep_handlers lets the handlers that were noted be called where the Go
// runtime, which has started, would not.
void keep_handlers(void);

// restore_handlers, in a forked process, gives back to the host the signals
// whose handler is still that of the Go runtime that died with the fork. A new
// runtime would pass signals on to it.
void restore_handlers(void);

#endif  // TSCNS_HANDLERS_H
