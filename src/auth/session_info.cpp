// Sessions as the JSON that their owner may see.
#include <webtool/auth/jwt_service.hpp>

#include "auth/json_writer.hpp"

namespace webtool::auth {

std::string to_json(const std::vector<SessionInfo>& sessions) {
  std::string out = "[";
  for (const auto& session : sessions) {
    out += out.size() == 1 ? "{\"jti\":" : ",{\"jti\":";
    write_json(out, session.refresh_jti);
    out += ",\"created\":";
    write_json(out, session.created);
    out += ",\"rotated\":";
    write_json(out, session.rotated);
    out += ",\"expires\":";
    write_json(out, session.expires);
    out += ",\"note\":";
    write_json(out, session.note);
    out += session.current ? ",\"current\":true}" : ",\"current\":false}";
  }
  out += ']';
  return out;
}

}  // namespace webtool::auth
