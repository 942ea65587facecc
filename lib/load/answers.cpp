#include "load/answers.h"

#include <simdjson.h>

namespace vote::load {
namespace {

namespace dom = simdjson::dom;

/// False where it is not all there.
bool read_option(dom::element option, const Target& poll, std::size_t index, Shown& shown) {
  std::string_view id;
  std::uint64_t votes = 0;
  if (option["option_id"].get(id) || option["votes"].get(votes)) return false;
  if (OptionId::parse(id) != poll.options[index]) return false;
  shown.votes.push_back(votes);
  return true;
}

}  // namespace

struct Answers::Parser : dom::parser {};

Answers::Answers() : parser_(std::make_unique<Parser>()) {}
Answers::~Answers() = default;

std::optional<Shown> Answers::shown(std::string_view body, const Target& poll) {
  dom::element page;
  dom::array options;
  Shown shown;
  if (parser_->parse(body.data(), body.size()).get(page) || page["version"].get(shown.version) ||
      page["total_votes"].get(shown.total) || page["final"].get(shown.is_final) ||
      page["options"].get(options) || options.size() != poll.options.size())
    return std::nullopt;
  std::size_t index = 0;
  for (const dom::element option : options)
    if (!read_option(option, poll, index++, shown)) return std::nullopt;
  return shown;
}

std::string Answers::code(std::string_view body) {
  dom::element problem;
  std::string_view code;
  if (parser_->parse(body.data(), body.size()).get(problem) || problem["code"].get(code)) return {};
  return std::string(code);
}

}  // namespace vote::load
