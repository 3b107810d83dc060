/*
 * Records what a program does to the files of one folder, or kills the program at one of these acts; for
 * the fault tests XF2, XF3 and XF5. Loaded before libc (LD_PRELOAD), so no program knows of it.
 *
 *   MCSCP_DISK_FOLDER  the folder; acts elsewhere are not looked at
 *   MCSCP_DISK_LOG     where acts are recorded, appended in the order they happened (disk/recording.ts)
 *   MCSCP_DISK_KILL    <act>:<file's end>:<k>:<before|after>, as `sync:.db-wal:3:before`: die of SIGKILL
 *                      before or after the k-th such act
 *   MCSCP_DISK_FAIL    <file's end>:<k>: such files are flushed no more from the k-th flush on, which fails
 *
 * Acts: write, truncate, sync, create, rename, link, unlink, and tell: a line on standard output that
 * begins with `A ` or `W `. A write is recorded once it returned; a flush when it begins and when it has
 * ended, so that no write which came beside it is taken for flushed. Two more are points to die at and
 * recorded nowhere: send and receive, on a socket whose one end is the port or the Unix socket that the
 * test named in place of a file; receive once something came.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define FDS 4096

/* As disk/recording.ts reads them. */
enum act { WRITE = 1, TRUNCATE, SYNC_BEGIN, SYNC_END, CREATE, RENAME, UNLINK, TELL, SYNC_FAIL };

struct record {
  uint32_t act;
  uint32_t length; /* of the bytes that follow */
  uint64_t file;   /* inode; of a flush that began, and of its end */
  uint64_t offset; /* of a write; the length of a truncation; the number of a flush */
};

static const char *folder;
static size_t folder_length;
static int log_fd = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t inode_of[FDS];
static char name_of[FDS][64];
static uint64_t flushes;
static char fail_end[64];
static long fail_at, fail_seen;

static char kill_act[16], kill_end[64], kill_when[8];
static long kill_at, kill_seen;

static ssize_t (*real_read)(int, void *, size_t);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static ssize_t (*real_pwritev)(int, const struct iovec *, int, off64_t);
static int (*real_ftruncate)(int, off64_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static int (*real_rename)(const char *, const char *);
static int (*real_link)(const char *, const char *);
static int (*real_unlink)(const char *);

__attribute__((constructor)) static void begin(void) {
  real_read = dlsym(RTLD_NEXT, "read");
  real_write = dlsym(RTLD_NEXT, "write");
  real_writev = dlsym(RTLD_NEXT, "writev");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_pwritev = dlsym(RTLD_NEXT, "pwritev64");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_open = dlsym(RTLD_NEXT, "open64");
  real_close = dlsym(RTLD_NEXT, "close");
  real_rename = dlsym(RTLD_NEXT, "rename");
  real_link = dlsym(RTLD_NEXT, "link");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  folder = getenv("MCSCP_DISK_FOLDER");
  if (!folder) return;
  folder_length = strlen(folder);
  const char *path = getenv("MCSCP_DISK_LOG");
  if (path) log_fd = real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const char *point = getenv("MCSCP_DISK_KILL");
  const char *failing = getenv("MCSCP_DISK_FAIL");
  if (failing) sscanf(failing, "%63[^:]:%ld", fail_end, &fail_at);
  if (point) sscanf(point, "%15[^:]:%63[^:]:%ld:%7s", kill_act, kill_end, &kill_at, kill_when);
}

static int inside(const char *path) {
  return folder && strncmp(path, folder, folder_length) == 0;
}

static const char *base(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* Node closes files by the system call itself, unseen: what has their number now may be a socket. */
static uint64_t tracked(int fd) {
  if (fd < 0 || fd >= FDS || inode_of[fd] == 0) return 0;
  struct stat found;
  if (fstat(fd, &found) != 0 || found.st_ino != inode_of[fd]) inode_of[fd] = 0;
  return inode_of[fd];
}

/* One record in one write to a file opened for appending, so that it never falls between another's bytes. */
static void keep(enum act act, uint64_t file, uint64_t offset, const struct iovec *parts, int count) {
  if (log_fd < 0) return;
  struct record head = {act, 0, file, offset};
  struct iovec all[66] = {{&head, sizeof head}};
  for (int n = 0; n < count && n < 65; n++) {
    all[n + 1] = parts[n];
    head.length += parts[n].iov_len;
  }
  if (real_writev(log_fd, all, count + 1) != (ssize_t)(sizeof head + head.length)) abort();
}

static void keep_text(enum act act, uint64_t file, const char *one, const char *other) {
  struct iovec parts[] = {{(void *)one, strlen(one) + 1}, {(void *)other, strlen(other) + 1}};
  keep(act, file, 0, parts, 2);
}

static int ends(const char *name, const char *end) {
  size_t length = strlen(name), of_end = strlen(end);
  return length >= of_end && strcmp(name + length - of_end, end) == 0;
}

/* Dies here if this is the moment that the test named. Under the lock: no other act comes between. */
static void at(const char *act, const char *name, const char *when) {
  if (kill_at == 0 || strcmp(act, kill_act) != 0 || strcmp(when, kill_when) != 0) return;
  if (!ends(name, kill_end)) return;
  if (++kill_seen == kill_at) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
}

static ssize_t kept_write(int fd, ssize_t written, off64_t from, const struct iovec *parts, int count) {
  if (written <= 0) return written;
  struct iovec some[65];
  ssize_t left = written;
  int used = 0;
  for (; used < count && used < 65 && left > 0; used++) {
    some[used] = parts[used];
    if ((ssize_t)some[used].iov_len > left) some[used].iov_len = left;
    left -= some[used].iov_len;
  }
  keep(WRITE, tracked(fd), from, some, used);
  return written;
}

/* A write to a tracked file, at a place or at the file's own position. */
static ssize_t act_write(int fd, const struct iovec *parts, int count, off64_t where) {
  pthread_mutex_lock(&lock);
  at("write", name_of[fd], "before");
  off64_t from = where < 0 ? lseek64(fd, 0, SEEK_CUR) : where;
  ssize_t written = where < 0 ? real_writev(fd, parts, count) : real_pwritev(fd, parts, count, where);
  int error = errno;
  kept_write(fd, written, from, parts, count);
  at("write", name_of[fd], "after");
  pthread_mutex_unlock(&lock);
  errno = error;
  return written;
}

/* Whether one end of a socket is the port, or the path's end, that was named. */
static int is_named(int fd, int (*name_of_end)(int, struct sockaddr *, socklen_t *)) {
  union {
    struct sockaddr any;
    struct sockaddr_in inet;
    struct sockaddr_un unix_path;
    struct sockaddr_storage room;
  } end = {0};
  socklen_t length = sizeof end.room - 1;
  if (name_of_end(fd, &end.any, &length) != 0) return 0;
  if (end.any.sa_family == AF_UNIX) return ends(end.unix_path.sun_path, kill_end);
  return end.any.sa_family == AF_INET && ntohs(end.inet.sin_port) == atoi(kill_end);
}

/* Whether this act on a socket may be the moment that the test named. */
static int may_be(const char *act, int fd) {
  return kill_at && strcmp(act, kill_act) == 0 && (is_named(fd, getpeername) || is_named(fd, getsockname));
}

static void at_socket(const char *act, const char *when) {
  int error = errno;
  pthread_mutex_lock(&lock);
  at(act, kill_end, when);
  pthread_mutex_unlock(&lock);
  errno = error;
}

static ssize_t act_send(int fd, const struct iovec *parts, int count) {
  if (!may_be("send", fd)) return real_writev(fd, parts, count);
  at_socket("send", "before");
  ssize_t written = real_writev(fd, parts, count);
  if (written > 0) at_socket("send", "after");
  return written;
}

ssize_t read(int fd, void *bytes, size_t length) {
  ssize_t received = real_read(fd, bytes, length);
  int error = errno;
  if (received > 0 && may_be("receive", fd)) at_socket("receive", "after");
  errno = error;
  return received;
}

static int told(int fd, const void *bytes, size_t length) {
  return folder && fd == 1 && length > 2 && (memcmp(bytes, "A ", 2) == 0 || memcmp(bytes, "W ", 2) == 0);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  struct iovec part = {(void *)bytes, length};
  if (tracked(fd)) return act_write(fd, &part, 1, -1);
  if (!told(fd, bytes, length)) return act_send(fd, &part, 1);
  pthread_mutex_lock(&lock);
  at("tell", "told", "before");
  keep(TELL, 0, 0, &part, 1);
  ssize_t written = real_write(fd, bytes, length);
  at("tell", "told", "after");
  pthread_mutex_unlock(&lock);
  return written;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  return tracked(fd) ? act_write(fd, parts, count, -1) : act_send(fd, parts, count);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t where) {
  struct iovec part = {(void *)bytes, length};
  return tracked(fd) ? act_write(fd, &part, 1, where) : real_pwrite(fd, bytes, length, where);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t where) {
  return tracked(fd) ? act_write(fd, parts, count, where) : real_pwritev(fd, parts, count, where);
}

int ftruncate64(int fd, off64_t length) {
  if (!tracked(fd)) return real_ftruncate(fd, length);
  pthread_mutex_lock(&lock);
  at("truncate", name_of[fd], "before");
  int result = real_ftruncate(fd, length);
  if (result == 0) keep(TRUNCATE, tracked(fd), length, NULL, 0);
  at("truncate", name_of[fd], "after");
  pthread_mutex_unlock(&lock);
  return result;
}

static int act_sync(int fd, int (*real)(int)) {
  pthread_mutex_lock(&lock);
  at("sync", name_of[fd], "before");
  uint64_t flush = ++flushes;
  int fails = fail_at && ends(name_of[fd], fail_end) && ++fail_seen >= fail_at;
  keep(SYNC_BEGIN, tracked(fd), flush, NULL, 0);
  pthread_mutex_unlock(&lock);
  int result = fails ? -1 : real(fd);
  int error = fails ? EIO : errno;
  pthread_mutex_lock(&lock);
  keep(result == 0 ? SYNC_END : SYNC_FAIL, tracked(fd), flush, NULL, 0);
  at("sync", name_of[fd], "after");
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

int fsync(int fd) { return tracked(fd) ? act_sync(fd, real_fsync) : real_fsync(fd); }

int fdatasync(int fd) { return tracked(fd) ? act_sync(fd, real_fdatasync) : real_fdatasync(fd); }

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  if (!inside(path)) return real_open(path, flags, mode);
  pthread_mutex_lock(&lock);
  struct stat found;
  int fresh = (flags & O_CREAT) && stat(path, &found) != 0;
  if (fresh) at("create", base(path), "before");
  int fd = real_open(path, flags, mode);
  int error = errno;
  if (fd >= 0 && fd < FDS && fstat(fd, &found) == 0) {
    inode_of[fd] = found.st_ino;
    snprintf(name_of[fd], sizeof name_of[fd], "%s", base(path));
    if (fresh) keep_text(CREATE, found.st_ino, path, "");
    else if (flags & O_TRUNC) keep(TRUNCATE, found.st_ino, 0, NULL, 0);
  }
  if (fresh) at("create", base(path), "after");
  pthread_mutex_unlock(&lock);
  errno = error;
  return fd;
}

int close(int fd) {
  if (tracked(fd)) inode_of[fd] = 0;
  return real_close(fd);
}

static int act_name(const char *act, int result, int error, uint64_t inode, enum act kind,
                    const char *from, const char *to) {
  if (result == 0) keep_text(kind, inode, from, to);
  at(act, base(from), "after");
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

int rename(const char *from, const char *to) {
  if (!inside(to)) return real_rename(from, to);
  pthread_mutex_lock(&lock);
  at("rename", base(from), "before");
  int result = real_rename(from, to);
  return act_name("rename", result, errno, 0, RENAME, from, to);
}

/* Another name of a file is its creation under that name: the content is the same inode's. */
int link(const char *from, const char *to) {
  if (!inside(to)) return real_link(from, to);
  pthread_mutex_lock(&lock);
  struct stat found;
  at("link", base(from), "before");
  int result = real_link(from, to);
  int error = errno;
  uint64_t inode = stat(to, &found) == 0 ? found.st_ino : 0;
  if (result == 0) keep_text(CREATE, inode, to, from);
  at("link", base(from), "after");
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

int unlink(const char *path) {
  if (!inside(path)) return real_unlink(path);
  pthread_mutex_lock(&lock);
  at("unlink", base(path), "before");
  int result = real_unlink(path);
  return act_name("unlink", result, errno, 0, UNLINK, path, "");
}
