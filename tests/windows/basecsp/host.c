// SPDX-License-Identifier: Apache-2.0
//
// A caller of a smart card minidriver, as Windows' Base CSP and smart card KSP
// are: it opens the connection and the transactions, gives the memory and judges
// nothing. It does what the lines of its standard input say, and answers each
// with one line: what was found, and the code of the function in hexadecimal.
//
//   basecsp LIBRARY
//
// Cards and connections have numbers from 0 to 15.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

static HMODULE library, service;

static void load(void) {
  library = LoadLibraryA(argument(0));
  if (library == NULL) {
    put_code(GetLastError());
    return;
  }
  card_acquire_context = (acquire_function)(void *)GetProcAddress(library, "CardAcquireContext");
  void (*watch)(HMODULE) = (void (*)(HMODULE))(void *)GetProcAddress(service, "test_watch");
  watch(library);
  put_code(card_acquire_context == NULL ? ERROR_PROC_NOT_FOUND : ERROR_SUCCESS);
}

static void unload(void) {
  FreeLibrary(library);
  put_number("resident", GetModuleHandleA(argument(0)) != NULL);
  put_code(ERROR_SUCCESS);
}

static void connect_card(void) {
  struct connection *c = connection(0);
  LONG code = open_connection(c, number(1));
  if (code == SCARD_S_SUCCESS) put_bytes("atr", c->atr, c->atr_size);
  put_code((DWORD)code);
}

static void disconnect(void) {
  struct connection *c = connection(0);
  put_code((DWORD)SCardDisconnect(c->card, number(1)));
  c->card = 0;
}

static void begin(void) { put_code((DWORD)SCardBeginTransaction(connection(0)->card)); }
static void end(void) { put_code((DWORD)SCardEndTransaction(connection(0)->card, number(1))); }

static void reconnect(void) {
  struct connection *c = connection(0);
  put_code((DWORD)SCardReconnect(c->card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, number(1),
                                 &c->protocol));
}

static void service_calls(void) {
  const char *(*count)(DWORD, DWORD *) = (const char *(*)(DWORD, DWORD *))(void *)GetProcAddress(service, "test_calls");
  DWORD n;
  const char *name;
  for (DWORD i = 0; (name = count(i, &n)) != NULL; i++)
    if (n != 0) put_number(name, n);
  put_code(0);
}

static void fault(void) {
  void (*set)(DWORD, LONG, BOOL) = (void (*)(DWORD, LONG, BOOL))(void *)GetProcAddress(service, "test_fault");
  DWORD (*left)(void) = (DWORD(*)(void))(void *)GetProcAddress(service, "test_fault_left");
  put_number("before", left());
  set(number(0), (LONG)number(1), (BOOL)number(2));
  put_code(0);
}

static void allocation(void) {
  memory_fails(number(0));
  put_code(0);
}

static void find_in_memory(void) {
  DWORD size;
  BYTE *complement = bytes(0, &size);
  put_occurrences(complement, size);
  put_code(0);
}

static const struct command own[] = {
    {"load", load},
    {"unload", unload},
    {"connect", connect_card},
    {"disconnect", disconnect},
    {"begin", begin},
    {"end", end},
    {"reconnect", reconnect},
    {"calls", service_calls},
    {"fault", fault},
    {"allocation", allocation},
    {"find", find_in_memory},
    {NULL, NULL},
};

static const struct command *const all[] = {own, contexts, calls, signatures, caches, flows, bad_calls, module};

static const struct command *named(const char *name) {
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    for (const struct command *c = all[i]; c->name != NULL; c++)
      if (strcmp(c->name, name) == 0) return c;
  return NULL;
}

int main(void) {
  service = LoadLibraryA("winscard.dll");
  while (read_line()) {
    const struct command *c = named(command());
    if (c == NULL) return 2;
    c->run();
    forget_line();
  }
  return 0;  // whatever is still open
}
