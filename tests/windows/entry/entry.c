// SPDX-License-Identifier: Apache-2.0

// A library with the entry point of a smart card minidriver, which tscns doctor
// loads and does not call: it answers as for a card that it does not know.

#include <windows.h>

__declspec(dllexport) DWORD WINAPI CardAcquireContext(void *card_data, DWORD flags);

DWORD WINAPI CardAcquireContext(void *card_data, DWORD flags) {
  (void)card_data;
  (void)flags;
  return 0x8010000D;  // SCARD_E_UNKNOWN_CARD
}
