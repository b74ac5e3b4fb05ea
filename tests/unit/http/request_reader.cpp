#include "http/request_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace webtool::http {
namespace {

using Phase = RequestReader::Phase;

// What came out of a stream of bytes: "METHOD path?query [body]" for each request, then the status
// the stream was refused with, if it was.
struct Outcome {
  std::vector<std::string> requests{};
  unsigned status = 0;
  Phase phase = Phase::idle;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

struct Limits {
  std::size_t header = 1000;
  std::size_t body = 1000;
};

// Feeds `bytes`, at most `piece` at a time.
Outcome read(std::string_view bytes, std::size_t piece = std::string_view::npos,
             Limits limits = {}) {
  RequestParts parts;
  RequestReader reader(parts, limits.header, limits.body);
  Outcome outcome;
  for (;;) {
    const auto phase = reader.advance();
    if (phase == Phase::complete) {
      outcome.requests.push_back(std::string(parts.method) + " " + std::string(parts.path) + "?" +
                                 std::string(parts.query) + " [" + parts.body + "]");
      reader.finish();
      continue;
    }
    outcome.phase = phase;
    outcome.status = reader.status();
    if (phase == Phase::failed || bytes.empty()) return outcome;
    const auto space = reader.prepare();
    EXPECT_GT(space.size(), 0u);
    const auto size = std::min({bytes.size(), piece, space.size()});
    std::memcpy(space.data(), bytes.data(), size);
    reader.commit(size);
    bytes.remove_prefix(size);
  }
}

const std::string get = "GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string post = "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";
const std::string chunked =
    "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nTrailer: t\r\n\r\n";

TEST(RequestReader, ReadsWhatIsInTheBuffer) {
  EXPECT_EQ(read(get), (Outcome{{"GET /a?b=c []"}}));
  EXPECT_EQ(read(post), (Outcome{{"POST /p? [body]"}}));
  EXPECT_EQ(read(chunked), (Outcome{{"POST /c? [abcd]"}}));
  EXPECT_EQ(read(get + post + chunked + get),
            (Outcome{{"GET /a?b=c []", "POST /p? [body]", "POST /c? [abcd]", "GET /a?b=c []"}}));
}

TEST(RequestReader, ReadsTheSameInPiecesOfAnySize) {
  const auto all = get + chunked + "\r\n" + post + get + chunked;
  const auto whole = read(all);
  ASSERT_EQ(whole.requests.size(), 5u);
  for (std::size_t piece = 1; piece < all.size(); ++piece) {
    EXPECT_EQ(read(all, piece), whole) << piece;
  }
}

TEST(RequestReader, WaitsForTheRestAtEveryByte) {
  for (const auto& request : {get, post, chunked}) {
    for (std::size_t size = 0; size < request.size(); ++size) {
      const auto outcome = read(std::string_view(request).substr(0, size));
      EXPECT_EQ(outcome.requests.size(), 0u) << size;
      EXPECT_NE(outcome.phase, Phase::failed) << size;
      EXPECT_EQ(outcome.phase == Phase::idle, size == 0) << size;
    }
  }
}

TEST(RequestReader, KeepsFieldsAndBodyWhileTheBodyComes) {
  std::string request = "POST / HTTP/1.1\r\nHost: h\r\nX-Long: " + std::string(5000, 'x') +
                        "\r\nContent-Length: 20000\r\n\r\n" + std::string(20000, 'b') + get;
  RequestParts parts;
  RequestReader reader(parts, 16'384, 65'536);
  for (const char byte : request) {
    if (reader.advance() == Phase::complete) break;
    *static_cast<char*>(reader.prepare().data()) = byte;
    reader.commit(1);
  }
  ASSERT_EQ(reader.phase(), Phase::complete);
  EXPECT_EQ(parts.body, std::string(20000, 'b'));
  ASSERT_EQ(parts.fields.size(), 3u);
  EXPECT_EQ(parts.fields[1].value, std::string(5000, 'x'));
}

TEST(RequestReader, SkipsEmptyLinesBeforeARequest) {
  EXPECT_EQ(read("\r\n\r\n" + get).requests.size(), 1u);
  EXPECT_EQ(read("\r\n").phase, Phase::idle);
  EXPECT_EQ(read("\n" + get).status, 400u);
}

std::string with(std::string_view fields, std::string_view first = "GET / HTTP/1.1") {
  return std::string(first) + "\r\nHost: h\r\n" + std::string(fields) + "\r\n";
}

TEST(RequestReader, RefusesMalformedHeads) {
  for (const auto& bad : std::vector<std::string>{
           // request line
           "\n", " GET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
           "GET /  HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n",
           "GET /\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\nHost: h\n\n", "GET\r\n\r\n",
           "G\xc3\x89T / HTTP/1.1\r\nHost: h\r\n\r\n", "GET / http/1.1\r\nHost: h\r\n\r\n",
           "GET / HTTP/1.10\r\nHost: h\r\n\r\n", "GET / HTTP/11\r\nHost: h\r\n\r\n",
           "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", "GET a HTTP/1.1\r\nHost: h\r\n\r\n",
           "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", "(a) / HTTP/1.1\r\nHost: h\r\n\r\n",
           "GET /\rHTTP/1.1\r\nHost: h\r\n\r\n",
           // fields
           with("A b: c\r\n"), with("A : b\r\n"), with(": b\r\n"), with("A\r\n"),
           with("A: b\r\n c\r\n"), with("A: b\r\n\tc\r\n"), with("A: b\rc\r\n"),
           with("A: b\nC: d\r\n"), with("A: b\r\r\n"), with("A: \x01\r\n"),
           with(std::string("A: \0b\r\n", 7)), with("\r\n", "GET / HTTP/1.1\r\n X: y"),
           // host
           "GET / HTTP/1.1\r\n\r\n", with("Host: h\r\n"), with("hOST: i\r\n"),
           "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", with("Host: h\r\n", "GET / HTTP/1.0")}) {
    const auto outcome = read(bad);
    EXPECT_EQ(outcome.status, 400u) << bad;
    EXPECT_EQ(outcome.requests.size(), 0u) << bad;
    EXPECT_EQ(read(bad, 1), outcome) << bad;
  }
}

TEST(RequestReader, RefusesWhatTwoReadersCouldEndInTwoPlaces) {
  const std::string post_line = "POST / HTTP/1.1";
  for (const auto& bad : std::vector<std::string>{
           with("Content-Length: 1\r\nContent-Length: 1\r\n", post_line),
           with("Content-Length: 1\r\nContent-Length: 2\r\n", post_line),
           with("Content-Length: 1, 1\r\n", post_line), with("Content-Length: +1\r\n", post_line),
           with("Content-Length: -1\r\n", post_line), with("Content-Length: 0x1\r\n", post_line),
           with("Content-Length: 1 1\r\n", post_line), with("Content-Length:\r\n", post_line),
           with("Content-Length: 18446744073709551616\r\n", post_line),
           with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", post_line),
           with("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", post_line),
           with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", post_line),
           with("Transfer-Encoding: chunked\r\n", "POST / HTTP/1.0")}) {
    EXPECT_EQ(read(bad).status, 400u) << bad;
  }
  for (const auto* coding : {"gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked",
                             "xchunked", "identity", "", "\"chunked\"", "chunked;q=1"}) {
    const auto bad = with("Transfer-Encoding: " + std::string(coding) + "\r\n", post_line);
    EXPECT_EQ(read(bad).status, 501u) << coding;
  }
  EXPECT_EQ(
      read(with("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", post_line)).status,
      501u);
}

TEST(RequestReader, RefusesMalformedChunks) {
  const auto head = with("Transfer-Encoding: chunked\r\n", "POST / HTTP/1.1");
  for (const std::string_view body : {"x\r\n",
                                      "-1\r\n",
                                      "+1\r\n",
                                      "\r\n",
                                      "1\r\nab\r\n",
                                      "1 \r\na\r\n",
                                      "1 ;\na\r\n",
                                      "1 2;a\r\na\r\n",
                                      "1 \t\r\na\r\n",
                                      "1 x;a\r\na\r\n",
                                      " 1;a\r\na\r\n",
                                      "0x1\r\na\r\n",
                                      "1\na\n0\n\n",
                                      "1\r\na0\r\n\r\n",
                                      "1\r\na\r0\r\n\r\n",
                                      "1\r\na\n0\r\n\r\n",

                                      "1;\na\r\n",
                                      "1\ra\r\n",
                                      "00000000000000001\r\na\r\n",
                                      "0\r\nA: b\n\r\n",
                                      "0\r\nA: b\rc\r\n",
                                      "0\r\n\rx",
                                      "0\r\n\x01: b\r\n"}) {
    const auto outcome = read(head + std::string(body));
    EXPECT_EQ(outcome, (Outcome{{}, 400, Phase::failed})) << body;
    EXPECT_EQ(read(head + std::string(body), 1), outcome) << body;
  }
}

TEST(RequestReader, PassesOverExtensionsAndTrailers) {
  const auto head = with("Transfer-Encoding: chunked\r\n", "POST / HTTP/1.1");
  for (const std::string_view body :
       {"2\r\nab\r\n0\r\n\r\n", "01;a=\"b;\"\r\na\r\n1\r\nb\r\n000\r\n\r\n",
        "2;\r\nab\r\n0;z\r\nA: b\r\n\r\n", "2 ;a\r\nab\r\n0\t \t; z = \"\t\"\r\n\r\n",
        "2\r\nab\r\n0\r\nContent-Length: 9\r\nTransfer-Encoding: x\r\nHost: y\r\n\r\n"}) {
    for (std::size_t piece = 1; piece < 8; ++piece) {
      EXPECT_EQ(read(head + std::string(body) + get, piece),
                (Outcome{{"POST /? [ab]", "GET /a?b=c []"}}))
          << body << piece;
    }
  }
}

TEST(RequestReader, NamesOtherVersions) {
  EXPECT_EQ(read("GET / HTTP/2.0\r\nHost: h\r\n\r\n").status, 505u);
  EXPECT_EQ(read("GET / HTTP/1.2\r\nHost: h\r\n\r\n").status, 505u);
  EXPECT_EQ(read("GET / HTTP/0.9\r\nHost: h\r\n\r\n").status, 505u);
  EXPECT_EQ(read("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").status, 505u);
}

TEST(RequestReader, KnowsOneExpectation) {
  const auto expecting = with("Expect: 100-Continue\r\nContent-Length: 2\r\n", "PUT / HTTP/1.1");
  RequestParts parts;
  RequestReader reader(parts, 1000, 1000);
  const auto feed = [&](std::string_view bytes) {
    std::memcpy(reader.prepare().data(), bytes.data(), bytes.size());
    reader.commit(bytes.size());
    return reader.advance();
  };
  EXPECT_EQ(feed(expecting), Phase::body);
  EXPECT_TRUE(reader.take_expectation());
  EXPECT_FALSE(reader.take_expectation());
  EXPECT_EQ(feed("xy"), Phase::complete);
  reader.finish();
  EXPECT_EQ(feed(expecting + "x"), Phase::body);
  EXPECT_FALSE(reader.take_expectation());
  EXPECT_EQ(read(with("Expect: wonders\r\n")).status, 417u);
  EXPECT_EQ(read(with("Expect: wonders\r\n", "GET / HTTP/1.0")).requests.size(), 1u);
}

TEST(RequestReader, BoundsTheHead) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::string_view::npos}) {
    auto head = with("");
    const Limits limits{.header = head.size() + 100, .body = 0};
    head = with("X: " + std::string(100 - 5, 'x') + "\r\n");
    ASSERT_EQ(head.size(), limits.header);
    EXPECT_EQ(read(head, piece, limits).requests.size(), 1u);
    EXPECT_EQ(read(with("X: " + std::string(100 - 4, 'x') + "\r\n"), piece, limits).status, 431u);
    EXPECT_EQ(read(with(std::string(10'000, 'x')), piece, limits).status, 431u);
    EXPECT_EQ(read("GET /" + std::string(10'000, 'x'), piece, limits).status, 414u);
    EXPECT_EQ(
        read(with("", "GET /" + std::string(10'000, 'x') + " HTTP/1.1"), piece, limits).status,
        414u);
  }
}

TEST(RequestReader, BoundsTheBody) {
  const auto line = "POST / HTTP/1.1";
  const auto size = [&](int n) {
    return with("Content-Length: " + std::to_string(n) + "\r\n", line);
  };
  EXPECT_EQ(read(size(1000) + std::string(1000, 'x')).requests.size(), 1u);
  EXPECT_EQ(read(size(1001)).status, 413u);
  const auto head = with("Transfer-Encoding: chunked\r\n", line);
  const auto chunk = "1f4\r\n" + std::string(500, 'x') + "\r\n";
  EXPECT_EQ(read(head + chunk + chunk + "0\r\n\r\n").requests.size(), 1u);
  EXPECT_EQ(read(head + chunk + chunk + "1\r\n").status, 413u);
  EXPECT_EQ(read(head + "fffffffffffffff0\r\n").status, 413u);
}

TEST(RequestReader, BoundsWhatSurroundsChunks) {
  const auto head = with("Transfer-Encoding: chunked\r\n", "POST / HTTP/1.1");
  for (const std::size_t piece : {std::size_t{1}, std::string_view::npos}) {
    EXPECT_EQ(read(head + "0;a=" + std::string(1000, 'x') + "\r\n\r\n", piece).requests.size(), 1u);
    EXPECT_EQ(read(head + "1;a=" + std::string(5000, 'x') + "\r\n", piece).status, 400u);
    EXPECT_EQ(read(head + "0\r\nX: " + std::string(5000, 'x') + "\r\n\r\n", piece).status, 400u);
    EXPECT_EQ(read(head + std::string(5000, '0'), piece).status, 400u);
  }
}

TEST(RequestReader, KnowsWhetherTheConnectionGoesOn) {
  const auto keeps_alive = [](const std::string& bytes) {
    RequestParts parts;
    RequestReader reader(parts, 1000, 1000);
    std::memcpy(reader.prepare().data(), bytes.data(), bytes.size());
    reader.commit(bytes.size());
    EXPECT_EQ(reader.advance(), Phase::complete) << bytes;
    return reader.keep_alive();
  };
  EXPECT_TRUE(keeps_alive(with("")));
  EXPECT_FALSE(keeps_alive(with("Connection: close\r\n")));
  EXPECT_FALSE(keeps_alive(with("Connection: x, Close\r\n")));
  EXPECT_FALSE(keeps_alive(with("", "GET / HTTP/1.0")));
  EXPECT_TRUE(keeps_alive(with("Connection: keep-alive\r\n", "GET / HTTP/1.0")));
  EXPECT_TRUE(keeps_alive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(RequestReader, GivesBackWhatALargeRequestTook) {
  RequestParts parts;
  RequestReader reader(parts, 16'384, 65'536);
  const auto request =
      with("Content-Length: 60000\r\n", "POST / HTTP/1.1") + std::string(60'000, 'x');
  for (std::string_view rest = request; reader.advance() != Phase::complete;) {
    const auto space = reader.prepare();
    const auto size = std::min(rest.size(), space.size());
    std::memcpy(space.data(), rest.data(), size);
    reader.commit(size);
    rest.remove_prefix(size);
  }
  reader.finish();
  EXPECT_LE(parts.body.capacity(), 4096u);
  EXPECT_LE(reader.prepare().size(), 4096u);
}

}  // namespace
}  // namespace webtool::http
