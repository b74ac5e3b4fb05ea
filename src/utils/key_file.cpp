#include "utils/key_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <webtool/jose/key.hpp>

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

}  // namespace

std::string exposure(mode_t mode, uid_t owner, uid_t self) {
  constexpr uid_t root = 0;
  if (owner != root && owner != self) {
    return "belongs to user " + std::to_string(owner) + ", who can change it; chown it to user " +
           std::to_string(self) + " or root";
  }
  if ((mode & S_IRWXO) != 0) {
    return "is accessible to every user; chmod 600 it, or mount the secret with mode 0400";
  }
  if ((mode & S_IWGRP) != 0) return "can be changed by its group; chmod 600 it";
  if ((mode & S_IRWXG) != 0 && owner != root) return "is accessible to its group; chmod 600 it";
  return {};
}

// O_EXCL lets only one process create a name, so concurrent calls never write the same file.
void save_key_file(const fs::path& directory, std::string_view stem, std::string_view text) {
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

// The file gets its name only when it is complete, and only if the name is still free.
void save_key_file_if_absent(const fs::path& path, std::string_view text) {
  std::string unfinished = path.string() + ".XXXXXX";
  const File file(::mkostemp(unfinished.data(), O_CLOEXEC));  // mode 0600 and a unique name
  if (file.get() < 0) fail(errno, path, "cannot create the key file");
  const bool written = write_all(file.get(), text);
  const bool named = written && ::link(unfinished.c_str(), path.c_str()) == 0;
  const int error = errno;
  ::unlink(unfinished.c_str());
  if (!named && !(written && error == EEXIST)) fail(error, path, "cannot write the key file");
}

std::string read_key_file(const fs::path& path) {
  // O_NONBLOCK: a pipe instead of a file is detected, not waited for. Links are followed, because
  // mounted secrets are links. The checks below use the opened file.
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    fail(errno, path, "cannot open the key file");
  }
  const std::string name = path.string();
  if (!S_ISREG(status.st_mode)) throw jose::InvalidKey(name + " is not a regular file");
  if (const auto fault = exposure(status.st_mode, status.st_uid, ::geteuid()); !fault.empty()) {
    throw jose::InvalidKey(name + ' ' + fault);
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

}  // namespace webtool::utils
