#include <webtool/utils/keys.hpp>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <webtool/jose/base64url.hpp>

#include "support/temporary_folder.hpp"

namespace webtool::utils {
namespace {

namespace fs = std::filesystem;
using jose::Algorithm;
using jose::InvalidKey;
using jose::Key;
using jose::KeyType;

class KeyFiles : public testing::Test {
 protected:
  [[nodiscard]] fs::path at(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] MakeKeyOptions saved() const { return {.save = true, .directory = folder_.path()}; }

  fs::path put(const std::string& name, const std::string& text, fs::perms mode) const {
    std::ofstream(at(name), std::ios::binary) << text;
    fs::permissions(at(name), mode);
    return at(name);
  }

  static std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static unsigned mode_of(const fs::path& path) {
    return static_cast<unsigned>(fs::status(path).permissions());
  }

  static constexpr fs::perms private_mode = fs::perms::owner_read | fs::perms::owner_write;
  const test::TemporaryFolder folder_{"keys"};
};

TEST(MakeKey, EveryKindAsPkcs8) {
  EXPECT_EQ(Key::load(make_ed_key()).algorithm(), Algorithm::eddsa);
  EXPECT_EQ(Key::load(make_ed_key({}, KeyType::ed448)).algorithm(), Algorithm::eddsa);
  EXPECT_EQ(Key::load(make_ec_key()).algorithm(), Algorithm::es256);
  EXPECT_EQ(Key::load(make_ec_key({}, KeyType::p384)).algorithm(), Algorithm::es384);
  EXPECT_EQ(Key::load(make_ec_key({}, KeyType::p521)).algorithm(), Algorithm::es512);
  EXPECT_EQ(Key::load(make_ec_key({}, KeyType::secp256k1)).algorithm(), Algorithm::es256k);
  EXPECT_EQ(Key::load(make_rsa_key()).algorithm(), Algorithm::rs256);
  EXPECT_TRUE(make_ed_key().starts_with("-----BEGIN PRIVATE KEY-----\n"));
  EXPECT_NE(make_ed_key(), make_ed_key());
}

TEST(MakeKey, Symmetric) {
  const std::string text = make_symmetric_key();
  EXPECT_EQ(jose::base64url_decode(text)->size(), 64u);
  EXPECT_EQ(Key::load(text).algorithm(), Algorithm::hs512);
  EXPECT_EQ(jose::base64url_decode(make_symmetric_key({}, 32))->size(), 32u);
  EXPECT_NE(make_symmetric_key(), make_symmetric_key());
}

TEST(MakeKey, WhatItDoesNotMakeIsRefused) {
  EXPECT_THROW((void)make_ed_key({}, KeyType::p256), InvalidKey);
  EXPECT_THROW((void)make_ec_key({}, KeyType::ed448), InvalidKey);
  EXPECT_THROW((void)make_rsa_key({}, 1024), InvalidKey);
  EXPECT_THROW((void)make_symmetric_key({}, 31), InvalidKey);
  EXPECT_THROW((void)make_symmetric_key({.password = "x"}), InvalidKey);
}

TEST(MakeKey, NothingIsSavedUnasked) {
  const fs::path before = fs::current_path();
  (void)make_ed_key();
  EXPECT_FALSE(fs::exists(before / "ed_private_key1.pem"));
}

TEST_F(KeyFiles, NamesCountUpAndNothingIsOverwritten) {
  const std::string first = make_ed_key(saved());
  const std::string second = make_ed_key(saved());
  EXPECT_EQ(read(at("ed_private_key1.pem")), first);
  EXPECT_EQ(read(at("ed_private_key2.pem")), second);
  put("ed_private_key3.pem", "somebody's", private_mode);
  const std::string fourth = make_ed_key(saved());
  EXPECT_EQ(read(at("ed_private_key3.pem")), "somebody's");
  EXPECT_EQ(read(at("ed_private_key4.pem")), fourth);
}

TEST_F(KeyFiles, EachKindHasItsName) {
  (void)make_ec_key(saved());
  (void)make_rsa_key(saved());
  (void)make_symmetric_key(saved());
  for (const auto* name :
       {"ec_private_key1.pem", "rsa_private_key1.pem", "symmetric_private_key1.pem"}) {
    EXPECT_TRUE(load_key(at(name)).can_sign()) << name;
  }
}

// For its owner alone, whatever the umask lets through.
TEST_F(KeyFiles, K03_U16_ModeIs0600) {
  const mode_t before = ::umask(0);
  (void)make_ed_key(saved());
  ::umask(before);
  EXPECT_EQ(mode_of(at("ed_private_key1.pem")), 0600u);
}

TEST_F(KeyFiles, LinksAreNotFollowed) {
  fs::create_symlink(at("elsewhere"), at("ed_private_key1.pem"));
  put("precious", "precious", private_mode);
  fs::create_symlink(at("precious"), at("ed_private_key2.pem"));
  const std::string pem = make_ed_key(saved());
  EXPECT_FALSE(fs::exists(at("elsewhere")));
  EXPECT_EQ(read(at("precious")), "precious");
  EXPECT_EQ(read(at("ed_private_key3.pem")), pem);
}

TEST_F(KeyFiles, SaversAtTheSameTimeGetDifferentNames) {
  std::vector<std::string> keys(8);
  std::vector<std::thread> threads;
  for (auto& key : keys) threads.emplace_back([&, this] { key = make_ed_key(saved()); });
  for (auto& thread : threads) thread.join();
  std::set<std::string> stored;
  for (const auto& entry : fs::directory_iterator(folder_.path()))
    stored.insert(read(entry.path()));
  EXPECT_EQ(stored, std::set<std::string>(keys.begin(), keys.end()));
}

TEST_F(KeyFiles, SavingWhereItCannotThrows) {
  const MakeKeyOptions options{.save = true, .directory = at("missing")};
  EXPECT_THROW((void)make_ed_key(options), std::system_error);
  EXPECT_FALSE(fs::exists(at("missing")));
}

TEST_F(KeyFiles, K03_EncryptedOnDisk) {
  MakeKeyOptions options = saved();
  options.password = "open sesame";
  (void)make_ed_key(options);
  EXPECT_NE(read(at("ed_private_key1.pem")).find("ENCRYPTED"), std::string::npos);
  EXPECT_THROW((void)load_key(at("ed_private_key1.pem")), InvalidKey);
  EXPECT_TRUE(load_key(at("ed_private_key1.pem"), {.password = "open sesame"}).can_sign());
}

// The same key after a restart.
TEST_F(KeyFiles, U16_LoadGivesWhatWasSaved) {
  const Key made = Key::load(make_ed_key(saved()));
  EXPECT_EQ(load_key(at("ed_private_key1.pem")).kid(), made.kid());
}

TEST_F(KeyFiles, OneTrailingNewlineIsNotPartOfASecret) {
  const std::string secret(40, 's');
  const std::string kid = Key::load(secret).kid();
  EXPECT_EQ(load_key(put("a", secret, private_mode)).kid(), kid);
  EXPECT_EQ(load_key(put("b", secret + "\n", private_mode)).kid(), kid);
  EXPECT_EQ(load_key(put("c", secret + "\r\n", private_mode)).kid(), kid);
  EXPECT_NE(load_key(put("d", secret + "\n\n", private_mode)).kid(), kid);
  EXPECT_NE(load_key(put("e", secret + " ", private_mode)).kid(), kid);
}

// What is in the file decides, and a public or damaged key is never a secret.
TEST_F(KeyFiles, U15_FilesAreReadForWhatTheyAre) {
  const Key key = Key::generate(KeyType::p256);
  EXPECT_EQ(load_key(put("public", key.public_pem(), private_mode)).algorithm(), Algorithm::es256);
  EXPECT_FALSE(load_key(at("public")).can_sign());
  EXPECT_THROW((void)load_key(put("empty", "", private_mode)), InvalidKey);
  EXPECT_THROW((void)load_key(put("newline", "\n", private_mode)), InvalidKey);
  EXPECT_THROW((void)load_key(put("half", key.private_pem().substr(0, 100), private_mode)),
               InvalidKey);
}

TEST_F(KeyFiles, K03_AFileOpenToOthersIsRefused) {
  const std::string pem = make_ed_key();
  for (const auto more : {fs::perms::others_read, fs::perms::group_write, fs::perms::others_write,
                          fs::perms::others_exec}) {
    EXPECT_THROW((void)load_key(put("key", pem, private_mode | more)), InvalidKey);
  }
  EXPECT_TRUE(load_key(put("key", pem, fs::perms::owner_read)).can_sign());
}

// Only root can make such files; for anybody else the table of `exposure` has to do.
TEST_F(KeyFiles, WhoseFileItIsCounts) {
  const auto file = put("key", make_ed_key(), fs::perms::owner_read | fs::perms::group_read);
  if (::geteuid() != 0) {
    EXPECT_THROW((void)load_key(file), InvalidKey);
    return;
  }
  EXPECT_TRUE(load_key(file).can_sign());
  ASSERT_EQ(::chown(file.c_str(), 0, 1234), 0);
  EXPECT_TRUE(load_key(file).can_sign());
  fs::permissions(file, private_mode);
  ASSERT_EQ(::chown(file.c_str(), 1234, 0), 0);
  try {
    (void)load_key(file);
    ADD_FAILURE() << "root believed another user's file";
  } catch (const InvalidKey& error) {
    EXPECT_NE(std::string(error.what()).find("belongs to user 1234"), std::string::npos);
  }
}

TEST_F(KeyFiles, OnlyRegularFilesOfSomeSize) {
  EXPECT_THROW((void)load_key(at("missing")), std::system_error);
  EXPECT_THROW((void)load_key(folder_.path()), InvalidKey);
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_THROW((void)load_key(at("pipe")), InvalidKey);
  EXPECT_THROW((void)load_key("/dev/zero"), InvalidKey);
  EXPECT_THROW((void)load_key(put("large", std::string(1'048'577, 's'), private_mode)), InvalidKey);
  EXPECT_NO_THROW((void)load_key(put("large", std::string(1'048'576, 's'), private_mode)));
}

// As secrets are mounted into containers.
TEST_F(KeyFiles, LoadFollowsLinks) {
  put("data", make_ed_key(), private_mode);
  fs::create_symlink(at("data"), at("key"));
  EXPECT_TRUE(load_key(at("key")).can_sign());
  fs::permissions(at("data"), private_mode | fs::perms::others_read);
  EXPECT_THROW((void)load_key(at("key")), InvalidKey);
}

TEST_F(KeyFiles, LoadOrMakeMakesOnceAndLoadsAfter) {
  const Key made = load_or_make_ed_key(at("key.pem"));
  EXPECT_EQ(made.algorithm(), Algorithm::eddsa);
  EXPECT_EQ(mode_of(at("key.pem")), 0600u);
  EXPECT_EQ(load_or_make_ed_key(at("key.pem")).kid(), made.kid());
  put("broken.pem", "-----BEGIN", private_mode);
  EXPECT_THROW((void)load_or_make_ed_key(at("broken.pem")), InvalidKey);
  EXPECT_EQ(read(at("broken.pem")), "-----BEGIN") << "what is there is never replaced";
  EXPECT_THROW((void)load_or_make_ed_key(at("missing") / "key.pem"), std::system_error);
}

TEST_F(KeyFiles, LoadOrMakeGivesAllTheSameKey) {
  for (int round = 0; round < 20; ++round) {
    const fs::path path = at("key" + std::to_string(round));
    std::vector<std::string> kids(4);
    std::vector<std::thread> threads;
    for (auto& kid : kids) threads.emplace_back([&] { kid = load_or_make_ed_key(path).kid(); });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(std::set<std::string>(kids.begin(), kids.end()).size(), 1u);
  }
  const auto files =
      std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator());
  EXPECT_EQ(files, 20) << "nothing unfinished is left";
}

}  // namespace
}  // namespace webtool::utils
