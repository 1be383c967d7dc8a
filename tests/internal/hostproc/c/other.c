// SPDX-License-Identifier: Apache-2.0
//
// Another program that uses the card: what it does comes as lines on standard
// input, and each is answered by a line with the PC/SC code in hexadecimal.
//
//   reset     resets the card when its turn comes
//   begin     begins a transaction and keeps it
//   end       ends it
//   send HEX  sends a command, of at most 40 bytes
//   exclusive takes the card for itself
//   release   gives back what it has
//
// The first argument is the name of the reader. Every code but SCARD_S_SUCCESS
// is the caller's to judge.

#include <stdio.h>
#include <string.h>
#include <winscard.h>

static SCARDCONTEXT context;
static SCARDHANDLE card;
static int established, connected;

static void release(void) {
  if (connected) SCardDisconnect(card, SCARD_LEAVE_CARD);
  if (established) SCardReleaseContext(context);
  connected = established = 0;
}

static LONG connect_as(const char *reader, DWORD share) {
  DWORD protocol;
  release();
  LONG rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
  if (rv != SCARD_S_SUCCESS) return rv;
  established = 1;
  rv = SCardConnect(context, reader, share, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol);
  connected = rv == SCARD_S_SUCCESS;
  return rv;
}

static LONG reset(const char *reader) {
  LONG rv = connect_as(reader, SCARD_SHARE_SHARED);
  if (rv == SCARD_S_SUCCESS) {
    rv = SCardDisconnect(card, SCARD_RESET_CARD);
    connected = 0;
  }
  release();
  return rv;
}

static LONG begin(const char *reader) {
  LONG rv = connect_as(reader, SCARD_SHARE_SHARED);
  return rv == SCARD_S_SUCCESS ? SCardBeginTransaction(card) : rv;
}

// The answer is not looked at. A card that was reset is joined anew.
static LONG transmit(const char *hex) {
  BYTE command[40], answer[258];
  DWORD n = 0, size = sizeof answer, protocol;
  for (unsigned byte; n < sizeof command && sscanf(hex + 2 * n, "%2x", &byte) == 1; n++) command[n] = (BYTE)byte;
  if (!connected) return SCARD_E_INVALID_HANDLE;
  LONG rv = SCardTransmit(card, SCARD_PCI_T1, command, n, NULL, answer, &size);
  if (rv != SCARD_W_RESET_CARD) return rv;
  SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, SCARD_LEAVE_CARD, &protocol);
  return rv;
}

int main(int argc, char **argv) {
  char line[128];
  if (argc != 2) return 2;
  while (fgets(line, sizeof line, stdin) != NULL) {
    LONG rv = SCARD_S_SUCCESS;
    line[strcspn(line, "\n")] = 0;
    if (strcmp(line, "reset") == 0)
      rv = reset(argv[1]);
    else if (strcmp(line, "begin") == 0)
      rv = begin(argv[1]);
    else if (strncmp(line, "send ", 5) == 0)
      rv = transmit(line + 5);
    else if (strcmp(line, "end") == 0)
      rv = SCardEndTransaction(card, SCARD_LEAVE_CARD);
    else if (strcmp(line, "exclusive") == 0)
      rv = connect_as(argv[1], SCARD_SHARE_EXCLUSIVE);
    else if (strcmp(line, "release") == 0)
      release();
    else
      return 3;
    printf("%08lx\n", (unsigned long)rv & 0xFFFFFFFFul);
    fflush(stdout);
  }
  release();
  return 0;
}
