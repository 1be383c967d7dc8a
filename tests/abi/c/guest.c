// SPDX-License-Identifier: Apache-2.0
//
// What the library takes from its host: no descriptor, no signal meant for the
// host, no change of the caller's signal mask.

#include "common.h"

#include <signal.h>
#include <time.h>

static int descriptors(void) { return entries("/proc/self/fd"); }

// Waits until the descriptors are as many as before: the Go runtime starts in
// a thread of its own and reads files of the system while it does.
static int settled(int before) {
  const struct timespec pause = {0, 1000000};
  for (int tries = 0; tries < 5000 && descriptors() != before; tries++) nanosleep(&pause, NULL);
  return descriptors() == before;
}

// Counts the threads other than this one, and those of them that would take
// one of the host's asynchronous signals. SIGCHLD is not among them: the Go
// runtime opens it in each of its threads (runtime/sigtab_linux_generic.go,
// _SigUnblock), whatever mask they are born with.
static int open_threads(int *threads) {
  static const int host[] = {SIGALRM, SIGINT, SIGTERM, SIGUSR1, SIGHUP, SIGPIPE};
  int open = 0;
  *threads = 0;
  DIR *d = opendir("/proc/self/task");
  for (struct dirent *e; (e = readdir(d)) != NULL;) {
    if (e->d_name[0] == '.' || atoi(e->d_name) == getpid()) continue;
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/self/task/%.20s/status", e->d_name);
    FILE *status = fopen(path, "r");
    if (status == NULL) continue;  // ended meanwhile
    unsigned long long blocked = 0;
    while (fgets(line, sizeof line, status) != NULL) sscanf(line, "SigBlk: %llx", &blocked);
    fclose(status);
    (*threads)++;
    for (size_t i = 0; i < sizeof host / sizeof host[0]; i++)
      if (!(blocked >> (host[i] - 1) & 1)) {
        printf("thread %s takes signal %d\n", e->d_name, host[i]);
        open++;
        break;
      }
  }
  closedir(d);
  return open;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  int before = descriptors(), threads = 0;
  sigset_t mine, now;
  sigemptyset(&mine);
  sigaddset(&mine, SIGUSR2);
  pthread_sigmask(SIG_SETMASK, &mine, NULL);
  CK_FUNCTION_LIST_3_0 *f = load(argv[1]);
  EXPECT(settled(before), "%d descriptors more after loading", descriptors() - before);
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  CK_INFO info;
  for (int i = 0; i < 1000; i++) EXPECT_RV(f->C_GetInfo(&info), CKR_OK);
  EXPECT(settled(before), "%d descriptors more after C_Initialize", descriptors() - before);
  int open = open_threads(&threads);
  EXPECT(threads > 0 && open == 0, "%d of %d threads take the host's signals", open, threads);
  pthread_sigmask(SIG_SETMASK, NULL, &now);
  for (int s = 1; s < 32; s++)
    EXPECT(sigismember(&now, s) == sigismember(&mine, s), "signal %d in the caller's mask", s);
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  EXPECT(settled(before), "%d descriptors more at the end", descriptors() - before);
  return done();
}
