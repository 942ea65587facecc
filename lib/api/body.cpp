#include "api/body.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "http/problem.h"

namespace vote::api {
namespace {

constexpr std::size_t kNameShownMax = 64;  // bytes of an unknown field's name

bool is_json(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  return std::equal(type.begin(), type.end(), kJson.begin(), kJson.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

std::string_view expectation(const Member::Target& target) {
  constexpr Overloaded kWords{
      [](const std::optional<std::string>*) { return "a text"; },
      [](const std::optional<bool>*) { return "true or false"; },
      [](const std::optional<std::uint32_t>*) { return "a whole number from 0 to 4294967295"; },
      [](const std::optional<Time>*) { return "a time like 2030-01-31T18:00:00Z"; },
      [](const std::optional<OptionId>*) { return "an option's id (a UUID)"; },
      [](const std::optional<std::vector<OptionId>>*) { return "a list of options' ids (UUIDs)"; },
      [](const std::optional<std::vector<std::string>>*) { return "a list of texts"; }};
  return std::visit(kWords, target);
}

bool is_list(const Member::Target& target) {
  return std::holds_alternative<std::optional<std::vector<OptionId>>*>(target) ||
         std::holds_alternative<std::optional<std::vector<std::string>>*>(target);
}

std::optional<Time> time_within_limits(std::string_view text) {
  const auto time = parse_time(text);
  return time && *time >= kTimeMin && *time <= kTimeMax ? time : std::nullopt;
}

/// What nlohmann::json::sax_parse calls; false ends the parse, with `defect` saying why.
class BodyReader {
 public:
  explicit BodyReader(std::initializer_list<Member> members) : members_(members) {}

  std::string defect;

  bool key(std::string& name) {
    const auto found = std::find_if(members_.begin(), members_.end(),
                                    [&](const Member& member) { return member.name == name; });
    if (found == members_.end())
      return refuse("there is no field '" + name.substr(0, kNameShownMax) + "'");
    const auto bit = 1U << (found - members_.begin());
    if ((seen_ & bit) != 0) return refuse(std::string(found->name) + " is there twice");
    seen_ |= bit;
    current_ = found;
    return true;
  }
  bool start_object(std::size_t /*size*/) {
    if (in_object_) return misfit();
    in_object_ = true;
    return true;
  }
  bool start_array(std::size_t /*size*/) {
    if (!in_object_ || in_list_ || !is_list(current_->target)) return misfit();
    in_list_ = true;
    if (auto* const* ids = std::get_if<std::optional<std::vector<OptionId>>*>(&current_->target))
      (*ids)->emplace();
    else
      std::get<std::optional<std::vector<std::string>>*>(current_->target)->emplace();
    return true;
  }
  bool end_object() { return true; }
  bool end_array() {
    in_list_ = false;
    return true;
  }

  bool string(std::string& value) {
    if (!in_object_ || in_list_ != is_list(current_->target)) return misfit();
    const bool taken = std::visit(
        Overloaded{
            [&](std::optional<std::string>* into) { return store(*into, std::move(value)); },
            [&](std::optional<Time>* into) { return store(*into, time_within_limits(value)); },
            [&](std::optional<OptionId>* into) { return store(*into, OptionId::parse(value)); },
            [&](std::optional<std::vector<OptionId>>* into) {
              const auto id = OptionId::parse(value);
              if (id) (*into)->push_back(*id);
              return id.has_value();
            },
            [&](std::optional<std::vector<std::string>>* into) {
              (*into)->push_back(std::move(value));
              return true;
            },
            [](auto*) { return false; }},
        current_->target);
    return taken || misfit();
  }
  bool boolean(bool value) { return scalar<bool>(value); }
  bool number_unsigned(std::uint64_t value) {
    if (value > std::numeric_limits<std::uint32_t>::max()) return misfit();
    return scalar<std::uint32_t>(static_cast<std::uint32_t>(value));
  }
  bool number_integer(std::int64_t /*value*/) { return misfit(); }
  bool number_float(double /*value*/, const std::string& /*text*/) { return misfit(); }
  bool null() { return misfit(); }
  bool binary(nlohmann::json::binary_t& /*value*/) { return misfit(); }
  bool parse_error(std::size_t at, const std::string& /*token*/,
                   const nlohmann::json::exception& /*error*/) {
    return refuse("the body is no JSON: look at byte " + std::to_string(at));
  }

 private:
  template <class T>
  static bool store(std::optional<T>& into, std::type_identity_t<std::optional<T>> value) {
    into = std::move(value);
    return into.has_value();
  }
  template <class T>
  bool scalar(T value) {
    if (!in_object_ || in_list_) return misfit();
    auto* const* into = std::get_if<std::optional<T>*>(&current_->target);
    if (into == nullptr) return misfit();
    **into = value;
    return true;
  }
  bool misfit() {
    if (!in_object_) return refuse("the body is not a JSON object");
    return refuse(std::string(current_->name) + " must be " +
                  std::string(expectation(current_->target)));
  }
  bool refuse(std::string why) {
    defect = std::move(why);
    return false;
  }

  std::initializer_list<Member> members_;
  const Member* current_ = nullptr;
  std::uint32_t seen_ = 0;
  bool in_object_ = false;
  bool in_list_ = false;
};

}  // namespace

void refuse_malformed(std::string_view detail) {
  throw http::HttpError(http::problem(Error{Code::malformed, std::string(detail)}));
}

void read_body(const http::Request& request, std::initializer_list<Member> members) {
  if (!is_json(request.field("Content-Type").value_or("")))
    throw http::HttpError(http::problem(Error{
        Code::unsupported_media_type, "the body must have the Content-Type application/json"}));
  if (request.body.empty()) refuse_malformed("the body is empty, where a JSON object belongs");
  BodyReader reader(members);
  if (!nlohmann::json::sax_parse(request.body, &reader)) refuse_malformed(reader.defect);
}

void read_no_body(const http::Request& request) {
  if (!request.body.empty()) read_body(request, {});
}

}  // namespace vote::api
