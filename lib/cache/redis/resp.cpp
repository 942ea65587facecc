#include "cache/redis/resp.h"

#include <hiredis/hiredis.h>

#include <array>
#include <charconv>
#include <new>

namespace vote::redis {
namespace {

void append_line(std::string& out, char kind, std::size_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out += kind;
  out.append(digits.data(), end).append("\r\n");
}

/// hiredis's own, but for arrays that are too long: to the reader there is no memory for those.
redisReplyObjectFunctions* functions_with_limit(const redisReplyObjectFunctions& usual) {
  // GCC 12 does not see that the generic lambda uses it.
  [[maybe_unused]] static const auto create_array = usual.createArray;
  static redisReplyObjectFunctions limited = [&usual] {
    redisReplyObjectFunctions made = usual;
    made.createArray = [](const redisReadTask* task, auto parts) -> void* {
      return parts > kReplyPartsMax ? nullptr : create_array(task, parts);
    };
    return made;
  }();
  return &limited;
}

}  // namespace

void begin_command(std::string& out, std::size_t words) {
  append_line(out, '*', words);
}

void append_word(std::string& out, std::string_view word) {
  append_line(out, '$', word.size());
  out.append(word).append("\r\n");
}

bool ReplyView::is_nil() const {
  return reply_ != nullptr && reply_->type == REDIS_REPLY_NIL;
}

bool ReplyView::is_error() const {
  return reply_ != nullptr && reply_->type == REDIS_REPLY_ERROR;
}

std::string_view ReplyView::text() const {
  if (reply_ == nullptr || reply_->str == nullptr) return {};
  return {reply_->str, reply_->len};
}

std::int64_t ReplyView::number() const {
  return reply_ != nullptr && reply_->type == REDIS_REPLY_INTEGER ? reply_->integer : 0;
}

ReplyView ReplyView::at(std::size_t index) const {
  if (reply_ == nullptr || reply_->type != REDIS_REPLY_ARRAY || index >= reply_->elements)
    return {};
  return ReplyView(reply_->element[index]);
}

void Reply::Free::operator()(redisReply* reply) const {
  freeReplyObject(reply);
}

void ReplyReader::Free::operator()(redisReader* reader) const {
  redisReaderFree(reader);
}

ReplyReader::ReplyReader() : reader_(redisReaderCreate()) {
  if (!reader_) throw std::bad_alloc();
  reader_->fn = functions_with_limit(*reader_->fn);
}

void ReplyReader::feed(std::string_view bytes) {
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK)
    throw ProtocolError(reader_->errstr);
}

std::optional<Reply> ReplyReader::next() {
  void* reply = nullptr;
  if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) {
    if (reader_->err == REDIS_ERR_OOM) throw ProtocolError("a reply is larger than it may be");
    throw ProtocolError(reader_->errstr);
  }
  if (reply == nullptr) return std::nullopt;
  return Reply(static_cast<redisReply*>(reply));
}

}  // namespace vote::redis
