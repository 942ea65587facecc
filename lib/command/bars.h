#pragma once
// Results as a person reads them on a terminal: one line an option, with a bar. Pure.
#include <cstdint>
#include <string>
#include <vector>

namespace vote::command {

struct Standing {
  std::string text;
  std::uint64_t votes = 0;
  double percentage = 0;
};

struct BarStyle {
  std::size_t width = 80;  // of the terminal, in columns
  bool colour = false;
};

/// "1  Tea     12  60.0 %  ████████████": number, text, votes, share and a bar, in the order given.
/// Bars are as long as their votes against the longest; those with most votes stand out in colour.
std::string draw_bars(const std::vector<Standing>& standings, const BarStyle& style);

/// 12345678 as "12,345,678".
std::string grouped(std::uint64_t number);

/// 12.5 as "12.5": one decimal, always a point.
std::string one_decimal(double number);

}  // namespace vote::command
