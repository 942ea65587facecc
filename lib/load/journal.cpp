#include "load/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>

namespace vote::load {
namespace {

constexpr std::size_t kEagerBytes = std::size_t{256} * 1024;  // wake the writer before its time

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_field(std::string& out, std::string_view name, std::uint64_t number) {
  out += name;
  append_number(out, number);
}

void append_at(std::string& out, Duration at) {
  append_field(out, ",\"at\":", static_cast<std::uint64_t>(std::max(at, Duration(0)).count()));
}

template <class Numbers>
void append_list(std::string& out, std::string_view name, const Numbers& numbers) {
  out += name;
  out += '[';
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) out += ',';
    append_number(out, numbers[i]);
  }
  out += ']';
}

/// A code is the server's to choose, so it is quoted with care.
void append_code(std::string& out, std::string_view code) {
  if (code.empty()) return;
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
  out += ",\"code\":" + nlohmann::json(code).dump(-1, ' ', false, kReplace);
}

}  // namespace

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::cast:
      return "cast";
    case Kind::change:
      return "change";
    case Kind::revoke:
      return "revoke";
  }
  return "unknown";
}

std::string line_of(const JournalHeader& header) {
  nlohmann::ordered_json polls = nlohmann::ordered_json::array();
  for (const Target& poll : header.polls) {
    nlohmann::ordered_json options = nlohmann::ordered_json::array();
    for (const OptionId option : poll.options) options.push_back(option.text());
    polls.push_back({{"poll_id", poll.poll.text()}, {"option_ids", std::move(options)}});
  }
  const nlohmann::ordered_json line = {
      {"journal", kJournalName},  {"v", kJournalVersion},
      {"run", header.run.text()}, {"started_at", to_text(header.started_at)},
      {"urls", header.urls},      {"seed", header.seed},
      {"polls", std::move(polls)}};
  return line.dump() + "\n";
}

void append_line(std::string& out, const Send& send) {
  append_field(out, "{\"send\":", send.number);
  append_at(out, send.at);
  out.append(",\"kind\":\"").append(name(send.kind));
  append_field(out, "\",\"poll\":", send.poll);
  out.append(",\"voter\":\"").append(send.voter.text());
  out.append("\",\"key\":\"").append(send.key.text()).append("\"");
  if (send.kind != Kind::revoke) append_list(out, ",\"options\":", send.options);
  out += "}\n";
}

void append_line(std::string& out, const Answer& answer) {
  append_field(out, "{\"answer\":", answer.number);
  append_at(out, answer.at);
  append_field(out, ",\"status\":", answer.status);
  append_code(out, answer.code);
  out += "}\n";
}

void append_line(std::string& out, const Read& read) {
  append_field(out, "{\"read\":", read.poll);
  append_at(out, read.at);
  append_field(out, ",\"connection\":", read.connection);
  append_field(out, ",\"status\":", read.status);
  append_code(out, read.code);
  if (read.status == 200) {
    append_field(out, ",\"version\":", read.shown.version);
    append_field(out, ",\"total\":", read.shown.total);
    out += read.shown.is_final ? ",\"final\":true" : ",\"final\":false";
    append_list(out, ",\"votes\":", read.shown.votes);
  }
  out += "}\n";
}

std::string unsent_line(std::uint64_t first, Duration at) {
  std::string line;
  append_field(line, "{\"unsent\":", first);
  append_at(line, at);
  return line += "}\n";
}

std::string replay_line(const Uuid& run, Duration at) {
  std::string line = "{\"replay\":\"" + run.text() + "\"";
  append_at(line, at);
  return line += "}\n";
}

std::string end_line(Duration at, std::uint64_t sends, std::uint64_t answers) {
  std::string line = "{\"end\":true";
  append_at(line, at);
  append_field(line, ",\"sends\":", sends);
  append_field(line, ",\"answers\":", answers);
  return line += "}\n";
}

Journal::Journal(const std::string& path, Open open) : path_(path) {
  const int how = open == Open::as_new ? O_CREAT | O_EXCL : 0;
  file_ = Descriptor(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | how, 0644));
  if (!file_ && errno == EEXIST)
    throw JournalError("the journal " + path +
                       " is there already: name a new one, or judge it with --verify " + path);
  if (!file_) throw JournalError("cannot write the journal " + path + ": " + std::strerror(errno));
  thread_ = std::thread([this] { run(); });
}

Journal::~Journal() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Journal::write(std::string_view lines) {
  const std::lock_guard lock(writing_);
  write_all(lines);
}

void Journal::write_all(std::string_view lines) {
  while (!lines.empty()) {
    const ssize_t written = ::write(file_.number(), lines.data(), lines.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0)
      throw JournalError("cannot write the journal " + path_ + ": " + std::strerror(errno) +
                         "; what was sent is in it, answers since are not");
    lines.remove_prefix(static_cast<std::size_t>(written));
  }
}

bool Journal::append(std::string_view lines) {
  std::unique_lock lock(mutex_);
  const bool waits = pending_.size() >= kJournalPendingBytesMax;
  changed_.wait(lock,
                [&] { return pending_.size() < kJournalPendingBytesMax || !failure_.empty(); });
  if (!failure_.empty()) throw JournalError(failure_);
  pending_ += lines;
  if (pending_.size() >= kEagerBytes) changed_.notify_all();
  return waits;
}

void Journal::flush() {
  write_pending();
  const std::lock_guard lock(mutex_);
  if (!failure_.empty()) throw JournalError(failure_);
}

void Journal::run() {
  std::unique_lock lock(mutex_);
  while (!over_) {
    changed_.wait_for(lock, kJournalDelayMax,
                      [&] { return over_ || pending_.size() >= kEagerBytes; });
    lock.unlock();
    write_pending();
    lock.lock();
  }
}

void Journal::write_pending() {
  const std::lock_guard writing(writing_);  // before what waits is taken, so that order is kept
  std::string lines;
  {
    const std::lock_guard lock(mutex_);
    if (!failure_.empty()) return;
    lines.swap(pending_);
  }
  try {
    write_all(lines);
  } catch (const JournalError& error) {
    const std::lock_guard lock(mutex_);
    failure_ = error.what();
  }
  changed_.notify_all();
}

}  // namespace vote::load
