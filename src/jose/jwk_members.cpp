#include "jose/jwk_members.hpp"

#include <webtool/core/secret.hpp>
#include <webtool/jose/base64url.hpp>
#include <webtool/jose/key.hpp>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace webtool::jose {
namespace {

[[noreturn]] void refuse(std::string_view name, const char* fault) {
  throw InvalidKey("the JWK member \"" + std::string(name) + "\" " + fault);
}

}  // namespace

Wiped::~Wiped() {
  wipe(bytes);
}

std::string text_member(const boost::json::object& jwk, std::string_view name) {
  const auto* member = jwk.if_contains({name.data(), name.size()});
  if (member == nullptr) refuse(name, "is missing");
  const auto* text = member->if_string();
  if (text == nullptr) refuse(name, "is not a string");
  return {text->data(), text->size()};
}

std::string decoded_member(const boost::json::object& jwk, std::string_view name) {
  const Wiped text(text_member(jwk, name));
  auto bytes = base64url_decode(text.bytes);
  if (!bytes) refuse(name, "is not base64url");
  return std::move(*bytes);
}

Wiped octets_member(const boost::json::object& jwk, std::string_view name, std::size_t width) {
  std::string bytes = decoded_member(jwk, name);
  if (bytes.size() != width) {
    wipe(bytes);
    refuse(name, "has the wrong length for its curve");
  }
  return Wiped(std::move(bytes));
}

BignumPtr secure_number(std::string_view bytes) {
  return BignumPtr(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), BN_secure_new()));
}

BignumPtr number_member(const boost::json::object& jwk, std::string_view name) {
  const Wiped bytes(decoded_member(jwk, name));
  if (bytes.bytes.empty()) refuse(name, "is empty");
  if (bytes.bytes.front() == '\0') refuse(name, "has leading zeros");
  return secure_number(bytes.bytes);
}

Permission permission_of(const boost::json::object& jwk) {
  Permission permission;
  if (jwk.contains("use") && text_member(jwk, "use") != "sig") return {false, false};
  if (const auto* member = jwk.if_contains("key_ops")) {
    const auto* operations = member->if_array();
    if (operations == nullptr) refuse("key_ops", "is not an array");
    permission = {false, false};
    for (const auto& operation : *operations) {
      if (!operation.is_string()) refuse("key_ops", "contains a value that is not a string");
      bool& allowed = operation.get_string() == "sign" ? permission.sign : permission.verify;
      if (operation.get_string() != "sign" && operation.get_string() != "verify") continue;
      if (allowed) refuse("key_ops", "lists an operation twice");
      allowed = true;
    }
  }
  return permission;
}

}  // namespace webtool::jose
