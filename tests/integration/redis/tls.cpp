// TLS: the server must prove who it is, unless the options say by name that it need not.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include <webtool/redis/client.hpp>

#include "support/redis_ask.hpp"
#include "support/redis_server.hpp"
#include "support/temporary_folder.hpp"

namespace webtool::redis {
namespace {

using namespace std::chrono_literals;

using test::ask;
using test::impatient;
using test::Loop;
using test::patient;
using test::RedisServer;
using test::show;

/// A folder of throw-away keys and certificates.
class Certificates {
 public:
  void authority(const std::string& name) {
    make(name, "-addext basicConstraints=critical,CA:TRUE");
  }
  /// A certificate for `names`, such as "DNS:localhost", vouched for by `authority`.
  void server(const std::string& name, const std::string& authority, const std::string& names) {
    make(name, "-CA " + path(authority, "pem") + " -CAkey " + path(authority, "key") +
                   " -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=" + names);
  }
  [[nodiscard]] std::string path(const std::string& name, const std::string& kind) const {
    return folder_ / (name + '.' + kind);
  }
  /// What a redis-server with that certificate is started with.
  [[nodiscard]] std::vector<std::string> arguments(const std::string& name) const {
    return {"--tls-cert-file",    path(name, "pem"), "--tls-key-file",     path(name, "key"),
            "--tls-ca-cert-file", path(name, "pem"), "--tls-auth-clients", "no"};
  }

 private:
  void make(const std::string& name, const std::string& more) {
    const std::string line =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" +
        name + " -keyout " + path(name, "key") + " -out " + path(name, "pem") + ' ' + more + " 2>" +
        path(name, "log");
    if (std::system(line.c_str()) != 0) throw std::runtime_error("failed: " + line);
  }

  test::TemporaryFolder folder_{"tls"};
};

struct RedisTls : testing::Test {
  static void SetUpTestSuite() {
    certificates = new Certificates;
    certificates->authority("ours");
    certificates->authority("theirs");
    certificates->server("local", "ours", "DNS:localhost,IP:127.0.0.1");
    certificates->server("elsewhere", "ours", "DNS:redis.example,IP:127.0.0.2");
  }
  static void TearDownTestSuite() { delete certificates; }

  static std::string address(const RedisServer& server, const std::string& host) {
    return "rediss://" + host + ':' + std::to_string(server.port());
  }
  static std::string trusting(const std::string& name) {
    return "?tls_ca_file=" + certificates->path(name, "pem");
  }
  std::string try_it(const std::string& url) {
    Client client(patient(url));
    return show(ask(loop, client, Command("PING")));
  }

  inline static Certificates* certificates = nullptr;
  Loop loop;
};

TEST_F(RedisTls, AcceptsTheRightServerByNameAndByAddress) {
  RedisServer server(certificates->arguments("local"), RedisServer::Mode::tls);
  EXPECT_EQ(try_it(address(server, "localhost") + trusting("ours")), "PONG");
  EXPECT_EQ(try_it(address(server, "127.0.0.1") + trusting("ours")), "PONG");
}

TEST_F(RedisTls, CarriesLargeValuesAndManyAtOnce) {
  RedisServer server(certificates->arguments("local"), RedisServer::Mode::tls);
  Client client(patient(address(server, "localhost") + trusting("ours")));
  const std::string value(5'000'000, 'x');
  EXPECT_EQ(show(ask(loop, client, Command("SET", "key", value))), "OK");
  EXPECT_TRUE(show(ask(loop, client, Command("GET", "key"))) == value);
  std::vector<awaitable<result<Reply>>> works;
  for (int i = 0; i < 1000; ++i) works.push_back(client.execute(Command("ECHO", i)));
  const auto outcomes = loop.run_all(std::move(works));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(show(outcomes[i]), std::to_string(i));
}

TEST_F(RedisTls, RefusesAnotherAuthority) {
  RedisServer server(certificates->arguments("local"), RedisServer::Mode::tls);
  EXPECT_EQ(try_it(address(server, "localhost") + trusting("theirs")), show(Error::connect_failed));
  // Nor do the system's authorities know it.
  EXPECT_EQ(try_it(address(server, "localhost")), show(Error::connect_failed));
}

TEST_F(RedisTls, RefusesAnotherName) {
  RedisServer server(certificates->arguments("elsewhere"), RedisServer::Mode::tls);
  EXPECT_EQ(try_it(address(server, "localhost") + trusting("ours")), show(Error::connect_failed));
  EXPECT_EQ(try_it(address(server, "127.0.0.1") + trusting("ours")), show(Error::connect_failed));
}

TEST_F(RedisTls, AcceptsAnybodyWhereToldTo) {
  RedisServer server(certificates->arguments("elsewhere"), RedisServer::Mode::tls);
  EXPECT_EQ(try_it(address(server, "localhost") + "?tls_insecure=true"), "PONG");
}

TEST_F(RedisTls, ShowsItsOwnCertificateToAServerThatAsksForOne) {
  auto arguments = certificates->arguments("local");
  arguments.resize(4);
  arguments.insert(arguments.end(), {"--tls-ca-cert-file", certificates->path("ours", "pem"),
                                     "--tls-auth-clients", "yes"});
  RedisServer server(arguments, RedisServer::Mode::tls);
  const auto showing = [&](const std::string& name) {
    return address(server, "localhost") + trusting("ours") +
           "&tls_cert_file=" + certificates->path(name, "pem") +
           "&tls_key_file=" + certificates->path(name, "key");
  };
  EXPECT_EQ(try_it(showing("elsewhere")), "PONG");
  EXPECT_EQ(try_it(showing("theirs")), show(Error::connect_failed));
  EXPECT_EQ(try_it(address(server, "localhost") + trusting("ours")), show(Error::connect_failed));
}

TEST_F(RedisTls, NamesTheFileOfItsOwnThatCannotBeRead) {
  const auto complaint = [&](const std::string& cert, const std::string& key) -> std::string {
    Options options;
    options.tls = true;
    options.tls_ca_file = certificates->path("ours", "pem");
    options.tls_cert_file = cert;
    options.tls_key_file = key;
    try {
      const Client client(options);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "none";
  };
  const auto cert = certificates->path("local", "pem");
  const auto key = certificates->path("local", "key");
  EXPECT_EQ(complaint(cert, key), "none");
  EXPECT_NE(complaint("/no/such.pem", key).find("tls_cert_file \"/no/such.pem\""),
            std::string::npos);
  EXPECT_NE(complaint(key, key).find("tls_cert_file"), std::string::npos);
  EXPECT_NE(complaint(cert, "/no/such.key").find("tls_key_file \"/no/such.key\""),
            std::string::npos);
  EXPECT_NE(complaint(cert, cert).find("tls_key_file"), std::string::npos);
  // A key of another certificate.
  EXPECT_NE(complaint(cert, certificates->path("ours", "key")).find("tls_key_file"),
            std::string::npos);
}

TEST_F(RedisTls, RefusesOldProtocolVersions) {
  auto arguments = certificates->arguments("local");
  arguments.insert(arguments.end(), {"--tls-protocols", "TLSv1.1"});
  RedisServer server(arguments, RedisServer::Mode::tls);
  EXPECT_EQ(try_it(address(server, "localhost") + trusting("ours")), show(Error::connect_failed));
}

TEST_F(RedisTls, DoesNotFallBackToPlainText) {
  RedisServer plain;
  Client secret(impatient(address(plain, "localhost") + trusting("ours")));
  EXPECT_EQ(ask(loop, secret, Command("PING")).error(), Error::connect_failed);
  RedisServer secure(certificates->arguments("local"), RedisServer::Mode::tls);
  Client client(impatient("redis://localhost:" + std::to_string(secure.port())));
  EXPECT_EQ(ask(loop, client, Command("PING")).error(), Error::connect_failed);
}

TEST_F(RedisTls, AnIdempotentCommandSurvivesTheEndOfItsConnection) {
  RedisServer server(certificates->arguments("local"), RedisServer::Mode::tls);
  Client client(patient(address(server, "localhost") + trusting("ours")));
  const Command ping("PING");
  EXPECT_EQ(show(ask(loop, client, ping)), "PONG");
  server.freeze();
  std::string text;
  loop.spawn([&]() -> awaitable<void> {
    const auto outcome = co_await client.execute(ping, Retry::if_idempotent);
    text = show(outcome);
  });
  loop.poll();
  server.restart();
  loop.run_until([&] { return !text.empty(); });
  EXPECT_EQ(text, "PONG");
}

TEST_F(RedisTls, RecoversFromARestart) {
  RedisServer server(certificates->arguments("local"), RedisServer::Mode::tls);
  Options options = impatient(address(server, "localhost") + trusting("ours"));
  options.connect_timeout = options.command_timeout = 60s;
  Client client(options);
  EXPECT_EQ(show(ask(loop, client, Command("PING"))), "PONG");
  server.restart();
  test::ask_until(loop, client, Command("PING"),
                  [](const auto& outcome) { return outcome.has_value(); });
}

}  // namespace
}  // namespace webtool::redis
