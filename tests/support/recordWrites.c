/*
 * Records every write, truncation, sync and removal of files below RECORD_DIR into RECORD_LOG, in the order in which they
 * happen: loaded into a program with LD_PRELOAD. A record is: kind (1), length of path (2), path, offset (8), length (4),
 * octets; numbers little-endian as the machine has them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define FILES 4096
static char *paths[FILES];
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static int out = -1;
static const char *below;

static void put(const void *octets, size_t length) {
  const char *at = octets;
  while (length > 0) {
    ssize_t done = syscall(SYS_write, out, at, length);
    if (done <= 0) abort();
    at += done;
    length -= (size_t)done;
  }
}

static void record(char kind, const char *path, uint64_t offset, const void *octets, size_t size) {
  uint16_t named = (uint16_t)strlen(path);
  uint32_t length = (uint32_t)size;
  put(&kind, 1);
  put(&named, 2);
  put(path, named);
  put(&offset, 8);
  put(&length, 4);
  if (octets != NULL) put(octets, size);
}

__attribute__((constructor)) static void start(void) {
  const char *log = getenv("RECORD_LOG");
  below = getenv("RECORD_DIR");
  if (log != NULL && below != NULL)
    out = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static const char *name(int fd) { return out >= 0 && fd >= 0 && fd < FILES ? paths[fd] : NULL; }

static int opened(int fd, const char *path) {
  if (out < 0 || fd < 0 || fd >= FILES) return fd;
  pthread_mutex_lock(&order);
  free(paths[fd]);
  paths[fd] = strncmp(path, below, strlen(below)) == 0 ? strdup(path) : NULL;
  pthread_mutex_unlock(&order);
  return fd;
}

#define REAL(type, function, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #function))

#define OPEN(function)                                                                   \
  int function(const char *path, int flags, ...) {                                       \
    va_list rest;                                                                        \
    va_start(rest, flags);                                                               \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;       \
    va_end(rest);                                                                        \
    return opened(REAL(int, function, const char *, int, ...)(path, flags, mode), path); \
  }
OPEN(open)
OPEN(open64)

int close(int fd) {
  if (name(fd) != NULL) opened(fd, "");
  return REAL(int, close, int)(fd);
}

ssize_t write(int fd, const void *octets, size_t size) {
  if (name(fd) == NULL) return REAL(ssize_t, write, int, const void *, size_t)(fd, octets, size);
  pthread_mutex_lock(&order);
  ssize_t done = REAL(ssize_t, write, int, const void *, size_t)(fd, octets, size);
  if (done > 0) record('W', paths[fd], (uint64_t)(lseek(fd, 0, SEEK_CUR) - done), octets, (size_t)done);
  pthread_mutex_unlock(&order);
  return done;
}

#define PWRITE(function, offset_type)                                                                        \
  ssize_t function(int fd, const void *octets, size_t size, offset_type offset) {                            \
    ssize_t (*real)(int, const void *, size_t, offset_type) =                                                \
        REAL(ssize_t, function, int, const void *, size_t, offset_type);                                     \
    if (name(fd) == NULL) return real(fd, octets, size, offset);                                             \
    pthread_mutex_lock(&order);                                                                              \
    ssize_t done = real(fd, octets, size, offset);                                                           \
    if (done > 0) record('W', paths[fd], (uint64_t)offset, octets, (size_t)done);                            \
    pthread_mutex_unlock(&order);                                                                            \
    return done;                                                                                             \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define TRUNCATE(function, offset_type)                                                  \
  int function(int fd, offset_type size) {                                               \
    int (*real)(int, offset_type) = REAL(int, function, int, offset_type);               \
    if (name(fd) == NULL) return real(fd, size);                                         \
    pthread_mutex_lock(&order);                                                          \
    int failed = real(fd, size);                                                         \
    if (failed == 0) record('T', paths[fd], (uint64_t)size, NULL, 0);                    \
    pthread_mutex_unlock(&order);                                                        \
    return failed;                                                                       \
  }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define SYNC(function)                                            \
  int function(int fd) {                                          \
    int (*real)(int) = REAL(int, function, int);                  \
    if (name(fd) == NULL) return real(fd);                        \
    pthread_mutex_lock(&order);                                   \
    int failed = real(fd);                                        \
    if (failed == 0) record('S', paths[fd], 0, NULL, 0);          \
    pthread_mutex_unlock(&order);                                 \
    return failed;                                                \
  }
SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path) {
  int (*real)(const char *) = REAL(int, unlink, const char *);
  if (out < 0 || strncmp(path, below, strlen(below)) != 0) return real(path);
  pthread_mutex_lock(&order);
  int failed = real(path);
  if (failed == 0) record('U', path, 0, NULL, 0);
  pthread_mutex_unlock(&order);
  return failed;
}
