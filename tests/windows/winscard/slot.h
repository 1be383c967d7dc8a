// SPDX-License-Identifier: Apache-2.0
//
// What the parts of the test's winscard.dll share: line.c, a card behind a TCP
// connection, service.c and connection.c, the functions that programs call, and
// watch.c, what tests ask for beside them.

#ifndef TSCNS_TEST_SLOT_H
#define TSCNS_TEST_SLOT_H

// The system's declarations of what this library defines.
#define WINSCARDAPI  __declspec(dllexport)
#define WINSCARDDATA __declspec(dllexport)
#include <winsock2.h>

#include <windows.h>
#include <winscard.h>

enum { ATR_ROOM = 33, SLOTS = 2 };

struct connection;
struct context;

// A slot of a reader. Everything in it is guarded by lock.
struct slot {
  SOCKET listener, line;  // INVALID_SOCKET: none
  BYTE atr[ATR_ROOM];
  DWORD atr_size;
  DWORD events;              // insertions and removals so far; odd while a card is in
  DWORD resets;              // of the card that is in
  struct connection *owner;  // of the transaction
  int nesting;
};
extern struct slot slots[SLOTS];
extern CRITICAL_SECTION lock;

// slot_open listens for cards at a port of 127.0.0.1 and waits up to wait
// milliseconds for the first. It may be called again.
BOOL slot_open(struct slot *s, unsigned short port, DWORD wait);

// slot_look notices a card that came or went, and reports whether one is in.
BOOL slot_look(struct slot *s);

// slot_reset is a warm reset; slot_exchange sends a command and takes the
// response. FALSE: the card is gone.
BOOL slot_reset(struct slot *s);
BOOL slot_exchange(struct slot *s, const BYTE *command, DWORD size, BYTE *response, DWORD *room, BOOL *fits);

// slot_begin and slot_end are a transaction on a card that other processes share;
// reset: one of them has reset it. FALSE: the card is gone.
BOOL slot_begin(struct slot *s, BOOL *reset);
void slot_end(struct slot *s);

// Handles are places in the tables of contexts and connections, with a mark by
// which each is told from the other kind. Place 0 is not used.
enum { HANDLES = 64, CONTEXT_MARK = 0x5C000000, CARD_MARK = 0x5D000000 };

// run counts how often the service has stopped.
extern DWORD run;
BOOL is_running(void);

// is_shared reports whether other processes use the same cards.
BOOL is_shared(void);

// leave gives up lock and returns the code.
LONG leave(LONG code);

// context_of finds a context, and returns what is wrong with it.
LONG context_of(SCARDCONTEXT h, struct context **found);

// reader_named returns the slot of a reader, NULL: there is no such reader.
// give_name is the other way round, as a list of one name.
struct slot *reader_named(LPCWSTR name);
LONG give_name(const struct slot *s, LPWSTR name, LPDWORD size);

// slot_in_use reports whether a connection to the card that is in exists.
BOOL slot_in_use(const struct slot *s);

// The functions of the service, each counted where a watched library calls it.
enum function {
  ESTABLISH_CONTEXT,
  RELEASE_CONTEXT,
  IS_VALID_CONTEXT,
  CANCEL,
  LIST_READERS,
  GET_STATUS_CHANGE,
  CONNECT,
  RECONNECT,
  DISCONNECT,
  BEGIN_TRANSACTION,
  END_TRANSACTION,
  STATUS,
  TRANSMIT,
  CONTROL,
  GET_ATTRIB,
  FUNCTIONS
};

// note counts a call from where it returns to.
void note(enum function f, const void *caller);
#define NOTE(f) note(f, __builtin_return_address(0))

// fault reports whether a test wants the next command to fail, how, and whether
// the card gets it all the same.
BOOL fault(LONG *code, BOOL *reaches);

#endif
