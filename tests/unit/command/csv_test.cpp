#include "command/exchange/csv.h"

#include <gtest/gtest.h>

#include <random>

#include "unit/command/text_file.h"

namespace vote::command {
namespace {

using Rows = std::vector<std::vector<std::string>>;

/// The rows up to the end or the first complaint, which is "line:column: text".
struct Read {
  Rows rows;
  std::string complaint;
};
Read read(const std::string& text) {
  const test::TextFile file(text);
  Rereadable input(file.path());
  CsvReader reader(input);
  Read out;
  for (;;) {
    auto next = reader.next();
    if (std::holds_alternative<CsvReader::End>(next)) return out;
    if (const auto* wrong = std::get_if<Complaint>(&next)) {
      out.complaint = std::to_string(wrong->place.line) + ":" +
                      std::to_string(wrong->place.column) + ": " + wrong->text;
      return out;
    }
    auto& row = out.rows.emplace_back();
    for (const CsvCell& cell : std::get<std::vector<CsvCell>>(next)) row.push_back(cell.text);
  }
}

TEST(Csv, RowsEndWithEitherKindOfLineEnd) {
  EXPECT_EQ(read("a,b\r\nc,d\n").rows, (Rows{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(read(",\n\n").rows, (Rows{{"", ""}, {""}}));
  EXPECT_EQ(read("").rows, Rows{});
}

TEST(Csv, AByteOrderMarkIsNoText) {
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "a\n")
                .rows,
            (Rows{{"a"}}));
}

TEST(Csv, QuotedCellsHoldCommasQuotesAndLineEnds) {
  EXPECT_EQ(read("\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\"\r\n").rows,
            (Rows{{"a,b", "say \"hi\"", "two\r\nlines"}}));
}

TEST(Csv, WhatIsNoCsvIsRefusedWhereItStands) {
  EXPECT_EQ(read("a,b\nc,d\"e\n").complaint, "2:4: a quote within a cell that is not in quotes");
  EXPECT_EQ(read("\"a\"b\n").complaint, "1:4: a character behind the closing quote of a cell");
  EXPECT_EQ(read("a\rb\n").complaint.substr(0, 4), "1:3:");
  EXPECT_EQ(read("ä,ö,d\"e\n").complaint.substr(0, 4), "1:6:") << "columns are characters";
  EXPECT_EQ(read("a,\"b\n\nc").complaint.substr(0, 4), "1:3:") << "where the quote was opened";
}

TEST(Csv, AFileThatEndsInTheMiddleIsRefused) {
  for (const char* text : {"a,b", "a,b\nc", "a,", "a\r", "\"a\"", "\"a"})
    EXPECT_NE(read(text).complaint.find("ends in the middle"), std::string::npos) << text;
}

TEST(Csv, ARowIsNeverHeldWholeBeyondItsLimit) {
  EXPECT_NE(read(std::string(kRecordBytesMax + 2, 'x')).complaint.find("longer than 1048576"),
            std::string::npos);
  EXPECT_NE(read(std::string(CsvReader::kCellsMax + 1, ',')).complaint.find("more than 1000 cells"),
            std::string::npos);
}

TEST(Csv, NoCellIsTakenForAFormula) {
  EXPECT_EQ(csv_cell("=1+1"), "'=1+1");
  EXPECT_EQ(csv_cell("+1"), "'+1");
  EXPECT_EQ(csv_cell("-1"), "'-1");
  EXPECT_EQ(csv_cell("@sum"), "'@sum");
  EXPECT_EQ(csv_cell("\tx"), "\"'\tx\"");
  EXPECT_EQ(csv_cell("\rx"), "\"'\rx\"");
  EXPECT_EQ(csv_cell("'=1"), "''=1");
  EXPECT_EQ(csv_cell("a;=1"), "\"a;'=1\"") << "a separator where the comma is the decimal sign";
  EXPECT_EQ(csv_cell("a=1"), "a=1");
  EXPECT_EQ(csv_cell("'quoted'"), "'quoted'");
}

TEST(Csv, WhatIsWrittenIsReadAsItWas) {
  std::mt19937 random(7);
  const std::string alphabet = "'=+-@;,\t\r\n\"a ";
  for (int i = 0; i < 1'000; ++i) {
    std::string text(random() % 7, ' ');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    EXPECT_EQ(read(csv_cell(text) + ",x\r\n").rows, (Rows{{text, "x"}})) << csv_cell(text);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace vote::command
