// SPDX-License-Identifier: Apache-2.0
//
// What tests ask of this service beside the functions of Windows: who called
// which of them, and that a command fails.

#include "slot.h"

static const char *const names[FUNCTIONS] = {
    "SCardEstablishContext", "SCardReleaseContext", "SCardIsValidContext", "SCardCancel",     "SCardListReadersW",
    "SCardGetStatusChangeW", "SCardConnectW",       "SCardReconnect",      "SCardDisconnect", "SCardBeginTransaction",
    "SCardEndTransaction",   "SCardStatusW",        "SCardTransmit",       "SCardControl",    "SCardGetAttrib",
};

static const BYTE *watched_from, *watched_to;
static volatile LONG calls[FUNCTIONS];
static volatile LONG fault_at, fault_code, fault_reaches;  // fault_at 0: none

// test_watch counts the calls that come from the code of a library, from now on.
WINSCARDAPI void test_watch(HMODULE library) {
  const BYTE *base = (const BYTE *)library;
  const IMAGE_NT_HEADERS *header = (const void *)(base + ((const IMAGE_DOS_HEADER *)(const void *)base)->e_lfanew);
  watched_from = base;
  watched_to = base + header->OptionalHeader.SizeOfImage;
}

// test_calls returns the name of a function and how often the library called it
// since the last question. NULL: there are no more functions.
WINSCARDAPI const char *test_calls(DWORD function, DWORD *count) {
  if (function >= FUNCTIONS) return NULL;
  *count = (DWORD)InterlockedExchange(&calls[function], 0);
  return names[function];
}

// test_fault has the nth command from now return a code, once; with reaches the
// card has got it all the same. 0 as number: no fault.
WINSCARDAPI void test_fault(DWORD at, LONG code, BOOL reaches) {
  fault_code = code;
  fault_reaches = reaches;
  fault_at = (LONG)at;
}

// test_fault_left returns how many commands are still to come before the fault.
WINSCARDAPI DWORD test_fault_left(void) { return (DWORD)fault_at; }

void note(enum function f, const void *caller) {
  const BYTE *p = caller;
  if (p >= watched_from && p < watched_to) InterlockedIncrement(&calls[f]);
}

BOOL fault(LONG *code, BOOL *reaches) {
  if (fault_at == 0 || --fault_at != 0) return FALSE;
  *code = fault_code;
  *reaches = fault_reaches;
  return TRUE;
}
