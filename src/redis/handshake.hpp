// What a new connection says before any command: who we are (AUTH), which database (SELECT), and
// our name for the server's CLIENT LIST. All in one write. No I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <webtool/core/result.hpp>
#include <webtool/core/secret.hpp>
#include <webtool/redis/options.hpp>

#include "redis/complaints.hpp"
#include "redis/reply_reader.hpp"

namespace webtool::redis {

class Handshake {
 public:
  explicit Handshake(const Options& options);

  /// The commands; empty where there is nothing to say.
  [[nodiscard]] const Secret& request() const noexcept { return request_; }

  /// Takes bytes from the server. True when it has agreed to everything, an error where it did not.
  [[nodiscard]] result<bool> receive(std::string_view bytes);
  [[nodiscard]] bool done() const noexcept { return awaited_ == 0; }
  /// What the server refused, if anything.
  [[nodiscard]] const std::optional<Complaint>& complaint() const noexcept { return complaint_; }

 private:
  Secret request_;
  std::vector<std::string_view> commands_;  ///< their names
  std::optional<Complaint> complaint_;
  std::size_t awaited_ = 0;  ///< replies
  bool named_;               ///< the last one is to CLIENT SETNAME, which a server may refuse
  ReplyReader reader_;
};

}  // namespace webtool::redis
