// webtool's keys and tokens on the command line, for other implementations to talk to.
//
//   token_tool make KIND                     a new private key as PEM
//   token_tool public pem|jwk KEYFILE ALG    its public part
//   token_tool sign KEYFILE ALG TYP          signs what is on standard input
//   token_tool verify KEYFILE ALG TYP        checks the token there, and prints its payload
//
// KEYFILE holds a PEM, a JWK or a secret. A token that is not trusted ends it with status 1.
#include <webtool/jose/compact.hpp>

#include <boost/json/serialize.hpp>

#include <array>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace webtool::jose;

std::string all_of(std::istream& in) {
  return {std::istreambuf_iterator<char>(in), {}};
}

Key read_key(const std::string& file, const std::string& alg) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::invalid_argument("cannot read " + file);
  const std::string text = all_of(in);
  const KeyOptions options{.algorithm = parse_algorithm(alg)};
  if (!options.algorithm) throw std::invalid_argument("unknown algorithm " + alg);
  return text.starts_with('{') ? Key::from_jwk(text, options) : Key::load(text, options);
}

Key make_key(const std::string& kind) {
  constexpr std::array<std::pair<std::string_view, KeyType>, 6> kinds{{
      {"Ed25519", KeyType::ed25519},
      {"Ed448", KeyType::ed448},
      {"P-256", KeyType::p256},
      {"P-384", KeyType::p384},
      {"P-521", KeyType::p521},
      {"secp256k1", KeyType::secp256k1},
  }};
  for (const auto& [name, type] : kinds) {
    if (name == kind) return Key::generate(type);
  }
  if (kind == "RSA") return Key::generate_rsa();
  throw std::invalid_argument("unknown kind of key " + kind);
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "make") {
    std::cout << make_key(words[1]).private_pem();
    return 0;
  }
  if (words.size() == 4 && words[0] == "public") {
    const Key key = read_key(words[2], words[3]);
    std::cout << (words[1] == "jwk" ? boost::json::serialize(key.public_jwk()) : key.public_pem());
    return 0;
  }
  if (words.size() == 4 && words[0] == "sign") {
    std::cout << sign_compact(read_key(words[1], words[2]), words[3], all_of(std::cin));
    return 0;
  }
  if (words.size() == 4 && words[0] == "verify") {
    std::string payload;
    const auto error =
        verify_compact(read_key(words[1], words[2]), all_of(std::cin), words[3], payload);
    std::cout << payload;
    if (error) std::cerr << error.message() << '\n';
    return error ? 1 : 0;
  }
  throw std::invalid_argument("see the head of token_tool.cpp");
}

}  // namespace

int main(int argc, char** argv) try {
  return run({argv + 1, argv + argc});
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 2;
}
