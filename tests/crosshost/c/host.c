// SPDX-License-Identifier: Apache-2.0
//
// A PKCS #11 host for systems that the tests reach only through an emulator. It
// does what a browser does with the library, and prints one line for each
// thing that it saw: a word and what belongs to it, CK_RV in hexadecimal. It
// judges nothing; the test does.
//
//   host LIBRARY PIN WRONG-PIN [faults | leave]
//
// With "leave" it ends after the login, without a word to the library.
// With "faults" it asks, by the words "pull" and "put back", for the card to be
// taken out and put back, by "stop" and "start" the same of the PC/SC service,
// and goes on each time after a line on its standard input.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../include/pkcs11.h"
#include "system.h"

static CK_FUNCTION_LIST *p11;
static CK_SESSION_HANDLE session;
static CK_SLOT_ID slot;

static const CK_BYTE text[] = "The quick brown fox jumps over the lazy dog";
#define SAMPLE (CK_BYTE *)text, sizeof text - 1

static void rv(const char *word, CK_RV code) { printf("%s %lx\n", word, code); }

static void bytes(const char *word, const CK_BYTE *data, CK_ULONG n) {
  printf("%s ", word);
  for (CK_ULONG i = 0; i < n; i++) printf("%02x", data[i]);
  printf("\n");
}

static void padded(const char *word, const CK_UTF8CHAR *data, int n) {
  while (n > 0 && data[n - 1] == ' ') n--;
  printf("%s %.*s\n", word, n, (const char *)data);
}

static void general(library lib) {
  CK_C_GetInterface get = (CK_C_GetInterface)symbol(lib, "C_GetInterface");
  CK_INTERFACE *iface = NULL;
  CK_VERSION v3 = {3, 0};
  CK_RV code = get == NULL ? CKR_FUNCTION_NOT_SUPPORTED : get((CK_UTF8CHAR *)"PKCS 11", &v3, &iface, 0);
  if (code == CKR_OK) {
    CK_FUNCTION_LIST_3_0 *list = iface->pFunctionList;
    printf("interface %s %d.%d %d\n", (char *)iface->pInterfaceName, list->version.major, list->version.minor,
           list->C_Sign == p11->C_Sign);
  }
  CK_INFO info;
  rv("early", p11->C_GetInfo(&info));
  CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK, .pReserved = &info};
  rv("reserved", p11->C_Initialize(&args));
  args.pReserved = NULL;
  rv("initialize", p11->C_Initialize(&args));
  rv("again", p11->C_Initialize(NULL));
  memset(&info, 0xAA, sizeof info);
  rv("info", p11->C_GetInfo(&info));
  printf("cryptoki %d.%d\n", info.cryptokiVersion.major, info.cryptokiVersion.minor);
  padded("manufacturer", info.manufacturerID, 32);
  padded("description", info.libraryDescription, 32);
  printf("info-flags %lx\n", info.flags);
  rv("bad-pointer", p11->C_GetInfo((CK_INFO *)(size_t)0x10000));
}

static int slots(void) {
  CK_SLOT_ID ids[16];
  CK_ULONG n = 0, count = 16;
  rv("slot-count", p11->C_GetSlotList(CK_TRUE, NULL, &n));
  rv("slot-list", p11->C_GetSlotList(CK_TRUE, ids, &count));
  printf("slots %lu %lu\n", n, count);
  if (count == 0) return 0;
  slot = ids[0];
  CK_SLOT_INFO info;
  rv("slot-info", p11->C_GetSlotInfo(slot, &info));
  padded("slot", info.slotDescription, 64);
  printf("slot-flags %lx\n", info.flags);
  CK_TOKEN_INFO token;
  rv("token-info", p11->C_GetTokenInfo(slot, &token));
  padded("label", token.label, 32);
  padded("serial", token.serialNumber, 16);
  printf("token-flags %lx pin %lu-%lu memory %d\n", token.flags, token.ulMinPinLen, token.ulMaxPinLen,
         token.ulFreePublicMemory == CK_UNAVAILABLE_INFORMATION);
  CK_MECHANISM_TYPE types[64];
  count = 64;
  rv("mechanism-list", p11->C_GetMechanismList(slot, types, &count));
  printf("mechanisms %lu\n", count);
  CK_MECHANISM_INFO mechanism;
  rv("mechanism-info", p11->C_GetMechanismInfo(slot, CKM_RSA_PKCS_PSS, &mechanism));
  printf("pss-bits %lu-%lu\n", mechanism.ulMinKeySize, mechanism.ulMaxKeySize);
  return 1;
}

// find looks for the first object of a class, with the id of another or any.
static CK_OBJECT_HANDLE find(CK_OBJECT_CLASS class, const CK_BYTE *id, CK_ULONG n) {
  CK_BBOOL yes = CK_TRUE;
  CK_ATTRIBUTE template[] = {
      {CKA_TOKEN, &yes, sizeof yes}, {CKA_CLASS, &class, sizeof class}, {CKA_ID, (CK_VOID_PTR)id, n}};
  CK_OBJECT_HANDLE found = CK_INVALID_HANDLE;
  CK_ULONG count = 0;
  CK_RV code = p11->C_FindObjectsInit(session, template, id == NULL ? 2 : 3);
  if (code == CKR_OK) code = p11->C_FindObjects(session, &found, 1, &count);
  if (code == CKR_OK) code = p11->C_FindObjectsFinal(session);
  if (code != CKR_OK) rv("find", code);
  return count == 1 ? found : CK_INVALID_HANDLE;
}

static void objects(void) {
  CK_OBJECT_HANDLE all[64];
  CK_ULONG count = 0;
  rv("find-all", p11->C_FindObjectsInit(session, NULL, 0));
  rv("found", p11->C_FindObjects(session, all, 64, &count));
  rv("find-end", p11->C_FindObjectsFinal(session));
  for (CK_ULONG i = 0; i < count; i++) {
    CK_OBJECT_CLASS class = 0;
    CK_UTF8CHAR label[64];
    CK_BYTE none[1];
    // One that is there, one that is no attribute of any object, one more.
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof class}, {CKA_VENDOR_DEFINED, none, sizeof none}, {CKA_LABEL, label, sizeof label}};
    CK_RV code = p11->C_GetAttributeValue(session, all[i], template, 3);
    int n = template[2].ulValueLen == CK_UNAVAILABLE_INFORMATION ? 0 : (int)template[2].ulValueLen;
    printf("object %lx %lx %d %.*s\n", code, class, template[1].ulValueLen == CK_UNAVAILABLE_INFORMATION, n, label);
  }
}

static CK_ULONG certificate(CK_BYTE *id, CK_ULONG room) {
  CK_OBJECT_HANDLE object = find(CKO_CERTIFICATE, NULL, 0);
  CK_ATTRIBUTE size = {CKA_VALUE, NULL, 0};
  rv("certificate-size", p11->C_GetAttributeValue(session, object, &size, 1));
  static CK_BYTE value[8192];
  CK_ATTRIBUTE template[] = {{CKA_ID, id, room}, {CKA_VALUE, value, size.ulValueLen}};
  CK_RV code =
      size.ulValueLen > sizeof value ? CKR_HOST_MEMORY : p11->C_GetAttributeValue(session, object, template, 2);
  rv("certificate-read", code);
  if (code != CKR_OK) return 0;
  bytes("id", id, template[0].ulValueLen);
  bytes("certificate", value, template[1].ulValueLen);
  return template[0].ulValueLen;
}

static void log_in(const char *wrong, const char *pin) {
  CK_TOKEN_INFO token;
  CK_SESSION_INFO info;
  rv("wrong-pin", p11->C_Login(session, CKU_USER, (CK_UTF8CHAR *)wrong, (CK_ULONG)strlen(wrong)));
  if (p11->C_GetTokenInfo(slot, &token) == CKR_OK) printf("flags-then %lx\n", token.flags);
  rv("login", p11->C_Login(session, CKU_USER, (CK_UTF8CHAR *)pin, (CK_ULONG)strlen(pin)));
  if (p11->C_GetSessionInfo(session, &info) == CKR_OK)
    printf("session %d %lx %lx\n", info.slotID == slot, info.state, info.flags);
}

static void sign(const char *word, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, CK_BYTE *data, CK_ULONG n) {
  CK_BYTE signature[512];
  CK_ULONG size = 0, room = sizeof signature;
  CK_RV code = p11->C_SignInit(session, mechanism, key);
  if (code == CKR_OK) code = p11->C_Sign(session, data, n, NULL, &size);
  if (code == CKR_OK) code = p11->C_Sign(session, data, n, signature, &room);
  if (code == CKR_OK && room == size)
    bytes(word, signature, room);
  else
    printf("%s failed %lx %lu %lu\n", word, code, size, room);
}

static const CK_BYTE sha256_prefix[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                        0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

static void signatures(CK_OBJECT_HANDLE key) {
  CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, 32};
  CK_MECHANISM sha256 = {CKM_SHA256, NULL, 0}, pkcs = {CKM_RSA_PKCS, NULL, 0},
               sha_pkcs = {CKM_SHA256_RSA_PKCS, NULL, 0}, raw_pss = {CKM_RSA_PKCS_PSS, &pss, sizeof pss},
               sha_pss = {CKM_SHA256_RSA_PKCS_PSS, &pss, sizeof pss};
  CK_BYTE info[sizeof sha256_prefix + 32];
  CK_ULONG n = 32;
  memcpy(info, sha256_prefix, sizeof sha256_prefix);
  rv("digest-init", p11->C_DigestInit(session, &sha256));
  rv("digest", p11->C_Digest(session, SAMPLE, info + sizeof sha256_prefix, &n));
  sign("pkcs", &pkcs, key, info, sizeof info);
  sign("sha-pkcs", &sha_pkcs, key, SAMPLE);
  sign("pss", &raw_pss, key, info + sizeof sha256_prefix, 32);
  sign("sha-pss", &sha_pss, key, SAMPLE);
  CK_BYTE small[16], signature[512];
  n = sizeof small;
  rv("sign-init", p11->C_SignInit(session, &sha_pkcs, key));
  CK_RV code = p11->C_Sign(session, SAMPLE, small, &n);
  printf("small %lx %lu\n", code, n);
  n = sizeof signature;
  rv("then", p11->C_Sign(session, SAMPLE, signature, &n));
}

// OAEP is done in software with the public key; its parameter is the structure
// that a packed layout changes most. The pointer is followed before the key is
// judged, as a NULL with a length shows.
static void oaep(CK_OBJECT_HANDLE key) {
  CK_RSA_PKCS_OAEP_PARAMS p = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, (CK_VOID_PTR) "label", 5};
  CK_MECHANISM m = {CKM_RSA_PKCS_OAEP, &p, sizeof p};
  CK_BYTE out[512];
  CK_ULONG n = sizeof out;
  CK_RV code = p11->C_EncryptInit(session, &m, key);
  rv("oaep-init", code);
  if (code == CKR_OK) code = p11->C_Encrypt(session, SAMPLE, out, &n);
  if (code == CKR_OK) bytes("oaep", out, n);
  p.pSourceData = NULL;
  rv("oaep-null", p11->C_EncryptInit(session, &m, key));
}

struct job {
  CK_OBJECT_HANDLE key;
  int good;
};

static THREAD_BODY sign_beside(void *argument) {
  struct job *j = argument;
  CK_SESSION_HANDLE own;
  CK_MECHANISM m = {CKM_SHA256_RSA_PKCS, NULL, 0};
  CK_BYTE signature[512];
  if (p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &own) != CKR_OK) return 0;
  for (int i = 0; i < 5; i++) {
    CK_ULONG n = sizeof signature;
    j->good += p11->C_SignInit(own, &m, j->key) == CKR_OK && p11->C_Sign(own, SAMPLE, signature, &n) == CKR_OK;
  }
  p11->C_CloseSession(own);
  return 0;
}

static void threads(CK_OBJECT_HANDLE key) {
  enum { THREADS = 6 };
  thread t[THREADS];
  struct job jobs[THREADS];
  int good = 0;
  for (int i = 0; i < THREADS; i++) {
    jobs[i] = (struct job){key, 0};
    if (!start(&t[i], sign_beside, &jobs[i])) return;
  }
  for (int i = 0; i < THREADS; i++) {
    join(t[i]);
    good += jobs[i].good;
  }
  printf("threads %d\n", good);
}

static void ask(const char *word) {
  char line[16];
  printf("%s\n", word);
  fflush(stdout);
  if (fgets(line, sizeof line, stdin) == NULL) printf("no answer\n");
}

// Something goes and comes back: the card ("pull", "put back") or the whole
// service ("stop", "start").
static void interrupt(const char *away, const char *back, const char *pin, const CK_BYTE *id, CK_ULONG n) {
  CK_SLOT_ID where = 0;
  CK_SLOT_INFO info;
  CK_SESSION_INFO about;
  CK_MECHANISM m = {CKM_SHA256_RSA_PKCS, NULL, 0};
  while (p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &where, NULL) == CKR_OK) {
  }
  ask(away);
  rv("gone", p11->C_WaitForSlotEvent(0, &where, NULL));
  if (p11->C_GetSlotInfo(where, &info) == CKR_OK) printf("gone-slot %d %lx\n", where == slot, info.flags);
  rv("gone-session", p11->C_GetSessionInfo(session, &about));
  ask(back);
  rv("back", p11->C_WaitForSlotEvent(0, &where, NULL));
  rv("back-session", p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session));
  rv("back-login", p11->C_Login(session, CKU_USER, (CK_UTF8CHAR *)pin, (CK_ULONG)strlen(pin)));
  sign("back-signature", &m, find(CKO_PRIVATE_KEY, id, n), SAMPLE);
}

static int use(library lib, char **argv, const char *extra) {
  CK_C_GetFunctionList get = (CK_C_GetFunctionList)symbol(lib, "C_GetFunctionList");
  if (get == NULL || get(&p11) != CKR_OK) return 0;
  printf("functions %d.%d\n", p11->version.major, p11->version.minor);
  general(lib);
  if (!slots()) return 0;
  CK_BYTE id[64];
  rv("open", p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session));
  objects();
  CK_ULONG n = certificate(id, sizeof id);
  log_in(argv[3], argv[2]);
  if (strcmp(extra, "leave") == 0) {
    printf("leaving\n");
    exit(0);
  }
  CK_OBJECT_HANDLE key = find(CKO_PRIVATE_KEY, id, n);
  signatures(key);
  oaep(find(CKO_PUBLIC_KEY, id, n));
  threads(key);
  if (strcmp(extra, "faults") == 0) {
    interrupt("pull", "put back", argv[2], id, n);
    interrupt("stop", "start", argv[2], id, n);
    key = find(CKO_PRIVATE_KEY, id, n);
  }
  CK_MECHANISM m = {CKM_SHA256_RSA_PKCS, NULL, 0};
  rv("logout", p11->C_Logout(session));
  rv("sign-after", p11->C_SignInit(session, &m, key));
  printf("key-after %d\n", find(CKO_PRIVATE_KEY, id, n) != CK_INVALID_HANDLE);
  rv("finalize", p11->C_Finalize(NULL));
  rv("late", p11->C_CloseSession(session));
  return 1;
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOFBF, 1 << 16);
  printf("started\n");  // an emulator that cannot start a program says nothing
  fflush(stdout);
  library lib = argc < 4 ? NULL : load(argv[1]);
  if (lib == NULL || !use(lib, argv, argc > 4 ? argv[4] : "")) {
    printf("stopped\n");
    return 1;
  }
  for (int i = 0; i < 3; i++) {
    unload(lib);
    printf("resident %d\n", is_resident(argv[1]));
    CK_ULONG n = 0;
    lib = load(argv[1]);
    CK_C_GetFunctionList get = lib == NULL ? NULL : (CK_C_GetFunctionList)symbol(lib, "C_GetFunctionList");
    if (get == NULL || get(&p11) != CKR_OK) return 1;
    CK_RV code = p11->C_Initialize(NULL);
    if (code == CKR_OK) code = p11->C_GetSlotList(CK_TRUE, NULL, &n);
    printf("reload %lx %lu %lx\n", code, n, p11->C_Finalize(NULL));
  }
  printf("done\n");
  return 0;
}
