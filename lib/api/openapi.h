#pragma once
// The description of the routes, OpenAPI 3.1: lib/api/openapi.json, embedded by the build.
#include <string_view>

namespace vote::api {

extern const std::string_view kOpenApi;

}  // namespace vote::api
