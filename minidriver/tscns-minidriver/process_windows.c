// SPDX-License-Identifier: Apache-2.0

#include "process.h"

#include <windows.h>

static BOOLEAN(NTAPI *is_ending)(void);  // RtlDllShutdownInProgress

int process_is_ending(void) { return is_ending != NULL && is_ending(); }

// The callers load and free a minidriver often, and a Go runtime cannot be
// unloaded: FreeLibrary would take its code away from under its threads. So the
// library keeps itself in the process from the moment it is loaded.
static void __attribute__((constructor)) at_load(void) {
  HMODULE self;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (LPCWSTR)(void *)at_load,
                     &self);
  is_ending =
      (BOOLEAN(NTAPI *)(void))(void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "RtlDllShutdownInProgress");
}
