#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include <webtool/redis/options.hpp>

namespace webtool::redis {
namespace {

using namespace std::chrono_literals;

/// The address, user and database of `options` in one line.
std::string describe(const Options& options) {
  std::string text = options.tls ? "tls " : "";
  text += options.unix_socket.empty() ? options.host + '|' + std::to_string(options.port)
                                      : options.unix_socket;
  text += '|' + options.username + '|' + std::string(options.password.expose());
  return text + '|' + std::to_string(options.database);
}

TEST(RedisUrl, ReadsAddressUserAndDatabase) {
  struct Row {
    const char* url;
    const char* expected;
  };
  const Row table[] = {
      {"redis://localhost", "localhost|6379|||0"},
      {"redis://localhost/", "localhost|6379|||0"},
      {"redis://localhost?", "localhost|6379|||0"},
      {"redis://localhost:6380", "localhost|6380|||0"},
      {"redis://10.0.0.1:1/15", "10.0.0.1|1|||15"},
      {"redis://h:65535/0", "h|65535|||0"},
      {"redis://h?db=4", "h|6379|||4"},
      {"redis://:secret@h", "h|6379||secret|0"},
      {"redis://ann:secret@h:7/3", "h|7|ann|secret|3"},
      {"redis://ann:a%3Ab%40c%2F%25@h", "h|6379|ann|a:b@c/%|0"},
      {"redis://ann:p:q@h", "h|6379|ann|p:q|0"},
      {"redis://[::1]", "::1|6379|||0"},
      {"redis://[fe80::1%25lo]:1", "fe80::1%lo|1|||0"},
      {"redis://:p@[2001:db8::1]:99/1", "2001:db8::1|99||p|1"},
      {"rediss://h", "tls h|6379|||0"},
      {"unix:///run/redis.sock", "/run/redis.sock|||0"},
      {"unix:///run/a%20b.sock?db=2", "/run/a b.sock|||2"},
      {"unix://ann:secret@/run/redis.sock", "/run/redis.sock|ann|secret|0"},
  };
  for (const Row& row : table) EXPECT_EQ(describe(parse_url(row.url)), row.expected) << row.url;
}

TEST(RedisUrl, ReadsQueryParameters) {
  const Options options = parse_url(
      "rediss://h?db=1&client_name=api%2d1&timeout=20&connect_timeout=30&tls_ca_file=/etc/ca.pem");
  EXPECT_EQ(options.database, 1U);
  EXPECT_EQ(options.client_name, "api-1");
  EXPECT_EQ(options.command_timeout, 20ms);
  EXPECT_EQ(options.connect_timeout, 30ms);
  EXPECT_EQ(options.tls_ca_file, "/etc/ca.pem");
  EXPECT_FALSE(options.tls_insecure);
  EXPECT_EQ(parse_url("redis://h").key_namespace, "");
  EXPECT_EQ(parse_url("unix:///s?namespace=shop-1.a_B").key_namespace, "shop-1.a_B");
  const Options shown = parse_url("rediss://h?tls_cert_file=/c.pem&tls_key_file=/k%20.pem");
  EXPECT_EQ(shown.tls_cert_file, "/c.pem");
  EXPECT_EQ(shown.tls_key_file, "/k .pem");
  EXPECT_TRUE(parse_url("rediss://h?tls_insecure=true").tls_insecure);
  EXPECT_FALSE(parse_url("rediss://h?tls_insecure=false").tls_insecure);
}

TEST(RedisUrl, NamesThePartItRefuses) {
  struct Row {
    const char* url;
    const char* part;
  };
  const Row table[] = {
      {"", "start with"},
      {"localhost:6379", "start with"},
      {"http://h", "scheme"},
      {"REDIS://h", "scheme"},
      {"redis://", "host"},
      {"redis://:6379", "host"},
      {"redis:///0", "host"},
      {"redis://:hunter2@", "host"},
      {"redis://[::1", "]"},
      {"redis://[nonsense]", "IPv6"},
      {"redis://[::1]6379", "port"},
      {"redis://[::1]:", "port"},
      {"redis://h:", "port"},
      {"redis://h:0", "port"},
      {"redis://h:65536", "port"},
      {"redis://h:-1", "port"},
      {"redis://h:+1", "port"},
      {"redis://h:1a", "port"},
      {"redis://h:99999999999999999999", "port"},
      {"redis://::1", "host"},
      {"redis://h:1:2", "port"},
      {"redis://h/a", "database"},
      {"redis://h/-1", "database"},
      {"redis://h/1/", "database"},
      {"redis://h/2147483648", "database"},
      {"redis://h?db=", "database"},
      {"redis://h/1?db=1", "db is given twice"},
      {"redis://h?timeout=1&timeout=1", "timeout is given twice"},
      {"redis://h?timeout=0", "timeout"},
      {"redis://h?timeout=1s", "timeout"},
      {"redis://h?timeout=999999999999", "timeout"},
      {"redis://h?connect_timeout", "connect_timeout"},
      {"redis://h?unknown=1", "parameter"},
      {"redis://h?Timeout=1", "parameter"},
      {"redis://h?client_name=%zz", "parameter"},
      {"redis://h?client_name=a%20b", "client_name"},
      {"rediss://h?tls_insecure=yes", "tls_insecure"},
      {"rediss://h?tls_insecure=true&tls_ca_file=x", "tls_insecure"},
      {"redis://h?tls_ca_file=x", "tls_ca_file"},
      {"redis://h?tls_insecure=true", "tls_insecure"},
      {"rediss://h?tls_cert_file=x", "tls_key_file"},
      {"rediss://h?tls_key_file=x", "tls_key_file"},
      {"redis://h?tls_cert_file=x&tls_key_file=x", "tls_cert_file"},
      {"redis://h?namespace=", "namespace"},
      {"redis://h?namespace=a%3Ab", "namespace"},
      {"redis://h?namespace=%7Ba%7D", "namespace"},
      {"redis://h?namespace=a&namespace=a", "namespace is given twice"},
      {"redis://[fe80::1%2]", "host"},
      {"redis://[%00]", "IPv6"},
      {"redis://ann@h", "password"},
      {"redis://ann:%4@h", "password"},
      {"redis://an%n:hunter2@h", "user name"},
      {"redis://:hunter2@h%", "host"},
      {"redis://:hunter2@h%00", "host"},
      {"redis://:hunter2@h#x", "#"},
      {"redis://:hunter2@h h", "spaces"},
      {"redis://:hunter2@h\n", "control"},
      {"redis://:h\xc3\xbcnter2@h", "non-ASCII"},
      {"unix://", "path"},
      {"unix:///", "path"},
      {"unix://h/run/redis.sock", "host"},
      {"unix:///run%00", "unix_socket"},
  };
  for (const Row& row : table) {
    try {
      (void)parse_url(row.url);
      ADD_FAILURE() << "accepted: " << row.url;
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find(row.part), std::string::npos)
          << row.url << " -> " << error.what();
    }
  }
}

TEST(RedisUrl, NeverShowsAnythingOfThePassword) {
  // A password that was not percent-encoded ends up in any part.
  for (const std::string url :
       {"redis://:hunter2/hunter2@h", "redis://:a?hunter2@h", "redis://:a#hunter2@h",
        "redis://:hunter2%@h", "redis://:x@hunter2:hunter2", "redis://:a?db=hunter2@h",
        "redis://:a?hunter2=1@h", "hunter2://h", "redis://:hunter2"}) {
    try {
      (void)parse_url(url);
      ADD_FAILURE() << "accepted: " << url;
    } catch (const std::invalid_argument& error) {
      EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos) << error.what();
    }
  }
}

TEST(RedisUrl, RefusesATooLongSocketPath) {
  EXPECT_NO_THROW((void)parse_url("unix:///" + std::string(106, 'x')));
  EXPECT_THROW((void)parse_url("unix:///" + std::string(107, 'x')), std::invalid_argument);
}

}  // namespace
}  // namespace webtool::redis
