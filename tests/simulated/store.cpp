#include "simulated/store.h"

#include <sqlite3.h>

#include <cstring>
#include <mutex>
#include <new>
#include <string>
#include <utility>

namespace vote::simulated {
namespace {

Image image_of(sqlite3* handle) {
  sqlite3_int64 bytes = 0;
  const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> copy(
      sqlite3_serialize(handle, "main", &bytes, 0), sqlite3_free);
  if (!copy) throw std::bad_alloc();
  return {copy.get(), copy.get() + bytes};
}

/// A nameless database is in memory as long as it is small.
std::unique_ptr<sqlite::Database> nameless() {
  return std::make_unique<sqlite::Database>("", sqlite::Database::Mode::read_write);
}

/// Migrated once in the life of the process.
const Image& empty_store() {
  static const Image image = [] {
    const auto database = nameless();
    sqlite::migrate(*database, "store");
    return image_of(database->handle());
  }();
  return image;
}

class AtOnce final : public Transactions {
 public:
  explicit AtOnce(MemoryDatabase& database) : database_(database) {}

  void write(sqlite::Job job) override {
    std::exception_ptr failure;
    {
      const std::lock_guard lock(mutex_of_all());
      failure = database_.write(job);
    }
    job.finished(failure);
  }
  void read(sqlite::Job job) override {
    std::exception_ptr failure;
    {
      const std::lock_guard lock(mutex_of_all());
      failure = database_.read(job);
    }
    job.finished(failure);
  }
  void rest(Duration /*length*/) override {}

 private:
  static std::mutex& mutex_of_all() {
    static std::mutex mutex;
    return mutex;
  }
  MemoryDatabase& database_;
};

}  // namespace

std::unique_ptr<sqlite::Database> copy_of(const Image& image) {
  auto database = nameless();
  const auto bytes = static_cast<sqlite3_int64>(image.size());
  auto* copy = static_cast<unsigned char*>(sqlite3_malloc64(image.size()));
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, image.data(), image.size());
  const int code =
      sqlite3_deserialize(database->handle(), "main", copy, bytes, bytes,
                          SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
  if (code != SQLITE_OK) database->fail(code, "load");
  database->execute("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
  return database;
}

MemoryDatabase::MemoryDatabase() : database_(copy_of(empty_store())) {}

Image MemoryDatabase::image() {
  return image_of(database_->handle());
}

void MemoryDatabase::set_back_to(const Image& image) {
  database_ = copy_of(image);
  database_->execute("UPDATE store_meta SET incarnation = " + std::to_string(++incarnation_));
}

std::exception_ptr MemoryDatabase::write(const sqlite::Job& job) {
  try {
    sqlite::Transaction transaction(*database_);
    job.run(*database_);
    transaction.commit();
    ++commits_;
    return nullptr;
  } catch (...) {
    return std::current_exception();
  }
}

void MemoryDatabase::write_and_lose(const sqlite::Job& job) {
  try {
    const sqlite::Transaction transaction(*database_);
    job.run(*database_);
  } catch (...) {
    return;  // undone all the same
  }
}

std::exception_ptr MemoryDatabase::read(const sqlite::Job& job) {
  try {
    const sqlite::Snapshot snapshot(*database_);
    job.run(*database_);
    return nullptr;
  } catch (...) {
    return std::current_exception();
  }
}

std::unique_ptr<Transactions> transactions_of(MemoryDatabase& database) {
  return std::make_unique<AtOnce>(database);
}

}  // namespace vote::simulated
