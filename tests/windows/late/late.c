// SPDX-License-Identifier: Apache-2.0
//
// A library of a host that speaks to the module when Windows takes it out of
// the process at its exit: all other threads are gone by then.

#include <stdio.h>
#include <windows.h>

#include "../../../include/pkcs11.h"

static CK_FUNCTION_LIST *p11;

__declspec(dllexport) void remember(CK_FUNCTION_LIST *list) { p11 = list; }

BOOL WINAPI DllMain(HINSTANCE library, DWORD reason, LPVOID reserved) {
  (void)library, (void)reserved;
  if (reason != DLL_PROCESS_DETACH || p11 == NULL) return TRUE;
  CK_INFO info;
  CK_ULONG n = 0;
  char line[64];
  CK_RV rv[4] = {p11->C_GetInfo(&info), p11->C_GetSlotList(CK_FALSE, NULL, &n), p11->C_Finalize(NULL),
                 p11->C_Initialize(NULL)};
  DWORD written, size = (DWORD)snprintf(line, sizeof line, "late %lx %lx %lx %lx\n", rv[0], rv[1], rv[2], rv[3]);
  WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), line, size, &written, NULL);
  return TRUE;
}
