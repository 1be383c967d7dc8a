// SPDX-License-Identifier: Apache-2.0
//
// What Windows keeps of a card's files, and the functions by which a minidriver
// may keep files of its own there.

#include <stdlib.h>
#include <string.h>

#include "host.h"

// The values of "Cache Mode".
enum { GLOBAL = 1, SESSION_ONLY = 2 };  // 3: nothing is kept

// A file of the directory mscp that is kept, by the identifier of its card, with
// its freshness counter of cardcf: that of the containers for cmapfile, that of
// the files for certificates.
enum { FILES = 32 };
static struct kept_file {
  BYTE *content;  // NULL: none is kept here
  DWORD size;
  char name[16];
  BYTE card[16];
  WORD freshness;
  DWORD mode;
  WCHAR reader[64];
  DWORD changes;  // of the reader, when the file was read
} kept[FILES];

// changes_of returns how often a card has come to a reader or left it.
static DWORD changes_of(SCARDCONTEXT context, const WCHAR *reader) {
  SCARD_READERSTATEW state = {.szReader = reader};
  SCardGetStatusChangeW(context, 0, &state, 1);
  return state.dwEventState >> 16;
}

// read_from reads a file of at least a size in bytes by the minidriver, into memory of malloc.
static DWORD read_from(CARD_DATA *data, const char *directory, const char *name, DWORD least, BYTE **content,
                       DWORD *size) {
  BYTE *given = NOT_SET;
  DWORD code = member(data, READ_FILE)(data, text_of(directory), text_of(name), 0, &given, size);
  if (code != SCARD_S_SUCCESS) return code;
  *content = malloc(*size + 1);
  memcpy(*content, given, *size);
  csp_free(given);
  return *size < least ? SCARD_E_FILE_NOT_FOUND : SCARD_S_SUCCESS;
}

// head_of_file reads the first bytes of a file of the root directory.
static DWORD head_of_file(CARD_DATA *data, const char *name, void *head, DWORD size) {
  BYTE *content = NULL;
  DWORD whole, code = read_from(data, NULL, name, size, &content, &whole);
  if (code == SCARD_S_SUCCESS) memcpy(head, content, size);
  free(content);
  return code;
}

// describe fills in all of a file but its content, as the card is now. A
// minidriver of a version without properties is not asked for a mode: its files
// are kept as long as any.
static DWORD describe(CARD_DATA *data, const char *name, struct kept_file *f) {
  WORD cardcf[3];  // version and PINs, containers, files
  DWORD size = 64, state, protocol, atr_size = 33;
  BYTE atr[33];
  strncpy(f->name, name, sizeof f->name - 1);
  DWORD code = (DWORD)SCardStatusW(data->card, f->reader, &size, &state, &protocol, atr, &atr_size);
  if (code == SCARD_S_SUCCESS) code = head_of_file(data, "cardid", f->card, sizeof f->card);
  if (code == SCARD_S_SUCCESS) code = head_of_file(data, "cardcf", cardcf, sizeof cardcf);
  if (code != SCARD_S_SUCCESS) return code;
  f->freshness = cardcf[strcmp(name, "cmapfile") == 0 ? 1 : 2];
  f->changes = changes_of(data->context, f->reader);
  f->mode = GLOBAL;
  if (data->version < 6) return code;
  return member(data, GET_PROPERTY)(data, wide_of("Cache_Mode"), &f->mode, (DWORD)sizeof f->mode, &size, 0);
}

static void drop_file(struct kept_file *f) {
  free(f->content);
  f->content = NULL;
}

// drop_removed drops what is kept for one stay of a card alone, when that has
// ended.
static void drop_removed(SCARDCONTEXT context) {
  for (struct kept_file *f = kept; f < kept + FILES; f++) {
    if (f->content == NULL || f->mode == GLOBAL) continue;
    if (f->mode != SESSION_ONLY || f->changes != changes_of(context, f->reader)) drop_file(f);
  }
}

// kept_as returns the place of a file of this card and name, or one that is free.
static struct kept_file *kept_as(const struct kept_file *wanted) {
  struct kept_file *unused = NULL;
  for (struct kept_file *f = kept; f < kept + FILES; f++) {
    if (f->content == NULL)
      unused = f;
    else if (memcmp(f->card, wanted->card, sizeof f->card) == 0 && strcmp(f->name, wanted->name) == 0)
      return f;
  }
  if (unused == NULL) exit(3);
  return unused;
}

// cached CARD FILE: a file of the directory mscp as Windows gets it: what is kept
// serves as long as the card's freshness counter is the same.
static void cached(void) {
  CARD_DATA *data = &card(0)->data;
  struct kept_file wanted = {0};
  drop_removed(data->context);
  DWORD code = describe(data, argument(1), &wanted);
  if (code != SCARD_S_SUCCESS) {
    put_code(code);
    return;
  }
  struct kept_file *f = kept_as(&wanted);
  BOOL serves = f->content != NULL && f->freshness == wanted.freshness;
  put_number("kept", serves);
  if (!serves) {
    code = read_from(data, "mscp", wanted.name, 0, &wanted.content, &wanted.size);
    drop_file(f);
    if (code == SCARD_S_SUCCESS) *f = wanted;
  }
  if (code == SCARD_S_SUCCESS) put_bytes("data", f->content, f->size);
  put_code(code);
}

// --- a minidriver's own files ----------------------------------------------------

static struct own_file {
  WCHAR tag[64];
  BYTE *content;  // NULL: none
  DWORD size;
} own_files[8];
enum { OWN_FILES = sizeof own_files / sizeof *own_files };

static BOOL functions_given;
static volatile LONG added, looked_up, deleted, misused;

// own_file returns the place of a file, or NULL; without a tag one that is free.
static struct own_file *own_file(const void *context, const WCHAR *tag, DWORD flags) {
  if (context != own_files || flags != 0) InterlockedIncrement(&misused);
  for (struct own_file *f = own_files; f < own_files + OWN_FILES; f++)
    if (tag == NULL ? f->content == NULL : f->content != NULL && lstrcmpW(f->tag, tag) == 0) return f;
  return NULL;
}

static DWORD WINAPI delete_own(void *context, WCHAR *tag, DWORD flags) {
  struct own_file *f = own_file(context, tag, flags);
  InterlockedIncrement(&deleted);
  if (f == NULL) return SCARD_E_FILE_NOT_FOUND;
  free(f->content);
  f->content = NULL;
  return SCARD_S_SUCCESS;
}

static DWORD WINAPI add_own(void *context, WCHAR *tag, DWORD flags, const BYTE *content, DWORD size) {
  struct own_file *f = own_file(context, tag, flags);
  InterlockedIncrement(&added);
  if (f == NULL) f = own_file(context, NULL, flags);
  if (f == NULL) return SCARD_E_NO_MEMORY;
  lstrcpynW(f->tag, tag, sizeof f->tag / sizeof *f->tag);
  free(f->content);
  f->content = memcpy(malloc(size + 1), content, size);
  f->size = size;
  return SCARD_S_SUCCESS;
}

static DWORD WINAPI look_up_own(void *context, WCHAR *tag, DWORD flags, BYTE **content, DWORD *size) {
  struct own_file *f = own_file(context, tag, flags);
  InterlockedIncrement(&looked_up);
  if (f == NULL) return SCARD_E_FILE_NOT_FOUND;
  *content = memcpy(csp_alloc(f->size), f->content, f->size);
  *size = f->size;
  return SCARD_S_SUCCESS;
}

void give_cache(CARD_DATA *data) {
  data->cache_add = functions_given ? (function)(void *)add_own : NULL;
  data->cache_lookup = functions_given ? (function)(void *)look_up_own : NULL;
  data->cache_delete = functions_given ? (function)(void *)delete_own : NULL;
  data->cache_context = functions_given ? own_files : NULL;
}

// cache-functions GIVEN: whether cards that are acquired from now on have them;
// answers with the calls until now.
static void cache_functions(void) {
  functions_given = number(0) != 0;
  put_number("added", (DWORD)added);
  put_number("looked-up", (DWORD)looked_up);
  put_number("deleted", (DWORD)deleted);
  put_number("misused", (DWORD)misused);
  put_code(0);
}

const struct command caches[] = {{"cached", cached}, {"cache-functions", cache_functions}, {NULL, NULL}};
