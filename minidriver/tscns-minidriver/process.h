// SPDX-License-Identifier: Apache-2.0

#ifndef TSCNS_PROCESS_H
#define TSCNS_PROCESS_H

// process_is_ending returns 1 while the process is taken down. Windows ends all
// threads of it, those of the Go runtime too, and then calls the libraries
// (DLL_PROCESS_DETACH), some of which still call this one.
int process_is_ending(void);

#endif  // TSCNS_PROCESS_H
