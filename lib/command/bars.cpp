#include "command/bars.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "command/display.h"

namespace vote::command {
namespace {

constexpr std::size_t kTextWidthMin = 8;
constexpr std::size_t kBarWidthMin = 10;
constexpr std::size_t kBarWidthMax = 50;
constexpr std::array<std::string_view, 8> kEighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

/// A bar of `eighths` eighths of a column.
std::string bar(std::uint64_t eighths) {
  std::string out;
  for (std::uint64_t i = 0; i < eighths / 8; ++i) out += "█";
  return out + std::string(kEighths[eighths % 8]);
}

struct Widths {
  std::size_t number = 0;
  std::size_t text = 0;
  std::size_t votes = 0;
  std::size_t bar = 0;
};

// Between the columns: 2 each, and " %" behind the share, which takes 5 columns itself.
constexpr std::size_t kFixedWidth = 2 + 2 + 2 + 5 + 2 + 2;

Widths fit(const std::vector<Standing>& standings, std::size_t width) {
  Widths widths;
  widths.number = std::to_string(standings.size()).size();
  for (const Standing& standing : standings) {
    widths.text = std::max(widths.text, display_width(harmless(standing.text)));
    widths.votes = std::max(widths.votes, grouped(standing.votes).size());
  }
  const std::size_t fixed = widths.number + widths.votes + kFixedWidth;
  const std::size_t free = width > fixed ? width - fixed : 0;
  const std::size_t text_max = free > kBarWidthMin ? free - kBarWidthMin : 0;
  widths.text = std::min(widths.text, std::max(kTextWidthMin, text_max));
  widths.bar = free > widths.text ? std::min(free - widths.text, kBarWidthMax) : 0;
  return widths;
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string one_decimal(double number) {
  std::array<char, 64> out{};
  const auto end =
      std::to_chars(out.data(), out.data() + out.size(), number, std::chars_format::fixed, 1);
  return end.ec == std::errc() ? std::string(out.data(), end.ptr) : "?";
}

std::string draw_bars(const std::vector<Standing>& standings, const BarStyle& style) {
  const Widths widths = fit(standings, style.width);
  std::uint64_t most = 0;
  for (const Standing& standing : standings) most = std::max(most, standing.votes);
  std::string out;
  for (std::size_t i = 0; i < standings.size(); ++i) {
    const Standing& standing = standings[i];
    std::string line = padded(std::to_string(i + 1), widths.number, Side::right) + "  ";
    line += padded(cut_to(harmless(standing.text), widths.text), widths.text, Side::left) + "  ";
    line += padded(grouped(standing.votes), widths.votes, Side::right) + "  ";
    line += padded(one_decimal(standing.percentage), 5, Side::right) + " %  ";
    const double share =
        most == 0 ? 0 : static_cast<double>(standing.votes) / static_cast<double>(most);
    const auto eighths = static_cast<std::uint64_t>(share * static_cast<double>(widths.bar * 8));
    const std::string drawn = bar(standing.votes > 0 ? std::max<std::uint64_t>(eighths, 1) : 0);
    if (style.colour && !drawn.empty()) {
      line += standing.votes == most ? "\x1b[32m" : "\x1b[36m";
      line += drawn;
      line += "\x1b[0m";
    } else {
      line += drawn;
    }
    while (line.ends_with(' ')) line.pop_back();
    out += line + '\n';
  }
  return out;
}

}  // namespace vote::command
