#pragma once
// The OpenAPI document as tests look at it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "api/openapi.h"
#include "http/message.h"

namespace vote::test {

inline const nlohmann::json& document() {
  static const auto kDocument = nlohmann::json::parse(api::kOpenApi);
  return kDocument;
}

/// What {"$ref": …} stands for, or the value itself.
inline const nlohmann::json& resolved(const nlohmann::json& value) {
  const auto reference = value.find("$ref");
  if (reference == value.end()) return value;
  return document().at(nlohmann::json::json_pointer(reference->get<std::string>().substr(1)));
}

inline std::string name_of(http::Method method) {
  switch (method) {
    case http::Method::get:
      return "get";
    case http::Method::post:
      return "post";
    case http::Method::put:
      return "put";
    case http::Method::patch:
      return "patch";
    case http::Method::delete_:
      return "delete";
    default:
      return "";
  }
}

/// The path as the document writes it: an id in it is "{id}".
inline std::string documented_path(const std::string& path) {
  if (document().at("paths").contains(path)) return path;
  const auto start = path.find('/', std::string("/v1/").size()) + 1;
  const auto end = std::min(path.find('/', start), path.size());
  return path.substr(0, start) + "{id}" + path.substr(end);
}

/// That the document has the status for the route, and each member of a JSON body.
inline void expect_documented(const http::Request& request, unsigned status,
                              const std::string& body) {
  const auto& operation =
      document().at("paths").at(documented_path(request.path)).at(name_of(request.method));
  const auto& responses = operation.at("responses");
  const std::string number = std::to_string(status);
  ASSERT_TRUE(responses.contains(number)) << request.path << " answers " << number << ": " << body;
  const auto& response = resolved(responses.at(number));
  if (body.empty()) return;
  ASSERT_TRUE(response.contains("content")) << request.path << " " << number << ": " << body;
  const auto& media = response.at("content").begin().value();
  const auto& schema = resolved(media.at("schema"));
  if (!schema.contains("properties")) return;
  const auto first_line = nlohmann::json::parse(body.substr(0, body.find('\n')));
  for (const auto& [member, value] : first_line.items())
    EXPECT_TRUE(schema.at("properties").contains(member)) << request.path << ": " << member;
  for (const auto& member : schema.value("required", nlohmann::json::array()))
    EXPECT_TRUE(first_line.contains(member)) << request.path << ": " << member;
}

}  // namespace vote::test
