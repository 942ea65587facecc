#pragma once
// SQLite's own files with a sync that fails when told, as a disk does that is full or broken.
#include <sqlite3.h>

#include <atomic>
#include <cerrno>

namespace vote::test {

/// While it lives, files are opened through it. One at a time.
class FailingDisk {
 public:
  FailingDisk() {
    real_ = sqlite3_vfs_find(nullptr);
    disk_ = *real_;
    disk_.zName = "failing-disk";
    disk_.xOpen = open;
    sqlite3_vfs_register(&disk_, 1);
  }
  ~FailingDisk() {
    sqlite3_vfs_register(real_, 1);
    sqlite3_vfs_unregister(&disk_);
  }
  FailingDisk(const FailingDisk&) = delete;

  void fail_next_sync() { failing_ = true; }

 private:
  static int open(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags, int* out) {
    const int code = real_->xOpen(real_, name, file, flags, out);
    if (code != SQLITE_OK || (flags & SQLITE_OPEN_WAL) == 0) return code;
    real_sync_ = file->pMethods->xSync;
    methods_ = *file->pMethods;
    methods_.xSync = sync;
    file->pMethods = &methods_;
    return code;
  }
  static int sync(sqlite3_file* file, int flags) {
    if (!failing_.exchange(false)) return real_sync_(file, flags);
    errno = ENOSPC;
    return SQLITE_IOERR_FSYNC;
  }

  static inline sqlite3_vfs* real_ = nullptr;
  static inline sqlite3_vfs disk_{};
  static inline sqlite3_io_methods methods_{};
  static inline int (*real_sync_)(sqlite3_file*, int) = nullptr;
  static inline std::atomic<bool> failing_ = false;
};

}  // namespace vote::test
