// Sessions as the JSON that their owner may see.
#include <webtool/auth/jwt_service.hpp>

#include "auth/json_writer.hpp"

namespace webtool::auth {

std::string to_json(const std::vector<SessionInfo>& sessions) {
  std::string out = "[";
  for (const auto& session : sessions) {
    if (out.size() > 1) out += ',';
    JsonObjectWriter(out)
        .member("jti", session.refresh_jti)
        .member("created", session.created)
        .member("rotated", session.rotated)
        .member("expires", session.expires)
        .member("note", session.note)
        .member("current", boost::json::value(session.current))
        .end();
  }
  out += ']';
  return out;
}

}  // namespace webtool::auth
