// What a token costs beside the bare OpenSSL operation with key and context at hand, and beside
// another library. Times are the least of several runs taken in turn, so that what else the
// machine did meanwhile falls on all of them alike.
#include <benchmark/benchmark.h>
#include <fmt/core.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <webtool/jose/compact.hpp>
#include <webtool/jose/json.hpp>

#ifdef WEBTOOL_PEER_CPP_JWT
#include <jwt/jwt.hpp>
#include <nlohmann/json.hpp>
#endif

namespace {

using namespace webtool::jose;

// 190 bytes: what auth/ puts into an access token.
constexpr std::string_view claims =
    R"({"sub":"123","exp":4102444800.25,"iat":1700000000.25,"jti":"0123456789abcdef0123456789abcdef",)"
    R"("scope":["read","write"],"extra":{"name":"Grace Hopper","city":"Arlington","team":"compilers"}})";
constexpr std::string_view secret = "0123456789abcdef0123456789abcdef";

void require(bool good) {
  if (!good) std::abort();
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// ── the floor: OpenSSL with everything fetched and initialised ──

class HmacFloor {
 public:
  HmacFloor() {
    std::array<unsigned char, 64> pad{};
    std::copy(secret.begin(), secret.end(), pad.begin());
    for (auto& byte : pad) byte ^= 0x36;
    begin(inner_, pad);
    for (auto& byte : pad) byte ^= 0x36 ^ 0x5c;
    begin(outer_, pad);
  }
  void tag(std::string_view message) {
    unsigned size = 0;
    EVP_MD_CTX_copy_ex(work_, inner_);
    EVP_DigestUpdate(work_, message.data(), message.size());
    EVP_DigestFinal_ex(work_, tag_.data(), &size);
    EVP_MD_CTX_copy_ex(work_, outer_);
    EVP_DigestUpdate(work_, tag_.data(), size);
    EVP_DigestFinal_ex(work_, tag_.data(), &size);
  }

 private:
  void begin(EVP_MD_CTX* context, const std::array<unsigned char, 64>& pad) {
    EVP_DigestInit_ex(context, digest_, nullptr);
    EVP_DigestUpdate(context, pad.data(), pad.size());
  }
  EVP_MD* digest_ = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* inner_ = EVP_MD_CTX_new();
  EVP_MD_CTX* outer_ = EVP_MD_CTX_new();
  EVP_MD_CTX* work_ = EVP_MD_CTX_new();
  std::array<unsigned char, 32> tag_{};
};

class PkeyFloor {
 public:
  PkeyFloor(std::string_view pem, bool one_shot) : one_shot_(one_shot) {
    BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    if (one_shot_) {
      require(EVP_DigestSignInit(one_signer_, nullptr, nullptr, nullptr, key) == 1);
      require(EVP_DigestVerifyInit(one_verifier_, nullptr, nullptr, nullptr, key) == 1);
    } else {
      signer_ = EVP_PKEY_CTX_new(key, nullptr);
      verifier_ = EVP_PKEY_CTX_new(key, nullptr);
      require(EVP_PKEY_sign_init(signer_) == 1 && EVP_PKEY_verify_init(verifier_) == 1);
      EVP_PKEY_CTX_set_signature_md(signer_, digest_);
      EVP_PKEY_CTX_set_signature_md(verifier_, digest_);
    }
    signature_.resize(static_cast<std::size_t>(EVP_PKEY_get_size(key)));
    EVP_PKEY_free(key);
  }
  void sign(std::string_view message) {
    size_ = signature_.size();
    if (one_shot_) {
      require(EVP_DigestSign(one_signer_, signature_.data(), &size_, bytes_of(message),
                             message.size()) == 1);
    } else {
      hash(message);
      require(EVP_PKEY_sign(signer_, signature_.data(), &size_, hash_.data(), hash_.size()) == 1);
    }
  }
  void verify(std::string_view message) {
    if (one_shot_) {
      require(EVP_DigestVerify(one_verifier_, signature_.data(), size_, bytes_of(message),
                               message.size()) == 1);
    } else {
      hash(message);
      require(EVP_PKEY_verify(verifier_, signature_.data(), size_, hash_.data(), hash_.size()) ==
              1);
    }
  }

 private:
  void hash(std::string_view message) {
    EVP_DigestInit_ex2(hasher_, digest_, nullptr);
    EVP_DigestUpdate(hasher_, message.data(), message.size());
    EVP_DigestFinal_ex(hasher_, hash_.data(), nullptr);
  }
  bool one_shot_;
  EVP_MD* digest_ = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* hasher_ = EVP_MD_CTX_new();
  EVP_MD_CTX* one_signer_ = EVP_MD_CTX_new();
  EVP_MD_CTX* one_verifier_ = EVP_MD_CTX_new();
  EVP_PKEY_CTX* signer_ = nullptr;
  EVP_PKEY_CTX* verifier_ = nullptr;
  std::array<unsigned char, 32> hash_{};
  std::vector<unsigned char> signature_;
  std::size_t size_ = 0;
};

// ── registration: "<algorithm> <operation>/<who>" ──

template <class Run>
void add(const std::string& name, const Run& run) {
  benchmark::RegisterBenchmark(name.c_str(), [run](benchmark::State& state) {
    for ([[maybe_unused]] auto step : state) run();
  });
}

void add_webtool(const std::string& algorithm, const Key& key) {
  const auto ring = std::make_shared<const KeyRing>(key);
  const std::string token = sign_compact(key, "at+jwt", claims);
  const auto payload = std::make_shared<std::string>();
  add(algorithm + " sign/webtool",
      [ring] { benchmark::DoNotOptimize(sign_compact(ring->signing_key(), "at+jwt", claims)); });
  add(algorithm + " verify/webtool",
      [=] { require(!verify_compact(*ring, token, "at+jwt", *payload)); });
  add(algorithm + " verify and claims/webtool", [=] {
    require(!verify_compact(*ring, token, "at+jwt", *payload));
    require(parse_strict_object(*payload).has_value());
  });
}

void add_peer(const std::string& algorithm, const std::string& signing_key,
              const std::string& verifying_key) {
#ifdef WEBTOOL_PEER_CPP_JWT
  namespace params = jwt::params;
  const auto parsed = nlohmann::json::parse(claims);
  auto make = [=] {
    jwt::jwt_object object{params::algorithm(algorithm), params::secret(signing_key)};
    for (const auto& [name, value] : parsed.items()) object.add_claim(name, value);
    return object.signature();
  };
  const std::string token = make();
  add(algorithm + " sign/cpp-jwt", [make] { benchmark::DoNotOptimize(make()); });
  add(algorithm + " verify and claims/cpp-jwt", [=] {
    benchmark::DoNotOptimize(jwt::decode(token, params::algorithms({algorithm}),
                                         params::secret(verifying_key), params::verify(true)));
  });
#else
  (void)algorithm, (void)signing_key, (void)verifying_key;
#endif
}

void add_all() {
  const Key hmac = Key::from_secret(secret);
  const std::string message = sign_compact(hmac, "at+jwt", claims).substr(0, 330);
  add_webtool("HS256", hmac);
  const auto floor = std::make_shared<HmacFloor>();
  add("HS256 sign/openssl", [=] { floor->tag(message); });
  add("HS256 verify/openssl", [=] { floor->tag(message); });
  add_peer("HS256", std::string(secret), std::string(secret));

  const std::vector<std::pair<std::string, Key>> keys{{"EdDSA", Key::generate(KeyType::ed25519)},
                                                      {"ES256", Key::generate(KeyType::p256)},
                                                      {"RS256", Key::generate_rsa(2048)}};
  for (const auto& [algorithm, key] : keys) {
    add_webtool(algorithm, key);
    const auto raw = std::make_shared<PkeyFloor>(key.private_pem(), algorithm == "EdDSA");
    raw->sign(message);
    add(algorithm + " sign/openssl", [=] { raw->sign(message); });
    add(algorithm + " verify/openssl", [=] { raw->verify(message); });
    if (algorithm != "EdDSA") add_peer(algorithm, key.private_pem(), key.public_pem());
  }
  add("claims/webtool", [] { require(parse_strict_object(claims).has_value()); });
}

// Keeps the least time of each name, and prints them side by side.
class SideBySide : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& /*context*/) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      const std::string& name = run.run_name.function_name;
      const std::size_t slash = name.find('/');
      double& least =
          rows_.try_emplace(name.substr(0, slash)).first->second[name.substr(slash + 1)];
      if (least == 0 || run.GetAdjustedCPUTime() < least) least = run.GetAdjustedCPUTime();
    }
  }
  void Finalize() override {
    fmt::print("{:<26}{:>12}{:>12}{:>8}{:>12}{:>8}\n", "nanoseconds", "webtool", "OpenSSL", "ratio",
               "cpp-jwt", "ratio");
    for (auto& [name, times] : rows_) {
      const double own = times["webtool"];
      fmt::print("{:<26}{:>12.0f}{}{}\n", name, own, beside(own, times["openssl"]),
                 beside(own, times["cpp-jwt"]));
    }
  }

 private:
  static std::string beside(double own, double other) {
    return other == 0 ? fmt::format("{:>12}{:>8}", "", "")
                      : fmt::format("{:>12.0f}{:>8.2f}", other, own / other);
  }
  std::map<std::string, std::map<std::string, double>> rows_;
};

}  // namespace

int main(int argc, char** argv) {
  std::vector<char*> arguments(argv, argv + argc);
  std::string repetitions = "--benchmark_repetitions=15";
  std::string in_turn = "--benchmark_enable_random_interleaving=true";
  std::string least_time = "--benchmark_min_time=0.03";
  arguments.insert(arguments.begin() + 1, {repetitions.data(), in_turn.data(), least_time.data()});
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  add_all();
  SideBySide reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
}
