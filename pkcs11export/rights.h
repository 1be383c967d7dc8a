// SPDX-License-Identifier: Apache-2.0

#ifndef TSCNS_RIGHTS_H
#define TSCNS_RIGHTS_H

// started_with_more_rights returns 1 in a program that was started with more
// rights than its caller has: setuid, setgid, with file capabilities, or into
// another domain of a security module. What the program did to its ids since
// does not matter: its environment is still the caller's.
int started_with_more_rights(void);

// note_rights looks at that when the library is loaded.
void note_rights(void);

#endif  // TSCNS_RIGHTS_H
