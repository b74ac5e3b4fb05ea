// Key files: written for their owner alone, and read only where nobody else could have read or
// changed them.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace webtool::utils {

/// Why a file with that mode and owner is no place for a secret of a process of the user `self`,
/// and what helps; empty if it is one. As PostgreSQL has it for its TLS keys: the file is `self`'s
/// and closed to all others, or root's and its group may read it (so do Kubernetes and Debian hand
/// out secrets).
[[nodiscard]] std::string exposure(mode_t mode, uid_t owner, uid_t self);

/// The whole file. Throws jose::InvalidKey for one that is no regular file, exposed, or above 1
/// MiB; std::system_error where it cannot be read.
[[nodiscard]] std::string read_key_file(const std::filesystem::path& path);

/// Writes the first free name of `<stem>1.pem`, `<stem>2.pem`, …, mode 0600.
/// Throws std::system_error.
void save_key_file(const std::filesystem::path& directory, std::string_view stem,
                   std::string_view text);

/// Writes `path`, mode 0600, unless something is there. Throws std::system_error.
void save_key_file_if_absent(const std::filesystem::path& path, std::string_view text);

}  // namespace webtool::utils
