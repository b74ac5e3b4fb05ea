#include <webtool/utils/keys.hpp>

#include <webtool/core/secret.hpp>
#include <webtool/jose/base64url.hpp>

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace webtool::utils {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_key_file_size = 1'048'576;

[[noreturn]] void fail(int error, const fs::path& path, const char* what) {
  throw std::system_error(error, std::generic_category(), std::string(what) + " " + path.string());
}

class File {
 public:
  explicit File(int descriptor) noexcept : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int get() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

bool write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(descriptor) == 0;
}

// The creation itself decides who gets a name, so savers at the same time cannot meet in one file.
void save(const fs::path& directory, std::string_view stem, std::string_view text) {
  for (unsigned number = 1;; ++number) {
    const fs::path path = directory / (std::string(stem) + std::to_string(number) + ".pem");
    const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                           S_IRUSR | S_IWUSR));
    if (file.get() < 0 && errno == EEXIST) continue;
    if (file.get() < 0) fail(errno, path, "cannot create the key file");
    if (!write_all(file.get(), text)) {
      const int error = errno;
      ::unlink(path.c_str());
      fail(error, path, "cannot write the key file");
    }
    return;
  }
}

std::string finish(const MakeKeyOptions& options, std::string_view stem, std::string text) {
  if (options.save) save(options.directory, stem, text);
  return text;
}

// Puts the text under its name only when it is complete, and only if the name is still free.
void save_if_absent(const fs::path& path, std::string_view text) {
  std::string unfinished = path.string() + ".XXXXXX";
  const File file(::mkostemp(unfinished.data(), O_CLOEXEC));  // mode 0600, a name of its own
  if (file.get() < 0) fail(errno, path, "cannot create the key file");
  const bool written = write_all(file.get(), text);
  const bool named = written && ::link(unfinished.c_str(), path.c_str()) == 0;
  const int error = errno;
  ::unlink(unfinished.c_str());
  if (!named && !(written && error == EEXIST)) fail(error, path, "cannot write the key file");
}

std::string read_key_file(const fs::path& path) {
  // Not blocking, so that a pipe in the file's place is told apart instead of waited for. Links
  // are followed: secrets are mounted as such. What counts is the file that was opened.
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    fail(errno, path, "cannot open the key file");
  }
  const std::string name = path.string();
  if (!S_ISREG(status.st_mode)) throw jose::InvalidKey(name + " is not a regular file");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    throw jose::InvalidKey(name + " is open to others than its owner; chmod 600 it");
  }
  std::string text(max_key_file_size + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(errno, path, "cannot read the key file");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > max_key_file_size) throw jose::InvalidKey(name + " is larger than 1 MiB");
  text.resize(size);
  return text;
}

}  // namespace

std::string make_ed_key(const MakeKeyOptions& options, jose::KeyType curve) {
  if (curve != jose::KeyType::ed25519 && curve != jose::KeyType::ed448) {
    throw jose::InvalidKey("make_ed_key makes ed25519 and ed448");
  }
  return finish(options, "ed_private_key",
                jose::Key::generate(curve).private_pem(options.password));
}

std::string make_ec_key(const MakeKeyOptions& options, jose::KeyType curve) {
  if (curve == jose::KeyType::ed25519 || curve == jose::KeyType::ed448) {
    throw jose::InvalidKey("make_ec_key makes p256, p384, p521 and secp256k1");
  }
  return finish(options, "ec_private_key",
                jose::Key::generate(curve).private_pem(options.password));
}

std::string make_rsa_key(const MakeKeyOptions& options, unsigned bits) {
  return finish(options, "rsa_private_key",
                jose::Key::generate_rsa(bits).private_pem(options.password));
}

std::string make_symmetric_key(const MakeKeyOptions& options, unsigned bytes) {
  if (!options.password.empty()) {
    throw jose::InvalidKey("a symmetric key is not a PEM that a password could encrypt");
  }
  if (bytes < 32 || bytes > 1024) {
    throw jose::InvalidKey("make_symmetric_key makes 32 to 1024 bytes");
  }
  std::string random(bytes, '\0');
  if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(bytes)) !=
      1) {
    throw std::runtime_error("OpenSSL cannot generate a secret");
  }
  std::string text = jose::base64url_encode(random);
  wipe(random);
  return finish(options, "symmetric_private_key", std::move(text));
}

jose::Key load_key(const fs::path& file, const jose::KeyOptions& options) {
  const Secret text = [&] {
    std::string bytes = read_key_file(file);
    Secret kept{std::string_view(bytes)};
    wipe(bytes);
    return kept;
  }();
  std::string_view content = text.expose();
  if (content.ends_with('\n')) content.remove_suffix(1);
  if (content.ends_with('\r')) content.remove_suffix(1);
  return jose::Key::load(content, options);
}

jose::Key load_or_make_ed_key(const fs::path& file) {
  if (!fs::exists(fs::symlink_status(file))) save_if_absent(file, make_ed_key());
  return load_key(file);
}

}  // namespace webtool::utils
