// SPDX-License-Identifier: Apache-2.0
//
// A host that closes every descriptor but the standard ones after the library
// has worked for a while, as programs do that go into the background, and uses
// their numbers for files of its own. Arguments: library, "card" or "double".

#include "card.h"

#include <sys/mman.h>
#include <sys/stat.h>

enum { FILES = 64, SIGNATURES = 1500, CALLS = 20000 };

// Counts the descriptors of the Go runtime, epoll and eventfd, and of files in
// the runtime directory, where the library remembers cards, but for the lock of
// a login.
static int kept(void) {
  int n = 0;
  const char *directory = getenv("XDG_RUNTIME_DIR");
  DIR *d = opendir("/proc/self/fd");
  for (struct dirent *e; (e = readdir(d)) != NULL;) {
    char path[300], target[300] = "";
    snprintf(path, sizeof path, "/proc/self/fd/%s", e->d_name);
    if (readlink(path, target, sizeof target - 1) <= 0) continue;
    n += strncmp(target, "anon_inode:[event", 17) == 0;
    n += directory != NULL && *directory != 0 && strncmp(target, directory, strlen(directory)) == 0 &&
         strstr(target, "/login-") == NULL;
  }
  closedir(d);
  return n;
}

// Calls whose Go side panics: each leaves something to the garbage collector.
static void panic_often(void) {
  CK_BYTE data[64] = {0}, signature[512];
  for (int i = 0; i < CALLS; i++) {
    CK_ULONG n = sizeof signature;
    EXPECT_RV(f->C_Sign(2, data, sizeof data, signature, &n), CKR_GENERAL_ERROR);
  }
}

static void with_double(void) {
  int files[FILES];
  struct stat info;
  panic_often();
  EXPECT(kept() == 0, "%d descriptors of the Go runtime or of the cache", kept());
  for (int i = 3; i < 1024; i++) close(i);
  for (int i = 0; i < FILES; i++) files[i] = memfd_create("host", 0);
  panic_often();
  for (int i = 0; i < FILES; i++) {
    EXPECT(fstat(files[i], &info) == 0, "the host's descriptor %d was closed", files[i]);
    EXPECT(info.st_size == 0, "%ld bytes were written to the host's descriptor %d", (long)info.st_size, files[i]);
  }
}

// Its salt is random.
static CK_RV sign_pss(struct user *u) {
  CK_RSA_PKCS_PSS_PARAMS p = {CKM_SHA256, CKG_MGF1_SHA256, 32};
  CK_MECHANISM m = {CKM_SHA256_RSA_PKCS_PSS, &p, sizeof p};
  CK_BYTE signature[512];
  CK_ULONG n = sizeof signature;
  CK_RV rv = f->C_SignInit(u->session, &m, u->key);
  return rv == CKR_OK ? f->C_Sign(u->session, (CK_BYTE_PTR) "dati", 4, signature, &n) : rv;
}

static void with_card(void) {
  struct user u;
  EXPECT_RV(log_in(&u), CKR_OK);
  EXPECT_RV(sign_pss(&u), CKR_OK);
  for (int i = 0; i < SIGNATURES; i++) EXPECT_RV(sign_once(&u), CKR_OK);
  EXPECT(kept() == 0, "%d descriptors of the Go runtime or of the cache", kept());
  for (int i = 3; i < 1024; i++) close(i);
  for (int i = 0; i < SIGNATURES; i++) sign_once(&u);  // fails: the connection to the service is closed, too
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  EXPECT_RV(log_in(&u), CKR_OK);
  EXPECT_RV(sign_once(&u), CKR_OK);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  f = load(argv[1]);
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  if (strcmp(argv[2], "card") == 0)
    with_card();
  else
    with_double();
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  return done();
}
