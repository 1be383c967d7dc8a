// SPDX-License-Identifier: Apache-2.0

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

static char line[1 << 18];
static char *words[ARGUMENTS + 1];
int arguments;

const char *argument(int i) { return i < arguments ? words[i + 1] : ""; }

DWORD number(int i) { return (DWORD)strtoul(argument(i), NULL, 0); }

// Memory of the command: places of some pages, after which one that cannot be
// touched stands. What is larger than two pages gets a place of its own.
enum { PAGE = 4096, PLACE = 2 * PAGE, ROOMS = 64 };
static struct room {
  BYTE *place, *memory;  // place: where it begins, for a large one
  DWORD size;
} rooms[ROOMS];
static int rooms_used;
static BYTE *pool;

// reserve makes a number of places of a size in bytes, each with its page after it.
static BYTE *reserve(SIZE_T size, int number) {
  BYTE *p = VirtualAlloc(NULL, (size + PAGE) * (SIZE_T)number, MEM_RESERVE, PAGE_NOACCESS);
  for (int i = 0; p != NULL && i < number; i++)
    if (VirtualAlloc(p + (size + PAGE) * (SIZE_T)i, size, MEM_COMMIT, PAGE_READWRITE) == NULL) exit(3);
  if (p == NULL) exit(3);
  return p;
}

BYTE *room(DWORD size) {
  if (pool == NULL) pool = reserve(PLACE, ROOMS);
  if (rooms_used == ROOMS) exit(3);
  struct room *r = &rooms[rooms_used];
  SIZE_T whole = (size + PAGE - 1) / PAGE * PAGE;
  r->place = size > PLACE ? reserve(whole, 1) : NULL;
  r->size = size;
  r->memory = (r->place == NULL ? pool + (PLACE + PAGE) * rooms_used + PLACE : r->place + whole) - size;
  rooms_used++;
  return memset(r->memory, 0x5A, size);
}

void release_rooms(void) {
  while (rooms_used > 0) {
    struct room *r = &rooms[--rooms_used];
    SecureZeroMemory(r->memory, r->size);
    if (r->place != NULL) VirtualFree(r->place, 0, MEM_RELEASE);
  }
}

static int digit(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

BYTE *bytes(int i, DWORD *size) {
  const char *word = argument(i);
  *size = 0;
  if (strcmp(word, "-") == 0 || *word == 0) return NULL;
  if (*word != '.') *size = (DWORD)strlen(word) / 2;
  BYTE *b = room(*size);
  for (DWORD n = 0; n < *size; n++) b[n] = (BYTE)(digit(word[2 * n]) << 4 | digit(word[2 * n + 1]));
  return b;
}

char *text_of(const char *word) {
  if (word == NULL || strcmp(word, "-") == 0) return NULL;
  if (*word == '.') word = "";
  DWORD size = (DWORD)strlen(word) + 1;
  char *s = (char *)room(size);
  for (DWORD n = 0; n < size; n++) s[n] = word[n] == '_' ? ' ' : word[n];
  return s;
}

WCHAR *wide_of(const char *word) {
  const char *s = text_of(word);
  if (s == NULL) return NULL;
  DWORD size = (DWORD)strlen(s) + 1;
  WCHAR *w = (WCHAR *)(void *)room(size * sizeof *w);
  for (DWORD n = 0; n < size; n++) w[n] = (WCHAR)s[n];
  return w;
}

char *text(int i) { return text_of(argument(i)); }
WCHAR *wide(int i) { return wide_of(argument(i)); }

void put_number(const char *name, DWORD value) { printf("%s=%lu ", name, value); }
void put_text(const char *name, const char *value) { printf("%s=%s ", name, value); }
void put_bytes(const char *name, const void *data, DWORD size) {
  const BYTE *b = data;
  printf("%s=", name);
  for (DWORD i = 0; i < size; i++) printf("%02x", b[i]);
  printf(" ");
}

void put_code(DWORD code) {
  put_memory();
  release_rooms();
  printf("code=%08lx\n", code);
  fflush(stdout);
}

// read_line takes a command apart. FALSE: there are no more.
BOOL read_line(void) {
  if (fgets(line, sizeof line, stdin) == NULL) return FALSE;
  arguments = -1;
  for (char *w = strtok(line, " \r\n"); w != NULL && arguments < ARGUMENTS; w = strtok(NULL, " \r\n"))
    words[++arguments] = w;
  return arguments >= 0;
}

const char *command(void) { return words[0]; }

// forget_line overwrites the command, which may hold a PIN.
void forget_line(void) { SecureZeroMemory(line, sizeof line); }
