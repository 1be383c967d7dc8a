// SPDX-License-Identifier: Apache-2.0
//
// What the parts of the host share. host.c describes the host.

#ifndef TSCNS_TEST_HOST_H
#define TSCNS_TEST_HOST_H

#include "carddata.h"
// After windows.h:
#include <winscard.h>

// --- line.c: commands and answers -------------------------------------------

enum { ARGUMENTS = 24 };
extern int arguments;  // after the name of the command

// read_line takes the next command apart. FALSE: there is none.
BOOL read_line(void);
const char *command(void);
// forget_line overwrites the command, which may hold a PIN.
void forget_line(void);

// argument returns a word as it is, "" beyond the last.
const char *argument(int i);
// number reads a decimal number, or a hexadecimal one after 0x.
DWORD number(int i);
// bytes reads hexadecimal digits into memory that ends where no page follows,
// until the end of the command; "-" is NULL, "." no bytes.
BYTE *bytes(int i, DWORD *size);
// text reads a name: "-" is NULL, "." no characters, and _ a space.
char *text(int i);
WCHAR *wide(int i);
char *text_of(const char *word);
WCHAR *wide_of(const char *word);
// room returns memory, filled with 5A, that ends where no page follows, until
// the end of the command.
BYTE *room(DWORD size);
void release_rooms(void);

void put_number(const char *name, DWORD value);
void put_bytes(const char *name, const void *data, DWORD size);
void put_text(const char *name, const char *value);
void put_code(DWORD code);  // ends the answer

// --- memory.c: the memory that a minidriver gets from its caller -------------

LPVOID WINAPI csp_alloc(SIZE_T size);
LPVOID WINAPI csp_realloc(LPVOID memory, SIZE_T size);
void WINAPI csp_free(LPVOID memory);
// memory_fails has the nth allocation from now return NULL; 0: none.
void memory_fails(DWORD at);
// put_memory names what is held, what was freed that was not held, and what was
// written beyond its end, since the last time; nothing where there is nothing.
void put_memory(void);
// take answers with the bytes that the minidriver handed out and frees them, or
// names a pointer that was left behind by a call that failed.
void take(const char *name, DWORD code, BYTE *memory, DWORD size);
// NOT_SET is in a pointer to which nothing has been written.
#define NOT_SET ((BYTE *)(ULONG_PTR)0x5A5A5A5A5A5A5A5A)
void put_occurrences(const BYTE *complement, DWORD size);

// --- card.c: connections and cards --------------------------------------------

enum { PLACES = 16 };
struct connection {
  SCARDCONTEXT context;
  SCARDHANDLE card;
  DWORD protocol, atr_size;
  BYTE atr[33];
};
extern struct connection connections[PLACES];

// A CARD_DATA, and what follows it in memory.
struct card {
  CARD_DATA data;
  BYTE after[64];
  DWORD asked;  // version
};
extern struct card cards[PLACES];

typedef DWORD(WINAPI *acquire_function)(CARD_DATA *, DWORD);
extern acquire_function card_acquire_context;

struct connection *connection(int i);
struct card *card(int i);
function member(const CARD_DATA *data, DWORD place);
LONG open_connection(struct connection *c, DWORD reader);
void fill(struct card *c, const struct connection *from, DWORD version);
DWORD end_of(DWORD version);

// --- cache.c: what is kept of cards -------------------------------------------

// give_cache fills in the functions for a minidriver's own files, or NULL.
void give_cache(CARD_DATA *data);

// --- the commands ---------------------------------------------------------------

// A command, and in a list of them NULL as name at the end.
struct command {
  const char *name;
  void (*run)(void);
};
extern const struct command contexts[], calls[], signatures[], caches[], flows[], bad_calls[], module[];

#endif
