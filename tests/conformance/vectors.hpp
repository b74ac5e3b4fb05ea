// Reads the published vectors, which are not part of this repository. They are in the folder
// WEBTOOL_VECTORS, by default ../shared/vectors beside the checkout. Without them, a test is
// skipped, or fails if WEBTOOL_REQUIRE_TEST_DATA is set, as .ci/run does.
#pragma once

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace webtool::conformance {

inline std::filesystem::path vectors_folder() {
  if (const char* given = std::getenv("WEBTOOL_VECTORS")) return given;
  const char* source = std::getenv("WEBTOOL_SOURCE_DIR");
  return std::filesystem::path(source != nullptr ? source : ".") / "../shared/vectors";
}

inline std::string read_vector(const std::string& name) {
  const auto path = vectors_folder() / name;
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  std::string text{std::istreambuf_iterator<char>(in), {}};
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

inline boost::json::value read_json_vector(const std::string& name) {
  return boost::json::parse(read_vector(name));
}

inline std::string text_of(const boost::json::value& value) {
  return {value.as_string().data(), value.as_string().size()};
}

inline std::string bytes_of_hex(const boost::json::value& value) {
  const std::string hex = text_of(value);
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

/// A test that reads vectors.
class Vectors : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::filesystem::is_directory(vectors_folder())) return;
    if (std::getenv("WEBTOOL_REQUIRE_TEST_DATA") != nullptr)
      FAIL() << "no vectors at " << vectors_folder();
    GTEST_SKIP() << "SKIPPED: no vectors at " << vectors_folder();
  }
};

}  // namespace webtool::conformance
