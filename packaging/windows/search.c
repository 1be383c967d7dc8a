// SPDX-License-Identifier: Apache-2.0
//
// Linked into tscns.exe: libraries that are asked for by name, winscard.dll
// above all, come from the system's folder. Windows would look beside the
// program first, which is where a browser saves what a page sends.

#include <windows.h>

static void __attribute__((constructor)) search_system_only(void) {
  SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
}
