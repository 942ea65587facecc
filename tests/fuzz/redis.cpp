// What a Redis answers (cache/redis/resp.h) and keeps (texts.h): replies are the same however they
// come in pieces, and texts that are read are written the same.
#include "cache/redis/resp.h"
#include "cache/redis/texts.h"
#include "fuzz/fuzz.h"

namespace vote::fuzz {
namespace {

constexpr std::size_t kPartsMax = 64;  // that are looked at of an array

/// What can be seen of a reply.
std::string shown(redis::ReplyView reply, unsigned depth = 0) {
  if (!reply || depth > 8) return "-";
  std::string text = std::to_string(reply.number());
  text.append(reply.is_nil() ? "nil" : "").append(reply.is_error() ? "error" : "");
  text += reply.text();
  for (std::size_t i = 0; i < kPartsMax && reply.at(i); ++i)
    text += "," + shown(reply.at(i), depth + 1);
  return text;
}

/// All replies, and what is wrong at the end of them.
std::string replies_of(std::string_view bytes, std::size_t piece) {
  redis::ReplyReader reader;
  std::string text;
  try {
    while (!bytes.empty()) {
      reader.feed(bytes.substr(0, piece));
      bytes.remove_prefix(std::min(piece, bytes.size()));
      while (const auto reply = reader.next()) text += shown(reply->view()) + "\n";
    }
  } catch (const redis::ProtocolError& error) {
    require(!std::string_view(error.what()).empty(), "a defect says what it is");
    text += "defect";
  }
  return text;
}

void check_texts(std::string_view text) {
  const Mark mark = redis::parse_mark(text);
  if (mark.state != MarkState::none)
    require(redis::to_text(mark) == text, "a mark is written as it was read", text);
  const auto counts = redis::parse_news(text);
  if (!counts) return;
  const auto again = redis::parse_counts(counts->poll, redis::to_text(*counts));
  require(again && redis::to_text(*again) == redis::to_text(*counts), "counts are written as read",
          text);
}

}  // namespace
}  // namespace vote::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vote::fuzz;
  std::string_view rest = text_of(data, size);
  check_texts(rest);
  const std::size_t piece = 1 + take_byte(rest) % 32;
  require(replies_of(rest, std::max<std::size_t>(rest.size(), 1)) == replies_of(rest, piece),
          "replies in pieces are the same as at once");
  return 0;
}
