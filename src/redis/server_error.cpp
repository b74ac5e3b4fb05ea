#include "redis/server_error.hpp"

#include <utility>

namespace webtool::redis {

Error server_error(std::string_view text) noexcept {
  static constexpr std::pair<std::string_view, Error> known[] = {
      {"LOADING", Error::loading},
      {"READONLY", Error::read_only},
      {"OOM", Error::out_of_memory},
      {"MOVED", Error::moved},
      {"ASK", Error::moved},
      {"CLUSTERDOWN", Error::cluster_down},
      {"TRYAGAIN", Error::cluster_down},
      {"CROSSSLOT", Error::cross_slot},
      {"NOSCRIPT", Error::no_script},
      {"NOAUTH", Error::no_permission},
      {"NOPERM", Error::no_permission},
      {"WRONGPASS", Error::no_permission},
      {"BUSY", Error::busy},
      {"WRONGTYPE", Error::wrong_type},
  };
  const std::string_view word = text.substr(0, text.find(' '));
  for (const auto& [name, error] : known) {
    if (word == name) return error;
  }
  return Error::server_error;
}

}  // namespace webtool::redis
