// SPDX-License-Identifier: Apache-2.0

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

// A block has its mark and size before it and its mark after it.
enum { HELD = 0x4C45483E, FREED = 0x45455246, HEAD = 16 };
static volatile LONG held, wrong, overrun, fails_at;

static DWORD *head_of(void *memory) { return (DWORD *)(void *)((BYTE *)memory - HEAD); }

LPVOID WINAPI csp_alloc(SIZE_T size) {
  if (fails_at != 0 && InterlockedDecrement(&fails_at) == 0) return NULL;
  BYTE *p = malloc(HEAD + size + sizeof(DWORD));
  if (p == NULL || size > 1 << 24) exit(3);
  DWORD mark = HELD, *head = (DWORD *)(void *)p;
  head[0] = mark;
  head[1] = (DWORD)size;
  memset(p + HEAD, 0x5A, size);
  memcpy(p + HEAD + size, &mark, sizeof mark);
  InterlockedIncrement(&held);
  return p + HEAD;
}

static BOOL is_held(void *memory) {
  DWORD *head = head_of(memory), mark = HELD;
  if (head[0] != HELD) {
    InterlockedIncrement(&wrong);
    return FALSE;
  }
  if (memcmp((BYTE *)memory + head[1], &mark, sizeof mark) != 0) InterlockedIncrement(&overrun);
  return TRUE;
}

enum { LATE = 1024 };
static void *volatile late[LATE];
static volatile LONG late_next;

// A freed block stays for a while, overwritten: what is freed twice or used
// afterwards is noticed.
void WINAPI csp_free(LPVOID memory) {
  if (memory == NULL || !is_held(memory)) return;
  DWORD *head = head_of(memory);
  head[0] = FREED;
  memset(memory, 0xDD, head[1]);
  InterlockedDecrement(&held);
  free(InterlockedExchangePointer(&late[(DWORD)InterlockedIncrement(&late_next) % LATE], head));
}

LPVOID WINAPI csp_realloc(LPVOID memory, SIZE_T size) {
  void *p = csp_alloc(size);
  if (p == NULL || memory == NULL || !is_held(memory)) return p;
  DWORD had = head_of(memory)[1];
  memcpy(p, memory, had < size ? had : size);
  csp_free(memory);
  return p;
}

void memory_fails(DWORD at) { fails_at = (LONG)at; }

static void put_if(const char *name, volatile LONG *count) {
  LONG n = InterlockedExchange(count, 0);
  if (n != 0) put_number(name, (DWORD)n);
}

void put_memory(void) {
  put_if("held", &held);
  put_if("wrongly-freed", &wrong);
  put_if("overrun", &overrun);
}

void take(const char *name, DWORD code, BYTE *memory, DWORD size) {
  if (code != SCARD_S_SUCCESS) {
    if (memory != NULL && memory != NOT_SET) put_text("left-behind", name);
    return;
  }
  if (memory == NULL) {
    put_text(name, "NULL");
    return;
  }
  put_bytes(name, memory, size);
  if (is_held(memory) && head_of(memory)[1] < size) put_text("too-small", name);
  csp_free(memory);
}

// The bytes are given as their complement, lest they are found as given.
void put_occurrences(const BYTE *complement, DWORD size) {
  MEMORY_BASIC_INFORMATION info;
  DWORD found = 0, regions = 0;
  for (const BYTE *p = NULL; VirtualQuery(p, &info, sizeof info) != 0; p = (BYTE *)info.BaseAddress + info.RegionSize) {
    const DWORD read = PAGE_READWRITE | PAGE_EXECUTE_READWRITE | PAGE_WRITECOPY;
    if (info.State != MEM_COMMIT || (info.Protect & read) == 0 || (info.Protect & PAGE_GUARD) != 0) continue;
    regions++;
    const BYTE *at = info.BaseAddress, *end = at + info.RegionSize;
    for (; size > 0 && at + size <= end; at++) {
      DWORD n = 0;
      while (n < size && (at[n] ^ complement[n]) == 0xFF) n++;
      found += n == size;
    }
  }
  put_number("regions", regions);
  put_number("found", found);
}
