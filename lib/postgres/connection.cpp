#include "postgres/connection.h"

#include <libpq-fe.h>

#include <charconv>
#include <memory>
#include <pqxx/pqxx>

#include "config/url.h"
#include "vote/text.h"

namespace vote::postgres {
namespace {

using Kind = DatabaseError::Kind;

constexpr int kServerVersionMin = 15'00'00;  // as server_version_num has it: PostgreSQL 15

/// By SQLSTATE (PostgreSQL documentation, appendix A): the class, and where that says too little,
/// the code.
Kind kind_of(const std::string& state) {
  if (state == "40001" || state == "40P01") return Kind::contended;
  if (state == "57014" || state == "55P03") return Kind::too_long;
  if (state == "25006" || state == "42501") return Kind::unusable;  // read-only; no right to
  if (state == "42P01" || state == "42703" || state == "42883") return Kind::no_schema;
  if (state == "P0001") return Kind::refused;  // a trigger's word
  const std::string group = state.substr(0, 2);
  if (group == "22" || group == "23" || group == "44") return Kind::refused;
  if (group == "57" || group == "08" || group == "53") return Kind::unreachable;
  return Kind::other;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  for (char& character : text)
    if (character == '\n') character = ' ';
  return text;
}

constexpr std::string_view kWhatToDo =
    ": check that the server runs, and the URL's host, port, user, password and database";

/// The URL with what every connection of ours asks for, but where it says otherwise itself.
std::string complete(const std::string& url) {
  std::string whole = url;
  const auto ask = [&](const std::string& name, const std::string& value) {
    if (url.find(name + "=") != std::string::npos) return;
    whole += (whole.find('?') == std::string::npos ? "?" : "&") + name + "=" + value;
  };
  using std::chrono::seconds;
  ask("connect_timeout",
      std::to_string(std::chrono::duration_cast<seconds>(Connection::kConnectTimeMax).count()));
  ask("client_encoding", "UTF8");
  ask("application_name", "vote");
  return whole;
}

/// Keeps libpqxx from writing the server's notices to stderr.
class Silence final : public pqxx::errorhandler {
 public:
  explicit Silence(pqxx::connection_base& connection) : errorhandler(connection) {}
  bool operator()(const char* /*message*/) noexcept override { return false; }
};

std::string shown_server(pqxx::connection& connection) {
  const auto text = [](const char* value) { return std::string(value == nullptr ? "" : value); };
  return "postgresql://" + text(connection.hostname()) + ":" + text(connection.port()) + "/" +
         text(connection.dbname());
}

}  // namespace

std::string as_kept(std::string text) {
  if (!is_utf8(text)) text = as_utf8(text);
  for (auto at = text.find('\0'); at != std::string::npos; at = text.find('\0', at))
    text.replace(at, 1, "\xEF\xBF\xBD");
  return text;
}

struct Rows::Held {
  pqxx::result result;
};

std::size_t Rows::size() const {
  return held_->result.size();
}
std::size_t Rows::affected() const {
  return held_->result.affected_rows();
}
bool Rows::is_null(std::size_t row, int column) const {
  return held_->result[static_cast<pqxx::result::size_type>(row)][column].is_null();
}
std::string_view Rows::text(std::size_t row, int column) const {
  const auto field = held_->result[static_cast<pqxx::result::size_type>(row)][column];
  return {field.c_str(), field.size()};
}
std::int64_t Rows::integer(std::size_t row, int column) const {
  const std::string_view digits = text(row, column);
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}
std::optional<Time> Rows::time_or_nothing(std::size_t row, int column) const {
  if (is_null(row, column)) return std::nullopt;
  return time(row, column);
}

struct Connection::Held {
  explicit Held(const std::string& url)
      : connection(complete(url)), silence(connection), name(shown_server(connection)) {}
  pqxx::connection connection;
  Silence silence;
  std::string name;
  std::unique_ptr<Watchdog::Watched> watched;  // gone before the connection
};

namespace {

void require_usable(pqxx::connection& connection, const std::string& name) {
  if (connection.server_version() < kServerVersionMin)
    throw DatabaseError(Kind::unusable, name + " is PostgreSQL " +
                                            connection.get_variable("server_version") +
                                            ": version 15 or later is needed");
  const std::string encoding = connection.get_variable("server_encoding");
  if (encoding != "UTF8")
    throw DatabaseError(Kind::unusable,
                        name + " has the encoding " + encoding +
                            ": make a database with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE "
                            "template0, and name that one");
}

}  // namespace

Connection::Connection(const std::string& url, Watchdog& watchdog) {
  try {
    held_ = std::make_unique<Held>(url);
    held_->watched = std::make_unique<Watchdog::Watched>(watchdog, held_->connection.sock());
    held_->watched->arm(kConnectTimeMax);
    require_usable(held_->connection, held_->name);
    held_->watched->disarm();
  } catch (const DatabaseError&) {
    throw;
  } catch (const std::exception& error) {
    throw DatabaseError(Kind::unreachable, "cannot connect to " + without_password(url) + ": " +
                                               trimmed(error.what()) + std::string(kWhatToDo));
  }
}

Connection::~Connection() = default;

const std::string& Connection::name() const {
  return held_->name;
}

struct Transaction::Held {
  Connection::Held& connection;
  Duration at_most;
  std::unique_ptr<pqxx::transaction_base> transaction;

  /// Runs it with the watchdog armed and libpqxx's exceptions turned into ours.
  template <class Run>
  auto guarded(Run run) {
    connection.watched->arm(at_most + kAnswerGrace);
    try {
      auto answer = run();
      connection.watched->disarm();
      return answer;
    } catch (...) {
      connection.watched->disarm();
      fail();
    }
  }
  [[noreturn]] void fail() const {
    const std::string& name = connection.name;
    if (connection.watched->was_shut_down())
      throw DatabaseError(Kind::unreachable,
                          name + " did not answer in time: the connection was given up");
    try {
      throw;
    } catch (const pqxx::in_doubt_error& error) {
      throw DatabaseError(Kind::in_doubt, name + ": " + trimmed(error.what()));
    } catch (const pqxx::broken_connection& error) {
      throw DatabaseError(Kind::unreachable, name + ": " + trimmed(error.what()));
    } catch (const pqxx::deadlock_detected& error) {
      throw DatabaseError(Kind::contended, name + ": " + trimmed(error.what()));
    } catch (const pqxx::serialization_failure& error) {
      throw DatabaseError(Kind::contended, name + ": " + trimmed(error.what()));
    } catch (const pqxx::sql_error& error) {
      throw DatabaseError(kind_of(error.sqlstate()), name + ": " + trimmed(error.what()));
    } catch (const std::exception& error) {
      throw DatabaseError(Kind::other, name + ": " + trimmed(error.what()));
    }
  }
};

namespace {

std::unique_ptr<pqxx::transaction_base> begin(pqxx::connection& connection,
                                              Transaction::Mode mode) {
  switch (mode) {
    case Transaction::Mode::read:
      return std::make_unique<pqxx::transaction<pqxx::read_committed, pqxx::read_only>>(connection);
    case Transaction::Mode::snapshot:
      return std::make_unique<pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>>(
          connection);
    case Transaction::Mode::write:
      break;
  }
  return std::make_unique<pqxx::work>(connection);
}

}  // namespace

Transaction::Transaction(Connection& connection, Mode mode, Duration statement_time_max)
    : held_(std::make_unique<Held>(Held{*connection.held_, statement_time_max, nullptr})) {
  using std::chrono::milliseconds;
  const auto limit =
      std::to_string(std::chrono::duration_cast<milliseconds>(statement_time_max).count());
  held_->guarded([&] {
    held_->transaction = begin(held_->connection.connection, mode);
    std::string limits =
        "SET LOCAL statement_timeout = " + limit + "; SET LOCAL lock_timeout = " + limit;
    // A process that sleeps, or is cut off, keeps no lock from the others.
    if (mode == Mode::write) limits += "; SET LOCAL idle_in_transaction_session_timeout = " + limit;
    return held_->transaction->exec(limits);
  });
}

Transaction::~Transaction() {
  held_->connection.watched->arm(held_->at_most);  // a rollback waits for the server, too
  held_->transaction.reset();
  held_->connection.watched->disarm();
}

Rows Transaction::run(const std::string& sql, const Params& params) {
  std::vector<const char*> values;
  values.reserve(params.values().size());
  for (const auto& value : params.values()) values.push_back(value ? value->c_str() : nullptr);
  return Rows(std::make_shared<Rows::Held>(Rows::Held{held_->guarded([&] {
    return held_->transaction->exec_params(sql, pqxx::prepare::make_dynamic_params(values));
  })}));
}

void Transaction::run_script(const std::string& sql) {
  held_->guarded([&] { return held_->transaction->exec(sql); });
}

void Transaction::commit() {
  bool was_cut_off = false;
  try {
    held_->guarded([&] {
      held_->transaction->commit();
      return true;
    });
  } catch (const DatabaseError& error) {
    if (error.kind() != Kind::unreachable) throw;
    was_cut_off = true;
  }
  if (was_cut_off)
    throw DatabaseError(Kind::in_doubt, held_->connection.name +
                                            " went away during a commit: whether it was committed "
                                            "is not known");
}

std::string url_defect(const std::string& url) {
  char* wrong = nullptr;
  PQconninfoOption* options = PQconninfoParse(url.c_str(), &wrong);
  std::string reason = wrong == nullptr ? "" : trimmed(wrong);
  PQfreemem(wrong);
  if (options == nullptr)
    return "must be postgresql://user:password@host:port/database (" + reason + ")";
  PQconninfoFree(options);
  return "";
}

}  // namespace vote::postgres
