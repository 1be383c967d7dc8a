// SPDX-License-Identifier: Apache-2.0
//
// Another program that uses the card: what it does comes as lines on standard
// input, and each is answered by a line with the PC/SC code in hexadecimal.
//
//   reset     resets the card when its turn comes
//   begin     begins a transaction and keeps it
//   end       ends it
//   send HEX  sends a command, of at most 40 bytes
//   connect   connects, shared, and stays connected
//   sign      asks the card for a signature in a transaction, as every driver
//             of a card of families A to D does after the PIN, without giving a
//             PIN; connects first where it is not. The answer is the card's
//             status word
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

// turn begins a transaction with a card that another program may have reset.
static LONG turn(const char *reader) {
  DWORD protocol;
  LONG rv = connected ? SCARD_S_SUCCESS : connect_as(reader, SCARD_SHARE_SHARED);
  if (rv == SCARD_S_SUCCESS) rv = SCardBeginTransaction(card);
  if (rv != SCARD_W_RESET_CARD) return rv;
  rv = SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, SCARD_LEAVE_CARD, &protocol);
  return rv == SCARD_S_SUCCESS ? SCardBeginTransaction(card) : rv;
}

// ask sends a command and returns the status word.
static LONG ask(const BYTE *command, DWORD n) {
  BYTE answer[300];
  DWORD size = sizeof answer;
  LONG rv = SCardTransmit(card, SCARD_PCI_T1, command, n, NULL, answer, &size);
  if (rv != SCARD_S_SUCCESS) return rv;
  return size < 2 ? -1 : answer[size - 2] << 8 | answer[size - 1];
}

// sign: SELECT MF, MSE RESTORE, MSE SET, PSO COMPUTE DIGITAL SIGNATURE of a
// block below every modulus.
static LONG sign(const char *reader) {
  static const BYTE root[] = {0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00}, restore[] = {0x00, 0x22, 0xF3, 0x03, 0x00},
                    key[] = {0x00, 0x22, 0xF1, 0xB8, 0x03, 0x83, 0x01, 0x01};
  BYTE pso[7 + 257 + 2] = {0x00, 0x2A, 0x80, 0x86, 0x00, 0x01, 0x01, 0x00, 0x00, 0x01};
  memset(pso + 10, 0xFF, 253);
  pso[sizeof pso - 2] = 0x01;
  LONG rv = turn(reader);
  if (rv != SCARD_S_SUCCESS) return rv;
  LONG sw = ask(root, sizeof root);
  if (sw == 0x9000) sw = ask(restore, sizeof restore);
  if (sw == 0x9000) sw = ask(key, sizeof key);
  if (sw == 0x9000) sw = ask(pso, sizeof pso);
  SCardEndTransaction(card, SCARD_LEAVE_CARD);
  return sw;
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
    else if (strcmp(line, "connect") == 0)
      rv = connect_as(argv[1], SCARD_SHARE_SHARED);
    else if (strcmp(line, "sign") == 0)
      rv = sign(argv[1]);
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
