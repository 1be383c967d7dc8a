// SPDX-License-Identifier: Apache-2.0
//
// A driver for pcscd (IFD handler 3.0) of a reader with a keypad, which exists
// in the test alone: the card, and the person at the keypad, are at the other
// end of a unix socket (../padreader.go), whose path is the reader's
// DEVICENAME. One connection for each question: a byte that says what, a length
// of 4 bytes, and a body; the answer is a length and a body.
//
// Of the keypad all is done here: the structures of PC/SC part 10 are checked
// member by member, the digits put into the command as they say.

#include <ifdhandler.h>
#include <reader.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PRESENT = 'P', UP = 'U', DOWN = 'D', APDU = 'X', FEATURES = 'F', TYPE = 'T', WRONG = 'E' };
enum { HAS_VERIFY = 1, HAS_MODIFY = 2, HAS_PROPERTIES = 4, IS_BROKEN = 8 };
enum { DIGITS, CANCELLED, TIMEOUT };
enum { OLD_PIN, NEW_PIN, CONFIRMATION };

#define CODE_VERIFY     SCARD_CTL_CODE(0x806)
#define CODE_MODIFY     SCARD_CTL_CODE(0x807)
#define CODE_PROPERTIES SCARD_CTL_CODE(0x812)

static struct sockaddr_un device = {.sun_family = AF_UNIX};
static unsigned char atr[MAX_ATR_SIZE];
static DWORD atr_length;

static int all(int fd, void *buffer, size_t n, int out) {
  for (char *p = buffer; n > 0;) {
    ssize_t done = out ? send(fd, p, n, MSG_NOSIGNAL) : recv(fd, p, n, 0);
    if (done <= 0) return 0;
    p += done;
    n -= (size_t)done;
  }
  return 1;
}

// ask returns the length of the answer, or -1.
static long ask(unsigned char what, const void *body, uint32_t n, void *answer, uint32_t room) {
  long result = -1;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  uint32_t size;
  if (connect(fd, (struct sockaddr *)&device, sizeof device) == 0 && all(fd, &what, 1, 1) && all(fd, &n, 4, 1) &&
      all(fd, (void *)body, n, 1) && all(fd, &size, 4, 0) && size <= room && all(fd, answer, size, 0))
    result = size;
  close(fd);
  return result;
}

RESPONSECODE IFDHCreateChannelByName(DWORD Lun, LPSTR name) {
  (void)Lun;
  if (strlen(name) >= sizeof device.sun_path) return IFD_COMMUNICATION_ERROR;
  strcpy(device.sun_path, name);
  return IFD_SUCCESS;
}

RESPONSECODE IFDHCreateChannel(DWORD Lun, DWORD Channel) {
  (void)Lun, (void)Channel;
  return IFD_COMMUNICATION_ERROR;  // by name only
}

RESPONSECODE IFDHCloseChannel(DWORD Lun) {
  (void)Lun;
  return IFD_SUCCESS;
}

RESPONSECODE IFDHGetCapabilities(DWORD Lun, DWORD Tag, PDWORD Length, PUCHAR Value) {
  (void)Lun;
  switch (Tag) {
    case TAG_IFD_ATR:
      if (*Length < atr_length) return IFD_ERROR_INSUFFICIENT_BUFFER;
      memcpy(Value, atr, atr_length);
      *Length = atr_length;
      return IFD_SUCCESS;
    case TAG_IFD_SLOTS_NUMBER:
    case TAG_IFD_SIMULTANEOUS_ACCESS:
      *Length = 1;
      *Value = 1;
      return IFD_SUCCESS;
  }
  return IFD_ERROR_TAG;
}

RESPONSECODE IFDHSetCapabilities(DWORD Lun, DWORD Tag, DWORD Length, PUCHAR Value) {
  (void)Lun, (void)Tag, (void)Length, (void)Value;
  return IFD_ERROR_VALUE_READ_ONLY;
}

RESPONSECODE IFDHSetProtocolParameters(DWORD Lun, DWORD Protocol, UCHAR Flags, UCHAR P1, UCHAR P2, UCHAR P3) {
  (void)Lun, (void)Protocol, (void)Flags, (void)P1, (void)P2, (void)P3;
  return IFD_SUCCESS;
}

RESPONSECODE IFDHPowerICC(DWORD Lun, DWORD Action, PUCHAR Atr, PDWORD AtrLength) {
  (void)Lun;
  if (Action == IFD_POWER_DOWN) {
    *AtrLength = atr_length = 0;
    ask(DOWN, NULL, 0, NULL, 0);
    return IFD_SUCCESS;
  }
  long n = ask(UP, NULL, 0, atr, sizeof atr);
  if (n <= 0) return IFD_COMMUNICATION_ERROR;
  memcpy(Atr, atr, (size_t)n);
  *AtrLength = atr_length = (DWORD)n;
  return IFD_SUCCESS;
}

RESPONSECODE IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER SendPci, PUCHAR TxBuffer, DWORD TxLength, PUCHAR RxBuffer,
                               PDWORD RxLength, PSCARD_IO_HEADER RecvPci) {
  (void)Lun;
  long n = ask(APDU, TxBuffer, (uint32_t)TxLength, RxBuffer, (uint32_t)*RxLength);
  if (n < 2) {
    *RxLength = 0;
    return IFD_COMMUNICATION_ERROR;
  }
  RecvPci->Protocol = SendPci.Protocol;
  *RxLength = (DWORD)n;
  return IFD_SUCCESS;
}

RESPONSECODE IFDHICCPresence(DWORD Lun) {
  (void)Lun;
  unsigned char there = 0;
  return ask(PRESENT, NULL, 0, &there, 1) == 1 && there ? IFD_ICC_PRESENT : IFD_ICC_NOT_PRESENT;
}

// What a reader finds of a structure. A condition that does not hold goes to
// the test, and the host gets 6B80.
#define CHECK(condition)                                             \
  do {                                                               \
    if (!(condition)) {                                              \
      ask(WRONG, #condition, (uint32_t)strlen(#condition), NULL, 0); \
      return 0x6B80;                                                 \
    }                                                                \
  } while (0)

// The command that the reader completes, and how.
struct entry {
  unsigned char format, block, seconds;
  unsigned shortest, longest;
  unsigned char command[64];
  uint32_t length;
};

static unsigned take(struct entry *e, const unsigned char *data, uint32_t length, size_t have) {
  CHECK(length == have && length <= sizeof e->command);
  CHECK(e->format == 0x82);  // bytes, position 0, left, ASCII
  CHECK(e->block == 8);
  CHECK(e->seconds >= 10 && e->seconds <= 60);
  CHECK(e->shortest >= 4 && e->shortest <= e->longest && e->longest <= e->block);
  CHECK(length > 5 && data[4] == length - 5);
  memcpy(e->command, data, length);
  e->length = length;
  return 0;
}

// type asks the person for a PIN and puts it into a block of the command.
static unsigned type(struct entry *e, unsigned char which, size_t offset) {
  unsigned char question[2] = {which, e->seconds}, answer[17];
  long n = ask(TYPE, question, 2, answer, sizeof answer);
  if (n < 1 || answer[0] == TIMEOUT) return 0x6400;
  if (answer[0] == CANCELLED) return 0x6401;
  size_t digits = (size_t)n - 1;
  if (digits < e->shortest || digits > e->longest) return 0x6403;
  CHECK(5 + offset + e->block <= e->length);
  for (size_t i = 0; i < e->block; i++) CHECK(e->command[5 + offset + i] == 0xFF);  // the filling is the command's
  memcpy(e->command + 5 + offset, answer + 1, digits);
  memset(answer, 0, sizeof answer);
  return 0;
}

static unsigned verify(const unsigned char *tx, size_t length, struct entry *e) {
  const PIN_VERIFY_STRUCTURE *s = (const void *)tx;
  CHECK(length > sizeof *s);
  CHECK(s->bTimerOut2 == s->bTimerOut && s->bmPINLengthFormat == 0);
  CHECK(s->bEntryValidationCondition == 2 && s->bNumberMessage == 1 && s->bMsgIndex == 0);
  CHECK(s->wLangId == 0x0410);
  CHECK(s->bTeoPrologue[0] == 0 && s->bTeoPrologue[1] == 0 && s->bTeoPrologue[2] == 0);
  e->format = s->bmFormatString, e->block = s->bmPINBlockString, e->seconds = s->bTimerOut;
  e->shortest = s->wPINMaxExtraDigit >> 8, e->longest = s->wPINMaxExtraDigit & 0xFF;
  unsigned sw = take(e, s->abData, s->ulDataLength, length - sizeof *s);
  if (sw != 0) return sw;
  CHECK(e->command[0] == 0 && e->command[1] == 0x20 && e->command[2] == 0 && e->command[4] == e->block);
  return type(e, OLD_PIN, 0);
}

static unsigned modify(const unsigned char *tx, size_t length, struct entry *e) {
  const PIN_MODIFY_STRUCTURE *s = (const void *)tx;
  struct entry again;
  CHECK(length > sizeof *s);
  CHECK(s->bTimerOut2 == s->bTimerOut && s->bmPINLengthFormat == 0);
  CHECK(s->bConfirmPIN == 3 && s->bEntryValidationCondition == 2 && s->bNumberMessage == 3);
  CHECK(s->bMsgIndex1 == 0 && s->bMsgIndex2 == 1 && s->bMsgIndex3 == 2 && s->wLangId == 0x0410);
  CHECK(s->bTeoPrologue[0] == 0 && s->bTeoPrologue[1] == 0 && s->bTeoPrologue[2] == 0);
  e->format = s->bmFormatString, e->block = s->bmPINBlockString, e->seconds = s->bTimerOut;
  e->shortest = s->wPINMaxExtraDigit >> 8, e->longest = s->wPINMaxExtraDigit & 0xFF;
  unsigned sw = take(e, s->abData, s->ulDataLength, length - sizeof *s);
  if (sw != 0) return sw;
  CHECK(e->command[0] == 0 && e->command[1] == 0x24 && e->command[2] == 0 && e->command[4] == 2 * e->block);
  CHECK(s->bInsertionOffsetOld == 0 && s->bInsertionOffsetNew == e->block);
  if ((sw = type(e, OLD_PIN, s->bInsertionOffsetOld)) != 0) return sw;
  again = *e;
  if ((sw = type(e, NEW_PIN, s->bInsertionOffsetNew)) != 0) return sw;
  if ((sw = type(&again, CONFIRMATION, s->bInsertionOffsetNew)) != 0) return sw;
  sw = memcmp(e->command, again.command, e->length) == 0 ? 0 : 0x6402;
  memset(&again, 0, sizeof again);
  return sw;
}

static RESPONSECODE enter(unsigned (*fill)(const unsigned char *, size_t, struct entry *), PUCHAR tx, DWORD length,
                          PUCHAR rx, DWORD room, LPDWORD returned) {
  struct entry e = {0};
  unsigned sw = fill(tx, length, &e);
  long n = 2;
  rx[0] = (unsigned char)(sw >> 8), rx[1] = (unsigned char)sw;
  if (sw == 0) n = ask(APDU, e.command, e.length, rx, (uint32_t)room);
  memset(&e, 0, sizeof e);
  if (n < 2) return IFD_COMMUNICATION_ERROR;
  *returned = (DWORD)n;
  return IFD_SUCCESS;
}

static size_t put_feature(unsigned char *out, unsigned char tag, uint32_t code) {
  unsigned char f[] = {tag, 4, code >> 24, code >> 16, code >> 8, code};
  memcpy(out, f, sizeof f);
  return sizeof f;
}

RESPONSECODE IFDHControl(DWORD Lun, DWORD code, PUCHAR tx, DWORD length, PUCHAR rx, DWORD room, LPDWORD returned) {
  (void)Lun;
  unsigned char f[5] = {0};  // what there is, then USB vendor and product
  *returned = 0;
  if (ask(FEATURES, NULL, 0, f, sizeof f) != sizeof f || room < 32) return IFD_COMMUNICATION_ERROR;
  if (code == CM_IOCTL_GET_FEATURE_REQUEST) {
    size_t n = 0;
    if (f[0] & HAS_VERIFY) n += put_feature(rx + n, FEATURE_VERIFY_PIN_DIRECT, CODE_VERIFY);
    if (f[0] & HAS_MODIFY) n += put_feature(rx + n, FEATURE_MODIFY_PIN_DIRECT, CODE_MODIFY);
    if (f[0] & HAS_PROPERTIES) n += put_feature(rx + n, FEATURE_GET_TLV_PROPERTIES, CODE_PROPERTIES);
    *returned = (DWORD)n;
    return IFD_SUCCESS;
  }
  if (code == CODE_PROPERTIES && (f[0] & HAS_PROPERTIES)) {
    unsigned char p[] = {PCSCv2_PART10_PROPERTY_wIdVendor,  2, f[1], f[2],
                         PCSCv2_PART10_PROPERTY_wIdProduct, 2, f[3], f[4]};
    memcpy(rx, p, sizeof p);
    *returned = sizeof p;
    return IFD_SUCCESS;
  }
  if (f[0] & IS_BROKEN) return IFD_COMMUNICATION_ERROR;
  if (code == CODE_VERIFY && (f[0] & HAS_VERIFY)) return enter(verify, tx, length, rx, room, returned);
  if (code == CODE_MODIFY && (f[0] & HAS_MODIFY)) return enter(modify, tx, length, rx, room, returned);
  return IFD_ERROR_NOT_SUPPORTED;
}
