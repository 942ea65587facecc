#include "store/sqlite/transactions.h"

#include <thread>
#include <utility>

#include "sqlite/reader.h"
#include "sqlite/writer.h"
#include "store/sqlite/sqlite_store.h"

namespace vote {
namespace {

class FileTransactions final : public Transactions {
 public:
  explicit FileTransactions(const std::string& path)
      : writer_(path, SqliteStore::kJobsPerTransactionMax, SqliteStore::kJobsWaitingMax,
                SqliteStore::kCheckpointPages),
        reader_(path, SqliteStore::kReadsPerSnapshotMax, SqliteStore::kReadsWaitingMax) {}

  void write(sqlite::Job job) override { writer_.submit(std::move(job)); }
  void read(sqlite::Job job) override { reader_.submit(std::move(job)); }
  void rest(Duration length) override { std::this_thread::sleep_for(length); }

 private:
  sqlite::Writer writer_;
  sqlite::Reader reader_;
};

}  // namespace

std::unique_ptr<Transactions> open_transactions(const std::string& path) {
  {
    sqlite::Database database(path, sqlite::Database::Mode::read_write);
    sqlite::require_schema(database, "store");
  }
  return std::make_unique<FileTransactions>(path);
}

}  // namespace vote
