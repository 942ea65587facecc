#include "log/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "vote/time.h"

namespace vote::log {
namespace {

struct State {
  std::mutex mutex;  // guards settings and logger
  Settings settings;
  std::shared_ptr<spdlog::logger> logger;
  std::atomic<Level> level{Level::info};
};

std::shared_ptr<spdlog::logger> make_logger(const std::string& file) {
  spdlog::sink_ptr sink;
  if (file.empty())
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  else
    sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
  auto logger = std::make_shared<spdlog::logger>("vote", std::move(sink));
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  // A full disk must not end a daemon; what could not be written is lost.
  logger->set_error_handler([](const std::string&) {});
  return logger;
}

State& state() {
  static State the_state;
  return the_state;
}

std::shared_ptr<spdlog::logger> logger_now(Settings& settings) {
  State& now = state();
  const std::lock_guard lock(now.mutex);
  if (!now.logger) {
    now.logger = make_logger("");
    now.settings.format = Format::text;
  }
  settings = now.settings;
  return now.logger;
}

std::string_view name(Level level) {
  switch (level) {
    case Level::trace:
      return "TRACE";
    case Level::debug:
      return "DEBUG";
    case Level::info:
      return "INFO";
    case Level::warn:
      return "WARN";
    case Level::error:
      return "ERROR";
    case Level::off:
      break;
  }
  return "OFF";
}

using Json = nlohmann::ordered_json;

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json json_of(const Value& value) {
  return std::visit([](const auto& held) { return Json(held); }, value);
}

std::string now_text() {
  return to_text(std::chrono::floor<Duration>(std::chrono::system_clock::now()));
}

std::string json_line(const Settings& settings, Level level, std::string_view event,
                      std::initializer_list<Field> fields) {
  Json line{{"timestamp", now_text()},
            {"level", name(level)},
            {"service", settings.service},
            {"event", event}};
  for (const Field& field : fields) line[field.name] = json_of(field.value);
  return dumped(line);
}

std::string text_line(const Settings& settings, Level level, std::string_view event,
                      std::initializer_list<Field> fields) {
  std::string line = now_text();
  line[10] = ' ';
  line.resize(23);
  line += ' ';
  line += name(level);
  if (!settings.service.empty()) line += ' ' + settings.service;
  line += ' ';
  line += event;
  for (const Field& field : fields) {
    const bool plain =
        !std::holds_alternative<std::string>(field.value) ||
        std::get<std::string>(field.value).find_first_of(" \"\n\t\x1B") == std::string::npos;
    std::string value = dumped(json_of(field.value));
    if (plain && value.size() > 2 && value.front() == '"')
      value = value.substr(1, value.size() - 2);
    line += ' ' + field.name + '=' + value;
  }
  return line;
}

}  // namespace

void open(const Settings& settings) {
  std::shared_ptr<spdlog::logger> logger;
  try {
    logger = make_logger(settings.file);
  } catch (const spdlog::spdlog_ex& failure) {
    throw std::runtime_error("cannot open the log " + settings.file + ": " + failure.what());
  }
  State& now = state();
  const std::lock_guard lock(now.mutex);
  now.settings = settings;
  now.logger = std::move(logger);
  now.level = settings.level;
}

void reopen() {
  Settings settings;
  logger_now(settings);
  if (settings.file.empty()) return;
  try {
    open(settings);
  } catch (const std::runtime_error& failure) {
    error("log_not_reopened", {{"file", settings.file}, {"reason", failure.what()}});
  }
}

bool enabled(Level level) {
  return level >= state().level.load(std::memory_order_relaxed);
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (!enabled(level)) return;
  Settings settings;
  const auto logger = logger_now(settings);
  const std::string line = settings.format == Format::json
                               ? json_line(settings, level, event, fields)
                               : text_line(settings, level, event, fields);
  logger->log(spdlog::level::info, "{}", line);
}

}  // namespace vote::log
