// SPDX-License-Identifier: Apache-2.0
//
// A minidriver with the mistakes that the host has to notice, one for each name
// of a file that is read.

#include <string.h>

#include "../carddata.h"
// After windows.h:
#include <winscard.h>

// use_cache has the caller keep memory, gives it back, and takes what was kept.
static DWORD use_cache(CARD_DATA *data, BYTE *memory, BYTE **content, DWORD *size) {
  CARD_DATA *context = data->cache_context;
  memcpy(memory, "kept", 4);
  DWORD code = data->cache_add(context, L"a file", 0, memory, 4);
  data->free(memory);
  if (code == SCARD_S_SUCCESS) code = data->cache_lookup(context, L"a file", 0, content, size);
  if (code == SCARD_S_SUCCESS) code = data->cache_delete(context, L"a file", 0);
  BYTE *again;
  if (code == SCARD_S_SUCCESS && data->cache_lookup(context, L"a file", 0, &again, size) == SCARD_S_SUCCESS)
    return SCARD_E_UNEXPECTED;
  return code;
}

static DWORD WINAPI read_file(CARD_DATA *data, char *directory, char *name, DWORD flags, BYTE **content, DWORD *size) {
  (void)directory, (void)flags;
  BYTE *memory = data->alloc(4);
  *size = 4;
  *content = memory;
  if (strcmp(name, "held") == 0) data->alloc(4);
  if (strcmp(name, "twice") == 0) {
    data->free(memory);
    return SCARD_S_SUCCESS;
  }
  if (strcmp(name, "caches") == 0) return use_cache(data, memory, content, size);
  if (strcmp(name, "overrun") == 0) memory[4] = 0;
  if (strcmp(name, "left") == 0) return SCARD_E_FILE_NOT_FOUND;
  if (strcmp(name, "small") == 0) *size = 5;
  if (strcmp(name, "connects") == 0) {
    SCARDHANDLE card;
    DWORD protocol;
    SCardConnectW(data->context, L"no reader", SCARD_SHARE_SHARED, 3, &card, &protocol);
  }
  return SCARD_S_SUCCESS;
}

static DWORD WINAPI ok(CARD_DATA *data) {
  (void)data;
  return SCARD_S_SUCCESS;
}

__declspec(dllexport) DWORD WINAPI CardAcquireContext(CARD_DATA *data, DWORD flags) {
  (void)flags;
  // Whatever the version: all functions, those of the caller too.
  for (size_t i = 0; i < sizeof data->functions / sizeof *data->functions; i++)
    data->functions[i] = (function)(void *)ok;
  data->functions[(READ_FILE - FIRST_FUNCTION) / sizeof(function)] = (function)(void *)read_file;
  data->functions[0] = (function)(void *)ok;
  data->atr_size = 0;
  return SCARD_S_SUCCESS;
}
