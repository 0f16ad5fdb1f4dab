/* A disk that takes a second and a half for each sync: preloaded into the server by test_slow_disk.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static int slowly(const char *name, int file) {
    struct timespec pause = {1, 500000000};
    nanosleep(&pause, 0);
    return ((int (*)(int))dlsym(RTLD_NEXT, name))(file);
}

int fdatasync(int file) { return slowly("fdatasync", file); }

int fsync(int file) { return slowly("fsync", file); }
