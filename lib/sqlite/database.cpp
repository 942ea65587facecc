#include "sqlite/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <utility>

namespace vote::sqlite {
namespace {

constexpr Duration kBusyPause = std::chrono::milliseconds(1);

DatabaseError::Kind kind_of(int code, int system_error) {
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return DatabaseError::Kind::busy;
    case SQLITE_FULL:
      return DatabaseError::Kind::full;
    case SQLITE_READONLY:
      return DatabaseError::Kind::read_only;
    case SQLITE_IOERR:
      // What was written before a failed sync may be there after a crash: that is no full disk.
      if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)
        return DatabaseError::Kind::io;
      return system_error == ENOSPC || system_error == EFBIG || system_error == EDQUOT
                 ? DatabaseError::Kind::full
                 : DatabaseError::Kind::io;
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
      return DatabaseError::Kind::constraint;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return DatabaseError::Kind::unusable;
    default:
      return DatabaseError::Kind::other;
  }
}

std::string advice(DatabaseError::Kind kind, int code) {
  switch (kind) {
    case DatabaseError::Kind::busy:
      return "another program holds it: wait for it or stop it";
    case DatabaseError::Kind::full:
      return "free some space on its disk";
    case DatabaseError::Kind::read_only:
      return "make the file and its folder writable";
    case DatabaseError::Kind::io:
      return "the disk failed: check it and the kernel's log";
    case DatabaseError::Kind::constraint:
      return "the data breaks a rule of the schema";
    default:
      break;
  }
  if ((code & 0xFF) == SQLITE_CANTOPEN) return "check that its folder exists and may be written";
  if ((code & 0xFF) == SQLITE_NOTADB) return "point the configuration at another file";
  if ((code & 0xFF) == SQLITE_CORRUPT) return "restore it from a backup";
  return "see the message";
}

}  // namespace

namespace {

/// Names, addresses and votes are nobody's but the owner's: a new file is not for others to read.
/// SQLite says what is wrong where this fails.
void make_private(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0) ::close(file);
}

}  // namespace

// How long a busy connection waits; lives behind the busy handler's pointer.
struct Database::BusyWait {
  sqlite3* handle = nullptr;
  Duration at_most{};
  bool checkpointing = false;
  std::chrono::steady_clock::time_point began;
};

namespace {

int note_log_pages(void* pages, sqlite3* /*handle*/, const char* /*schema*/, int total) {
  *static_cast<std::size_t*>(pages) = static_cast<std::size_t>(total);
  return SQLITE_OK;
}

}  // namespace

int Database::wait_while_busy(void* wait, int calls) {
  auto& busy = *static_cast<BusyWait*>(wait);
  const auto now = std::chrono::steady_clock::now();
  if (calls == 0) busy.began = now;
  if (now - busy.began >= (busy.checkpointing ? kCheckpointWaitMax : busy.at_most)) {
    // SQLite would go on as a passive checkpoint; interrupted, it ends before it copies a page.
    if (busy.checkpointing) sqlite3_interrupt(busy.handle);
    return 0;
  }
  std::this_thread::sleep_for(kBusyPause);
  return 1;
}

Database::Database(const std::string& path, Mode mode, Duration busy_time_max)
    : path_(path),
      mode_(mode),
      busy_(std::make_unique<BusyWait>(BusyWait{nullptr, busy_time_max, false, {}})) {
  const int flags =
      mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (mode == Mode::read_write) make_private(path);
  const int opened = sqlite3_open_v2(path.c_str(), &handle_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  try {
    if (opened != SQLITE_OK) fail(opened, "open");
    busy_->handle = handle_;
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_handler(handle_, &Database::wait_while_busy, busy_.get());
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_wal_hook(handle_, note_log_pages, &log_pages_);
    if (mode == Mode::read_write) set_up_for_writing();
    execute("PRAGMA mmap_size = 0; PRAGMA foreign_keys = OFF; PRAGMA user_version");
  } catch (...) {
    sqlite3_close_v2(handle_);
    throw;
  }
}

/// An empty file, or one of ours (a backup of one is no WAL file). Another program's is left as it
/// is, for whoever asks for its schema to refuse.
bool Database::is_ours_to_set_up() {
  Statement pages(*this, "PRAGMA page_count");
  if (pages.step() && pages.integer(0) == 0) return true;
  Statement application(*this, "PRAGMA application_id");
  return application.step() && application.integer(0) >> 8 == kApplicationFamily;
}

void Database::set_up_for_writing() {
  // SQLite falls back to reading where it may not write.
  if (sqlite3_db_readonly(handle_, "main") == 1)
    throw DatabaseError(DatabaseError::Kind::read_only,
                        "cannot write " + path_ + ": it is read-only; " +
                            advice(DatabaseError::Kind::read_only, SQLITE_READONLY));
  // Two that turn a new file to WAL at once would wait for each other: SQLite gives up without
  // asking the busy handler.
  const auto give_up = std::chrono::steady_clock::now() + busy_->at_most;
  for (;; std::this_thread::sleep_for(kBusyPause)) {
    try {
      if (is_ours_to_set_up()) execute("PRAGMA journal_mode = WAL");
      return execute("PRAGMA synchronous = FULL");
    } catch (const DatabaseError& error) {
      const bool waited = std::chrono::steady_clock::now() >= give_up;
      if (error.kind() != DatabaseError::Kind::busy || waited) throw;
    }
  }
}

Database::~Database() {
  kept_.reset();
  sqlite3_close_v2(handle_);
}

void Database::fail(int code, std::string_view doing) const {
  const int system_error = handle_ == nullptr ? 0 : sqlite3_system_errno(handle_);
  const DatabaseError::Kind kind = kind_of(code, system_error);
  const char* reason = handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_);
  throw DatabaseError(kind, "cannot " + std::string(doing) + " " + path_ + ": " + reason + "; " +
                                advice(kind, code));
}

void Database::execute(const std::string& script) {
  const int code = sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code, "use");
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(handle_);
}

bool Database::checkpoint(std::size_t pages_min) {
  if (log_pages_ < log_pages_at_attempt_)
    log_pages_at_attempt_ = 0;  // another one started it again
  if (log_pages_ - log_pages_at_attempt_ < pages_min) return false;
  busy_->checkpointing = true;
  const int code =
      sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
  busy_->checkpointing = false;
  log_pages_at_attempt_ = code == SQLITE_OK ? 0 : log_pages_;
  if (code == SQLITE_OK) log_pages_ = 0;
  const int primary = code & 0xFF;
  if (code != SQLITE_OK && primary != SQLITE_BUSY && primary != SQLITE_INTERRUPT)
    fail(code, "checkpoint");
  return code == SQLITE_OK;
}

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
  const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  if (code != SQLITE_OK) database.fail(code, "use");
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::bind(int index, std::int64_t value) {
  check_bound(sqlite3_bind_int64(statement_, index, value));
  return *this;
}

Statement& Statement::bind_text(int index, std::string_view value) {
  check_bound(sqlite3_bind_text64(statement_, index, value.data() == nullptr ? "" : value.data(),
                                  value.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_blob(int index, std::string_view value) {
  check_bound(sqlite3_bind_blob64(statement_, index, value.data() == nullptr ? "" : value.data(),
                                  value.size(), SQLITE_STATIC));
  return *this;
}

Statement& Statement::bind_null(int index) {
  check_bound(sqlite3_bind_null(statement_, index));
  return *this;
}

void Statement::check_bound(int code) const {
  if (code != SQLITE_OK) database_.fail(code, "use");
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  // The statement must not keep a transaction open after its failure; its message is kept first.
  try {
    database_.fail(code, "use");
  } catch (...) {
    sqlite3_reset(statement_);
    throw;
  }
}

void Statement::run() {
  while (step()) {
  }
  sqlite3_reset(statement_);
}

void Statement::reset() {
  sqlite3_reset(statement_);
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_, column);
  const auto length = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return text == nullptr ? std::string_view()
                         : std::string_view(reinterpret_cast<const char*>(text), length);
}

std::string_view Statement::blob(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const auto length = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return bytes == nullptr ? std::string_view()
                          : std::string_view(static_cast<const char*>(bytes), length);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.execute("BEGIN IMMEDIATE");
  ++database_.transactions_;
}

Transaction::~Transaction() {
  if (open_ && sqlite3_get_autocommit(database_.handle()) == 0)
    sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

Snapshot::Snapshot(Database& database) : database_(database) {
  database_.execute("BEGIN");
  ++database_.transactions_;
}

Snapshot::~Snapshot() {
  if (sqlite3_get_autocommit(database_.handle()) == 0)
    sqlite3_exec(database_.handle(), "COMMIT", nullptr, nullptr, nullptr);
}

}  // namespace vote::sqlite
