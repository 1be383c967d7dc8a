// SPDX-License-Identifier: Apache-2.0
//
// Another program at the same card, one that knows no PIN: it does one thing
// for each line on its standard input, and answers with the card's status word
// or with the PC/SC code, both in hexadecimal. The argument is the reader.
//
//   connect  connects, shared      sign   asks the card for a signature
//   reset    resets the card       begin  begins a transaction and keeps it
//   end      ends it                sign inside  the same inside of one

#include <stdio.h>
#include <string.h>
#include <winscard.h>

static SCARDCONTEXT context;
static SCARDHANDLE card;
static DWORD protocol;

static LONG connect_to(const char *reader) {
  LONG rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
  if (rv != SCARD_S_SUCCESS) return rv;
  return SCardConnect(context, reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol);
}

// begin takes the card, also one that was reset by somebody else.
static LONG begin(void) {
  LONG rv = SCardBeginTransaction(card);
  if (rv != SCARD_W_RESET_CARD) return rv;
  rv = SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, SCARD_LEAVE_CARD, &protocol);
  return rv == SCARD_S_SUCCESS ? SCardBeginTransaction(card) : rv;
}

static LONG transmit(const unsigned char *command, DWORD size) {
  unsigned char answer[300];
  DWORD n = sizeof answer;
  const SCARD_IO_REQUEST *pci = protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
  LONG rv = SCardTransmit(card, pci, command, size, NULL, answer, &n);
  if (rv != SCARD_S_SUCCESS) return rv;
  return n < 2 ? -1 : answer[n - 2] << 8 | answer[n - 1];
}

// sign does what every driver of such a card does after the PIN: SELECT, MSE
// RESTORE, MSE SET, PSO.
static LONG sign(void) {
  static const unsigned char root[] = {0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00};
  static const unsigned char restore[] = {0x00, 0x22, 0xF3, 0x03, 0x00};
  static const unsigned char key[] = {0x00, 0x22, 0xF1, 0xB8, 0x03, 0x83, 0x01, 0x01};
  unsigned char pso[7 + 257 + 2] = {0x00, 0x2A, 0x80, 0x86, 0x00, 0x01, 0x01, 0x00, 0x00, 0x01};
  memset(pso + 10, 0xFF, 253); // and the last data byte: a block below every modulus
  pso[sizeof pso - 2] = 0x01;
  LONG sw = transmit(root, sizeof root);
  if (sw == 0x9000) sw = transmit(restore, sizeof restore);
  if (sw == 0x9000) sw = transmit(key, sizeof key);
  return sw == 0x9000 ? transmit(pso, sizeof pso) : sw;
}

static LONG sign_alone(void) {
  LONG rv = begin();
  if (rv != SCARD_S_SUCCESS) return rv;
  rv = sign();
  SCardEndTransaction(card, SCARD_LEAVE_CARD);
  return rv;
}

int main(int argc, char **argv) {
  char line[64];
  if (argc != 2) return 2;
  while (fgets(line, sizeof line, stdin) != NULL) {
    LONG rv;
    line[strcspn(line, "\n")] = 0;
    if (strcmp(line, "connect") == 0)
      rv = connect_to(argv[1]);
    else if (strcmp(line, "sign") == 0)
      rv = sign_alone();
    else if (strcmp(line, "sign inside") == 0)
      rv = sign();
    else if (strcmp(line, "reset") == 0)
      rv = SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, SCARD_RESET_CARD, &protocol);
    else if (strcmp(line, "begin") == 0)
      rv = begin();
    else if (strcmp(line, "end") == 0)
      rv = SCardEndTransaction(card, SCARD_LEAVE_CARD);
    else
      return 3;
    printf("%lx\n", (unsigned long)rv & 0xFFFFFFFFul);
    fflush(stdout);
  }
  return 0;
}
