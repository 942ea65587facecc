#include "load/response_reader.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace vote::load {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kStatusLineBytesMin = std::string_view("HTTP/1.1 200").size();
constexpr std::uint64_t kBodyBytesMax = std::uint64_t{1} << 40U;

bool same(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && strncasecmp(text.data(), lower.data(), lower.size()) == 0;
}

/// Whether digits of this base begin `text`, and their value.
bool read_number(std::string_view text, int base, std::uint64_t& number) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return read.ec == std::errc() && number <= kBodyBytesMax;
}

}  // namespace

std::size_t ResponseReader::feed(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && !complete() && !broken()) {
    const std::string_view rest = bytes.substr(taken);
    switch (state_) {
      case State::head:
        taken += feed_head(rest);
        break;
      case State::body:
        taken += skip(rest, State::complete);
        break;
      case State::chunk:
        taken += skip(rest, State::chunk_head);
        break;
      case State::chunk_head:
      case State::trailer:
        taken += feed_line(rest);
        break;
      default:
        keep(rest);
        taken = bytes.size();
        break;
    }
  }
  return taken;
}

void ResponseReader::end() {
  state_ = state_ == State::until_end ? State::complete : State::broken;
}

void ResponseReader::next() {
  state_ = State::head;
  status_ = 0;
  closes_ = chunked_ = has_length_ = malformed_ = false;
  left_ = 0;
  body_.clear();
}

std::size_t ResponseReader::feed_head(std::string_view bytes) {
  if (kept_.empty()) {
    const auto end = bytes.find(kHeadEnd);
    if (end != std::string_view::npos) {
      state_ = after_head(bytes.substr(0, end + 2));
      return end + kHeadEnd.size();
    }
  }
  const std::size_t before = kept_.size();
  kept_ += bytes;
  const auto end = kept_.find(kHeadEnd, before - std::min<std::size_t>(before, 3));
  if (end == std::string::npos) {
    if (kept_.size() > kAnswerHeadBytesMax) state_ = State::broken;
    return bytes.size();
  }
  state_ = after_head(std::string_view(kept_).substr(0, end + 2));
  kept_.clear();
  return end + kHeadEnd.size() - before;
}

/// `head`: whole lines, each with its end.
ResponseReader::State ResponseReader::after_head(std::string_view head) {
  std::uint64_t status = 0;
  const bool known = head.size() >= kStatusLineBytesMin && head.starts_with("HTTP/1.") &&
                     read_number(head.substr(9, 3), 10, status) && status >= 100 && status < 600;
  if (!known) return State::broken;
  closes_ = head[7] == '0';
  status_ = static_cast<unsigned>(status);
  for (auto at = head.find("\r\n") + 2; at < head.size();) {
    const auto end = head.find("\r\n", at);
    read_field(head.substr(at, end - at));
    at = end + 2;
  }
  if (malformed_) return State::broken;
  if (status_ < 200) {
    next();
    return State::head;
  }
  if (status_ == 204 || status_ == 304) return State::complete;
  if (chunked_) return State::chunk_head;
  if (has_length_) return left_ == 0 ? State::complete : State::body;
  closes_ = true;
  return State::until_end;
}

void ResponseReader::read_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = line.substr(0, colon);
  std::string_view value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  if (same(name, "content-length")) {
    has_length_ = true;
    malformed_ = malformed_ || !read_number(value, 10, left_);
  } else if (same(name, "transfer-encoding")) {
    chunked_ = true;
    malformed_ = malformed_ || !same(value, "chunked");
  } else if (same(name, "connection")) {
    closes_ = closes_ ? !same(value, "keep-alive") : same(value, "close");
  }
}

std::size_t ResponseReader::skip(std::string_view bytes, State after) {
  const auto taken = std::min<std::uint64_t>(left_, bytes.size());
  const std::uint64_t line_end = state_ == State::chunk ? kLineEnd.size() : 0;
  keep(bytes.substr(0, std::min(taken, left_ - std::min(left_, line_end))));
  left_ -= taken;
  if (left_ == 0) state_ = after;
  return taken;
}

std::size_t ResponseReader::feed_line(std::string_view bytes) {
  const auto end = bytes.find('\n');
  kept_ += bytes.substr(0, end);
  if (end == std::string_view::npos) {
    if (kept_.size() > kAnswerHeadBytesMax) state_ = State::broken;
    return bytes.size();
  }
  if (kept_.ends_with('\r')) kept_.pop_back();
  state_ = after_line();
  kept_.clear();
  return end + 1;
}

/// A chunk's size, or a line of the trailer, whole in kept_.
ResponseReader::State ResponseReader::after_line() {
  if (state_ == State::trailer) return kept_.empty() ? State::complete : State::trailer;
  if (!read_number(kept_, 16, left_)) return State::broken;
  if (left_ == 0) return State::trailer;
  left_ += kLineEnd.size();
  return State::chunk;
}

void ResponseReader::keep(std::string_view bytes) {
  if (keeps_bodies_)
    body_.append(
        bytes.substr(0, kAnswerBodyBytesMax - std::min(kAnswerBodyBytesMax, body_.size())));
}

}  // namespace vote::load
