#include "api/api.h"

#include "api/handlers.h"

namespace vote {
namespace {

using http::Method;
using Handle = http::Answer (*)(api::Site&, http::Request&);

struct Route {
  Method method;
  std::string_view pattern;
  Handle handle;
};

constexpr Route kRoutes[] = {
    {Method::post, "/v1/users", api::register_user},
    {Method::get, "/v1/users", api::list_users},
    {Method::get, "/v1/users/me", api::show_myself},
    {Method::get, "/v1/users/{id}", api::show_user},
    {Method::patch, "/v1/users/{id}", api::change_user},
    {Method::post, "/v1/sessions", api::log_in},
    {Method::post, "/v1/sessions/guest", api::become_guest},
    {Method::post, "/v1/polls", api::create_poll},
    {Method::get, "/v1/polls", api::list_polls},
    {Method::get, "/v1/polls/{id}", api::show_poll},
    {Method::patch, "/v1/polls/{id}", api::edit_poll},
    {Method::delete_, "/v1/polls/{id}", api::delete_poll},
    {Method::post, "/v1/polls/{id}/open", api::open_poll},
    {Method::post, "/v1/polls/{id}/close", api::close_poll},
    {Method::post, "/v1/polls/{id}/votes", api::cast_vote},
    {Method::get, "/v1/polls/{id}/votes/me", api::show_vote},
    {Method::put, "/v1/polls/{id}/votes/me", api::change_vote},
    {Method::delete_, "/v1/polls/{id}/votes/me", api::revoke_vote},
    {Method::get, "/v1/polls/{id}/results", api::show_results},
    {Method::get, "/v1/polls/{id}/results/events", api::stream_results},
    {Method::get, "/v1/polls/{id}/results/live", api::open_results_socket},
    {Method::get, "/v1/polls/{id}/audit", api::show_audit},
    {Method::get, "/v1/polls/{id}/export", api::export_poll},
    {Method::get, "/v1/operator-log", api::show_operator_log},
    {Method::get, "/healthz", api::show_health},
    {Method::get, "/readyz", api::show_readiness},
    {Method::get, "/openapi.json", api::show_openapi},
};

}  // namespace

http::Router make_routes(const ApiParts& parts) {
  const auto site = std::make_shared<api::Site>(parts);
  http::Router router;
  for (const Route& route : kRoutes)
    router.add(route.method, route.pattern, [site, handle = route.handle](http::Request& request) {
      return handle(*site, request);
    });
  if (parts.metrics)
    router.add(Method::get, "/metrics",
               [site](http::Request& request) { return api::show_metrics(*site, request); });
  return router;
}

}  // namespace vote
