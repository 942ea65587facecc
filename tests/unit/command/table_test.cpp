#include "command/table.h"

#include <gtest/gtest.h>

namespace vote::command {
namespace {

Table options() {
  Table table({{"N", Side::right}, {"TEXT"}, {"VOTES", Side::right}});
  table.add({"1", "Žižek", "12"});
  table.add({"10", "a\tb", "3"});
  return table;
}

TEST(Table, PeopleGetAlignedColumnsBelowHeadings) {
  EXPECT_EQ(options().for_people(0),
            " N  TEXT   VOTES\n"
            " 1  Žižek  12\n"
            "10  a\\tb   3\n");
}

TEST(Table, PipesGetARowALineWithoutAHeading) {
  EXPECT_EQ(options().for_pipes(), "1\tŽižek\t12\n10\ta\\tb\t3\n");
}

TEST(Table, TheLastColumnIsCutToTheTerminal) {
  Table table({{"ID"}, {"TITLE"}});
  table.add({"1", "a long title"});
  EXPECT_EQ(table.for_people(10), "ID  TITLE\n1   a lon…\n");
}

TEST(Table, NothingIsDrawnOutOfNothing) {
  const Table table({{"ID"}});
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.for_pipes(), "");
}

TEST(Record, NamesAreAlignedForPeopleAndTabbedForPipes) {
  Record record;
  record.add("title", "Lunch\x1b");
  record.add("option 1", "a\nb");
  record.add("description", "");
  EXPECT_EQ(record.for_people(), "title:        Lunch\\x1b\noption 1:     a\\nb\ndescription:\n");
  EXPECT_EQ(record.for_pipes(), "title\tLunch\x1b\noption 1\ta\\nb\ndescription\t\n");
}

}  // namespace
}  // namespace vote::command
