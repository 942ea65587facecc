// A journal of vote-loadgen (load/journal_reader.h): nothing is skipped, what is no line says why,
// and lines that are written are read as the same.
#include "fuzz/fuzz.h"
#include "load/journal_reader.h"

namespace vote::fuzz {
namespace {

using namespace load;

/// The line as it is written, if it is one that names no more than a writer has.
std::string written(const JournalLine& line) {
  std::string text;
  if (const auto* send = std::get_if<Send>(&line)) append_line(text, *send);
  if (const auto* answer = std::get_if<Answer>(&line)) append_line(text, *answer);
  if (const auto* read = std::get_if<Read>(&line)) append_line(text, *read);
  if (const auto* unsent = std::get_if<Unsent>(&line)) text = unsent_line(unsent->first, {});
  if (std::holds_alternative<Replay>(line)) text = replay_line({}, {});
  if (const auto* end = std::get_if<End>(&line)) text = end_line({}, end->sends, end->answers);
  return text;
}

void check(const JournalLine& line, const JournalHeader& header) {
  if (const auto* broken = std::get_if<Broken>(&line))
    require(!broken->reason.empty(), "a broken line says why");
  if (const auto* send = std::get_if<Send>(&line)) {
    require(send->poll < header.polls.size() && send->at >= Duration(0), "a send is of a poll");
    for (const auto option : send->options)
      require(option >= 1 && option <= header.polls[send->poll].options.size(),
              "a send names options of its poll");
  }
  if (const auto* read = std::get_if<Read>(&line))
    require(read->poll < header.polls.size() && read->at >= Duration(0), "a read is of a poll");
}

/// All lines as they are written; those that are broken are left out.
std::string read_all(const std::string& path) {
  JournalReader reader(path);
  std::string text = line_of(reader.header());
  std::uint64_t lines = 1;
  while (const auto line = reader.next()) {
    require(reader.line_number() == ++lines, "each line has its number");
    check(*line, reader.header());
    text += written(*line);
  }
  return text;
}

}  // namespace
}  // namespace vote::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vote::fuzz;
  const File file(text_of(data, size));
  try {
    const std::string text = read_all(file.path());
    const File again(text);
    require(read_all(again.path()) == text, "what is written is read the same", text);
  } catch (const vote::load::JournalError& error) {
    require(!std::string_view(error.what()).empty(), "a refusal says why");
  }
  return 0;
}
