// SPDX-License-Identifier: Apache-2.0
//
// The one function of bcryptprimitives.dll that the Go runtime asks for at its
// start. Windows has the file; wine before version 9 does not.

#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG size);  // RtlGenRandom, advapi32

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) {
  while (size > 0) {
    ULONG part = size > 1 << 20 ? 1 << 20 : (ULONG)size;
    if (!SystemFunction036(data, part)) return FALSE;
    data += part;
    size -= part;
  }
  return TRUE;
}
