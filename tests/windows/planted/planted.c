// SPDX-License-Identifier: Apache-2.0
//
// A library that somebody put beside a program: it ends the program at once.

#include <windows.h>

BOOL WINAPI DllMain(HINSTANCE library, DWORD reason, LPVOID reserved) {
  (void)library, (void)reserved;
  if (reason == DLL_PROCESS_ATTACH) ExitProcess(77);
  return TRUE;
}
