// SPDX-License-Identifier: Apache-2.0
//
// What the two halves of the test's winscard.dll share: line.c, one card behind
// a TCP connection, and service.c, the functions that programs call.

#ifndef TSCNS_TEST_SLOT_H
#define TSCNS_TEST_SLOT_H

// The system's declarations of what this library defines.
#define WINSCARDAPI  __declspec(dllexport)
#define WINSCARDDATA __declspec(dllexport)
#include <winsock2.h>

#include <windows.h>
#include <winscard.h>

enum { ATR_ROOM = 33 };

// The one slot. Everything in it is guarded by lock.
struct slot {
  CRITICAL_SECTION lock;
  SOCKET listener, line;  // INVALID_SOCKET: none
  BYTE atr[ATR_ROOM];
  DWORD atr_size;
  DWORD events;  // insertions and removals so far; odd while a card is in
  DWORD resets;  // of the card that is in
};
extern struct slot slot;

// slot_open listens for cards at a port of 127.0.0.1 and waits up to wait
// milliseconds for the first. It may be called again.
BOOL slot_open(unsigned short port, DWORD wait);

// slot_look notices a card that came or went, and says whether one is in.
BOOL slot_look(void);

// slot_reset is a warm reset; slot_exchange sends a command and takes the
// response. FALSE: the card is gone.
BOOL slot_reset(void);
BOOL slot_exchange(const BYTE *command, DWORD size, BYTE *response, DWORD *room, BOOL *fits);

#endif
