#include "http/target.h"

#include <algorithm>

namespace vote::http {
namespace {

int hexadecimal(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_plain(char c) {
  return c > ' ' && c < '\x7f' && c != '\\' && c != '#';
}

bool is_control(char c) {
  return (c >= 0 && c < ' ') || c == '\x7f';
}

bool has_dot_segment(std::string_view path) {
  for (auto at = path.find("/."); at != std::string_view::npos; at = path.find("/.", at + 1)) {
    const auto segment = path.substr(at + 1, path.find('/', at + 1) - at - 1);
    if (segment == "." || segment == "..") return true;
  }
  return false;
}

}  // namespace

std::string_view without_origin(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const auto path = target.find_first_of("/?", scheme.size());
    if (path == std::string_view::npos) return "/";
    const bool has_path = path > scheme.size() && target[path] == '/';
    return has_path ? target.substr(path) : target;
  }
  return target;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  if (text.find('%') == std::string_view::npos) return std::string(text);
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hexadecimal(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hexadecimal(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    decoded.push_back(static_cast<char>(high << 4 | low));
    i += 2;
  }
  return decoded;
}

std::optional<std::string> decoded_path(std::string_view path) {
  if (path.empty() || path.front() != '/') return std::nullopt;
  if (!std::all_of(path.begin(), path.end(), is_plain)) return std::nullopt;
  auto decoded = percent_decoded(path);
  if (!decoded || has_dot_segment(*decoded)) return std::nullopt;
  if (decoded->size() == path.size()) return decoded;
  if (std::any_of(decoded->begin(), decoded->end(), is_control)) return std::nullopt;
  const auto slashes = [](std::string_view text) {
    return std::count(text.begin(), text.end(), '/');
  };
  const bool escaped_separator =
      slashes(*decoded) != slashes(path) || decoded->find('\\') != std::string::npos;
  return escaped_separator ? std::nullopt : std::move(decoded);
}

}  // namespace vote::http
