#include "command/verb.h"

#include <CLI/CLI.hpp>

namespace vote::command {
namespace {

std::string footer_of(const std::string& lines) {
  std::string out = "Examples:\n  ";
  for (const char c : lines) out += c == '\n' ? std::string("\n  ") : std::string(1, c);
  return out;
}

}  // namespace

void Verb::flag(const std::string& names, bool& value, const std::string& help) {
  app_->add_flag(names, value, help);
}

void Verb::either(const std::string& yes, const std::string& no, std::optional<bool>& value,
                  const std::string& help) {
  CLI::Option* allow = app_->add_flag_callback(
      yes, [&value] { value = true; }, help);
  app_->add_flag_callback(
          no, [&value] { value = false; }, "the opposite of " + yes)
      ->excludes(allow);
}

void Verb::option(const std::string& names, std::optional<std::string>& value,
                  const std::string& placeholder, const std::string& help) {
  app_->add_option(names, value, help)->type_name(placeholder);
}

void Verb::required_option(const std::string& names, std::string& value,
                           const std::string& placeholder, const std::string& help) {
  app_->add_option(names, value, help)->type_name(placeholder)->required();
}

void Verb::option(const std::string& names, std::optional<std::uint32_t>& value,
                  const std::string& placeholder, const std::string& help) {
  app_->add_option(names, value, help)->type_name(placeholder);
}

void Verb::options(const std::string& names, std::vector<std::string>& values,
                   const std::string& placeholder, const std::string& help) {
  app_->add_option(names, values, help)->type_name(placeholder)->allow_extra_args(false);
}

void Verb::argument(const std::string& name, std::string& value, const std::string& help) {
  app_->add_option(name, value, help)->type_name("")->required();
}

void Verb::optional_argument(const std::string& name, std::optional<std::string>& value,
                             const std::string& help) {
  app_->add_option(name, value, help)->type_name("");
}

void Verb::arguments(const std::string& name, std::vector<std::string>& values,
                     const std::string& help) {
  app_->add_option(name, values, help)->type_name("");
}

void Verb::runs(Action action) {
  app_->callback([chosen = chosen_, action = std::move(action)] { *chosen = action; });
}

Verbs::Verbs(CLI::App& app, std::shared_ptr<Action> chosen)
    : app_(&app), chosen_(std::move(chosen)) {
  app_->require_subcommand(0, 1);
}

Verb Verbs::add(const std::string& name, const std::string& summary, const std::string& examples) {
  CLI::App* verb = app_->add_subcommand(name, summary);
  verb->fallthrough();
  verb->footer(footer_of(examples));
  return {*verb, chosen_};
}

Verbs Verbs::add_noun(const std::string& name, const std::string& summary) {
  CLI::App* noun = app_->add_subcommand(name, summary);
  noun->fallthrough();
  Verbs verbs(*noun, chosen_);
  noun->require_subcommand(1);
  return verbs;
}

}  // namespace vote::command
