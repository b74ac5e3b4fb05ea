#include "utils/key_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

namespace webtool::utils {
namespace {

constexpr uid_t root = 0, app = 1000, other = 1234;

TEST(KeyFileExposure, WhoMayReachIt) {
  struct Row {
    mode_t mode;
    uid_t owner;
    uid_t self;
    const char* fault;
  };
  const Row table[] = {
      {0600, app, app, ""},
      {0400, app, app, ""},
      {0700, app, app, ""},
      {0600, root, root, ""},
      // Kubernetes with fsGroup, Debian's ssl-cert: root's, for a group.
      {0440, root, app, ""},
      {0640, root, app, ""},
      {0440, root, root, ""},
      {0400, root, app, ""},
      {0640, app, app, "accessible to its group"},
      {0440, app, app, "accessible to its group"},
      {0610, app, app, "accessible to its group"},
      {0620, app, app, "changed by its group"},
      {0660, root, app, "changed by its group"},
      {0620, root, root, "changed by its group"},
      // Docker and Kubernetes, unless they are told otherwise.
      {0444, root, app, "mode 0400"},
      {0644, root, root, "every user"},
      {0604, app, app, "every user"},
      {0602, app, app, "every user"},
      {0601, app, app, "every user"},
      {0600, other, app, "belongs to user 1234"},
      {0600, other, root, "belongs to user 1234"},
      {0440, other, root, "belongs to user 1234"},
      {0600, app, root, "belongs to user 1000"},
  };
  for (const Row& row : table) {
    const auto fault = exposure(row.mode, row.owner, row.self);
    EXPECT_EQ(fault.empty(), *row.fault == '\0') << std::oct << row.mode << ": " << fault;
    EXPECT_NE(fault.find(row.fault), std::string::npos) << std::oct << row.mode << ": " << fault;
  }
}

// The kind of file is in the same number.
TEST(KeyFileExposure, OtherBitsDoNotCount) {
  for (const mode_t more : {S_IFREG, S_IFLNK, S_ISUID, S_ISVTX})
    EXPECT_EQ(exposure(0600u | more, app, app), "");
}

}  // namespace
}  // namespace webtool::utils
