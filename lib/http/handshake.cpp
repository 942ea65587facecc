#include "http/handshake.h"

#include <algorithm>
#include <cctype>

#include "config/origin.h"
#include "http/problem.h"

namespace vote::http {
namespace {

constexpr std::size_t kKeyCharacters = 24;  // 16 bytes in base64

bool same_word(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  });
}

/// The members of a list that may be spread over several fields (RFC 9110 §5.6.1).
std::vector<std::string> members_of(const Request& request, std::string_view name) {
  std::vector<std::string> members;
  for (const auto& [field, value] : request.fields) {
    if (!same_word(field, name)) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(','), rest.size());
      std::string_view member = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      while (member.starts_with(' ') || member.starts_with('\t')) member.remove_prefix(1);
      while (member.ends_with(' ') || member.ends_with('\t')) member.remove_suffix(1);
      if (!member.empty()) members.emplace_back(member);
    }
  }
  return members;
}

bool names(const Request& request, std::string_view field, std::string_view word) {
  const auto members = members_of(request, field);
  return std::any_of(members.begin(), members.end(),
                     [word](const std::string& member) { return same_word(member, word); });
}

std::size_t count(const Request& request, std::string_view name) {
  return static_cast<std::size_t>(
      std::count_if(request.fields.begin(), request.fields.end(),
                    [name](const auto& field) { return same_word(field.first, name); }));
}

bool is_key(std::string_view key) {
  return key.size() == kKeyCharacters && key.ends_with("==") &&
         std::all_of(key.begin(), key.end() - 2,
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '/'; });
}

[[noreturn]] void ask_for_upgrade(std::string_view detail) {
  Response response = problem(426, "upgrade_required", detail);
  response.fields.emplace_back("Upgrade", "websocket");
  response.fields.emplace_back("Connection", "Upgrade");
  response.fields.emplace_back("Sec-WebSocket-Version", "13");
  throw HttpError(std::move(response));
}

}  // namespace

Handshake handshake_of(const Request& request) {
  const bool upgrades = request.method == Method::get && names(request, "Upgrade", "websocket") &&
                        names(request, "Connection", "upgrade");
  if (!upgrades) ask_for_upgrade("this is for WebSockets");
  if (request.field("Sec-WebSocket-Version") != "13")
    ask_for_upgrade("only version 13 of the WebSocket protocol is spoken here");
  const std::string_view key = request.field("Sec-WebSocket-Key").value_or("");
  if (count(request, "Sec-WebSocket-Key") != 1 || !is_key(key))
    throw HttpError(400, "malformed", "Sec-WebSocket-Key is not 16 bytes in base64");
  return {std::string(key), members_of(request, "Sec-WebSocket-Protocol")};
}

bool is_own_origin(const Request& request, std::string_view public_origin) {
  const auto text = request.field("Origin");
  if (!text) return true;
  const auto origin = parse_origin(*text);
  if (!origin || count(request, "Origin") != 1) return false;
  const std::string_view host = request.field("Host").value_or("");
  return origin == parse_origin(public_origin) ||
         origin == parse_origin(origin->scheme + "://" + std::string(host));
}

}  // namespace vote::http
