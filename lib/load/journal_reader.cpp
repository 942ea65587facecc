#include "load/journal_reader.h"

#include <fcntl.h>
#include <simdjson.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vote::load {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kReadBytesMin = std::size_t{64} * 1024;

/// What is wrong with a line.
class Malformed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

dom::element member(dom::object line, std::string_view name) {
  dom::element found;
  if (line.at_key(name).get(found) != simdjson::SUCCESS)
    throw Malformed("it has no \"" + std::string(name) + "\"");
  return found;
}

template <class T>
T get(dom::element value, std::string_view name) {
  T got;
  if (value.get(got) != simdjson::SUCCESS)
    throw Malformed("\"" + std::string(name) + "\" is not what it must be");
  return got;
}

template <class T>
T get(dom::object line, std::string_view name) {
  return get<T>(member(line, name), name);
}

template <class SomeId>
SomeId id_of(dom::element value, std::string_view name) {
  const auto id = SomeId::parse(get<std::string_view>(value, name));
  if (!id) throw Malformed("\"" + std::string(name) + "\" is no UUID");
  return *id;
}
template <class SomeId>
SomeId id_of(dom::object line, std::string_view name) {
  return id_of<SomeId>(member(line, name), name);
}

bool has(dom::object line, std::string_view name) {
  return line.at_key(name).error() == simdjson::SUCCESS;
}

Duration at_of(dom::object line) {
  const Duration at(get<std::int64_t>(line, "at"));
  if (at < Duration(0)) throw Malformed("\"at\" is before the run began");
  return at;
}

unsigned status_of(dom::object line) {
  const auto status = get<std::uint64_t>(line, "status");
  if (status > 599) throw Malformed("\"status\" is none of HTTP");
  return static_cast<unsigned>(status);
}

std::string_view code_of(dom::object line) {
  return has(line, "code") ? get<std::string_view>(line, "code") : std::string_view();
}

std::size_t poll_of(dom::object line, std::string_view name, const JournalHeader& header) {
  const auto poll = get<std::uint64_t>(line, name);
  if (poll >= header.polls.size()) throw Malformed("it names a poll that the header has not");
  return poll;
}

Kind kind_of(dom::object line) {
  const auto word = get<std::string_view>(line, "kind");
  for (const Kind kind : {Kind::cast, Kind::change, Kind::revoke})
    if (word == name(kind)) return kind;
  throw Malformed("\"kind\" is none that is known");
}

Send send_of(dom::object line, const JournalHeader& header) {
  Send send;
  send.number = get<std::uint64_t>(line, "send");
  send.at = at_of(line);
  send.kind = kind_of(line);
  send.poll = poll_of(line, "poll", header);
  send.voter = id_of<UserId>(line, "voter");
  send.key = id_of<RequestId>(line, "key");
  if (send.kind == Kind::revoke) return send;
  const std::size_t options = header.polls[send.poll].options.size();
  for (const dom::element option : get<dom::array>(line, "options")) {
    const auto position = get<std::uint64_t>(option, "options");
    if (position < 1 || position > options)
      throw Malformed("it names an option that the poll has not");
    send.options.push_back(static_cast<std::uint16_t>(position));
  }
  return send;
}

Answer answer_of(dom::object line) {
  return {get<std::uint64_t>(line, "answer"), at_of(line), status_of(line), code_of(line)};
}

Read read_of(dom::object line, const JournalHeader& header) {
  Read read;
  read.poll = poll_of(line, "read", header);
  read.at = at_of(line);
  read.connection = get<std::uint64_t>(line, "connection");
  read.status = status_of(line);
  read.code = code_of(line);
  if (read.status != 200) return read;
  read.shown.version = get<std::uint64_t>(line, "version");
  read.shown.total = get<std::uint64_t>(line, "total");
  read.shown.is_final = get<bool>(line, "final");
  for (const dom::element votes : get<dom::array>(line, "votes"))
    read.shown.votes.push_back(get<std::uint64_t>(votes, "votes"));
  if (read.shown.votes.size() != header.polls[read.poll].options.size())
    throw Malformed("\"votes\" has not a number for each option");
  return read;
}

JournalLine line_of(dom::object line, const JournalHeader& header) {
  if (has(line, "send")) return send_of(line, header);
  if (has(line, "answer")) return answer_of(line);
  if (has(line, "read")) return read_of(line, header);
  if (has(line, "unsent")) return Unsent{get<std::uint64_t>(line, "unsent")};
  if (has(line, "replay")) return Replay{};
  if (has(line, "end"))
    return End{get<std::uint64_t>(line, "sends"), get<std::uint64_t>(line, "answers")};
  throw Malformed("it is no line of a journal");
}

JournalHeader header_of(dom::object line) {
  if (!has(line, "journal") || get<std::string_view>(line, "journal") != kJournalName)
    throw Malformed("its first line is no header of one");
  const auto version = get<std::uint64_t>(line, "v");
  if (version != kJournalVersion)
    throw Malformed("it is of version " + std::to_string(version) + ", and this program reads " +
                    std::to_string(kJournalVersion) + ": use the program that wrote it");
  JournalHeader header;
  header.run = id_of<RequestId>(line, "run").uuid;
  const auto started = parse_time(get<std::string_view>(line, "started_at"));
  if (!started) throw Malformed("\"started_at\" is no time");
  header.started_at = *started;
  header.seed = get<std::uint64_t>(line, "seed");
  for (const dom::element url : get<dom::array>(line, "urls"))
    header.urls.emplace_back(get<std::string_view>(url, "urls"));
  for (const dom::element each : get<dom::array>(line, "polls")) {
    const auto poll = get<dom::object>(each, "polls");
    Target target{id_of<PollId>(poll, "poll_id"), {}};
    for (const dom::element option : get<dom::array>(poll, "option_ids"))
      target.options.push_back(id_of<OptionId>(option, "option_ids"));
    header.polls.push_back(std::move(target));
  }
  return header;
}

}  // namespace

/// Lines of a file, each with room behind it for the parser to read beyond its end.
class JournalReader::Lines {
 public:
  struct Line {
    std::string_view text;
    bool whole = true;  // it has its end
    bool too_long = false;
  };

  explicit Lines(const std::string& path)
      : path_(path),
        file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
        buffer_(kReadBytesMin + simdjson::SIMDJSON_PADDING) {
    if (!file_) fail();
  }

  std::optional<Line> next() {
    for (bool too_long = false;;) {
      const std::string_view rest(buffer_.data() + begin_, end_ - begin_);
      const auto length = rest.find('\n');
      if (length != std::string_view::npos) {
        begin_ += length + 1;
        return Line{rest.substr(0, length), true, too_long || length > kJournalLineBytesMax};
      }
      if (rest.size() > kJournalLineBytesMax) {
        too_long = true;
        begin_ = end_;  // only its end matters now
      }
      if (fill()) continue;
      if (begin_ == end_ && !too_long) return std::nullopt;
      const std::string_view last(buffer_.data() + begin_, end_ - begin_);
      begin_ = end_;
      return Line{last, false, too_long};
    }
  }

 private:
  /// False at the file's end.
  bool fill() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    // As long as the longest line needs it, which is cut at kJournalLineBytesMax.
    if (buffer_.size() < end_ + kReadBytesMin) buffer_.resize(2 * buffer_.size());
    for (;;) {
      const std::size_t room = buffer_.size() - simdjson::SIMDJSON_PADDING - end_;
      const ssize_t got = ::read(file_.number(), buffer_.data() + end_, room);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail();
      end_ += static_cast<std::size_t>(got);
      return got > 0;
    }
  }
  [[noreturn]] void fail() const {
    throw JournalError("cannot read the journal " + path_ + ": " + std::strerror(errno));
  }

  std::string path_;
  Descriptor file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
};

class JournalReader::Parser {
 public:
  dom::object parse(std::string_view text) {
    dom::element line;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    if (const auto error = parser_.parse(bytes, text.size(), false).get(line))
      throw Malformed(std::string("it is not JSON: ") + simdjson::error_message(error));
    dom::object object;
    if (line.get(object) != simdjson::SUCCESS) throw Malformed("it is no JSON object");
    return object;
  }

 private:
  dom::parser parser_;
};

JournalReader::JournalReader(const std::string& path)
    : path_(path), lines_(std::make_unique<Lines>(path)), parser_(std::make_unique<Parser>()) {
  const auto first = lines_->next();
  try {
    if (!first) throw Malformed("it is empty");
    if (!first->whole || first->too_long) throw Malformed("its first line has no end");
    header_ = header_of(parser_->parse(first->text));
  } catch (const Malformed& error) {
    throw JournalError(path + " cannot be used as a journal: " + error.what());
  }
}

JournalReader::~JournalReader() = default;

std::optional<JournalLine> JournalReader::next() {
  const auto line = lines_->next();
  if (!line) return std::nullopt;
  ++line_number_;
  if (line->too_long) return Broken{"it is too long"};
  if (!line->whole) return Broken{"the file ends in the middle of it", true};
  try {
    return line_of(parser_->parse(line->text), header_);
  } catch (const Malformed& error) {
    return Broken{error.what(), line->text.ends_with(kTornEnd)};
  }
}

}  // namespace vote::load
