#include "load/journal.h"

#include <gtest/gtest.h>

#include <fstream>

#include "load/journal_reader.h"
#include "runtime/random.h"
#include "world/files.h"

namespace vote::load {
namespace {

class JournalTest : public testing::Test {
 protected:
  /// A journal of one poll with two options, and these lines.
  JournalReader reader_of(const std::string& lines) {
    std::ofstream(path_, std::ios::trunc) << line_of(header_) << lines;
    return JournalReader(path_);
  }
  Send cast(std::uint64_t number) const {
    return {number, Duration(5), Kind::cast, 0, UserId{}, RequestId{}, {2}};
  }

  test::Folder folder_;
  std::string path_ = folder_.file("run.ndjson");
  JournalHeader header_{Uuid{}, Time(), {"http://127.0.0.1:1"}, 7, {{PollId{}, {{}, {}}}}};
};

TEST_F(JournalTest, LinesAreReadAsTheyWereWrittenHoweverMany) {
  constexpr std::uint64_t kSends = 20'000;  // more than is read at once
  std::string lines;
  for (std::uint64_t number = 0; number < kSends; ++number) append_line(lines, cast(number));
  auto reader = reader_of(lines);
  for (std::uint64_t number = 0; number < kSends; ++number) {
    const auto line = reader.next();
    ASSERT_TRUE(line && std::holds_alternative<Send>(*line)) << number;
    ASSERT_EQ(std::get<Send>(*line).number, number);
  }
  EXPECT_FALSE(reader.next());
}

TEST_F(JournalTest, ALineIsAsLongAsItMayBeAndNoLonger) {
  const auto padded = [this](std::size_t length) {
    std::string line;
    append_line(line, cast(0));
    line.pop_back();
    return line.append(length - line.size(), ' ') + "\n";
  };
  auto reader =
      reader_of(padded(kJournalLineBytesMax) + padded(kJournalLineBytesMax + 1) + padded(200));
  EXPECT_TRUE(std::holds_alternative<Send>(reader.next().value()));
  EXPECT_EQ(std::get<Broken>(reader.next().value()).reason, "it is too long");
  EXPECT_TRUE(std::holds_alternative<Send>(reader.next().value()));
  EXPECT_FALSE(reader.next());
}

TEST_F(JournalTest, ALineFromBeforeTheRunIsBroken) {
  auto reader = reader_of("{\"answer\":0,\"at\":-1,\"status\":202}\n");
  EXPECT_EQ(std::get<Broken>(reader.next().value()).reason, "\"at\" is before the run began");
}

}  // namespace
}  // namespace vote::load
