// Key files. Only the owner can access a written file. A file is read only if no other user can
// have read or changed it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace webtool::utils {

/// Explains why a file with this mode and owner is not safe for a secret of the user `self`, and
/// how to correct it. Returns an empty text if the file is safe. The rule is that of PostgreSQL for
/// TLS keys: the file belongs to `self` and nobody else has access, or it belongs to root and its
/// group may read it (Kubernetes and Debian provide secrets like this).
[[nodiscard]] std::string exposure(mode_t mode, uid_t owner, uid_t self);

/// Reads the whole file. Throws jose::InvalidKey if it is not a regular file, is exposed or is
/// larger than 1 MiB, and std::system_error if it cannot be read.
[[nodiscard]] std::string read_key_file(const std::filesystem::path& path);

/// Writes `text` to the first free name of `<stem>1.pem`, `<stem>2.pem`, … with mode 0600.
/// Throws std::system_error.
void save_key_file(const std::filesystem::path& directory, std::string_view stem,
                   std::string_view text);

/// Writes `text` to `path` with mode 0600 if `path` does not exist. Throws std::system_error.
void save_key_file_if_absent(const std::filesystem::path& path, std::string_view text);

}  // namespace webtool::utils
