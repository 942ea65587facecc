#pragma once
// Long lists as NDJSON, page by page: a page is asked for when the one before has been taken by the
// client, so a long list needs no more memory than a short one. A page that fails on the way cuts
// the connection: the status is long sent, and an answer without its last chunk is known to be
// incomplete (RFC 9112 §8). Internal to api/.
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "api/json.h"
#include "http/message.h"

namespace vote::api {

inline constexpr std::string_view kNdjson = "application/x-ndjson";
inline constexpr std::size_t kEntriesPerPage = 500;

template <class Entry>
using Page = Result<std::vector<Entry>>;

/// Gives up to kEntriesPerPage entries behind `last`; fewer only at the end.
template <class Entry>
using PageAfter = std::function<boost::asio::awaitable<Page<Entry>>(const Entry& last)>;

/// Throws what cuts the connection, unless the page is there.
template <class Entry>
std::vector<Entry> unless_cut(Page<Entry> page) {
  if (!page) throw std::runtime_error("the list cannot be read on: " + for_operator(page.error()));
  return std::move(*page);
}

/// Where the reading stands; shared by the copies of one response's source.
template <class Entry>
struct Listing {
  std::vector<Entry> page;  // the next to be sent
  PageAfter<Entry> read;
};

template <class Entry>
boost::asio::awaitable<std::string> next_lines(std::shared_ptr<Listing<Entry>> listing) {
  std::string lines;
  for (const Entry& entry : listing->page) lines.append(to_json(entry)).append("\n");
  if (listing->page.size() < kEntriesPerPage)
    listing->page.clear();
  else
    listing->page = unless_cut(co_await listing->read(listing->page.back()));
  co_return lines;
}

/// 200 with `first` and all that `read` gives behind it, an entry a line.
template <class Entry>
http::Response respond_lines(std::vector<Entry> first, PageAfter<Entry> read) {
  http::Response response;
  response.content_type = kNdjson;
  auto listing =
      std::make_shared<Listing<Entry>>(Listing<Entry>{std::move(first), std::move(read)});
  response.source = [listing = std::move(listing)] { return next_lines(listing); };
  return response;
}

}  // namespace vote::api
