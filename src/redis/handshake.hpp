// The commands of a new connection before all others: authentication (AUTH), the database (SELECT)
// and the client's name for CLIENT LIST. They leave in one write. No I/O.
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

  /// Returns the commands in wire format. Empty if there are none.
  [[nodiscard]] const Secret& request() const noexcept { return request_; }

  /// Parses bytes from the server. Returns true if it has accepted all commands, an error if it
  /// refused one.
  [[nodiscard]] result<bool> receive(std::string_view bytes);
  [[nodiscard]] bool done() const noexcept { return awaited_ == 0; }
  /// Returns the server's refusal, if there is one.
  [[nodiscard]] const std::optional<Complaint>& complaint() const noexcept { return complaint_; }

 private:
  Secret request_;
  std::vector<std::string_view> commands_;  ///< names of the commands
  std::optional<Complaint> complaint_;
  std::size_t awaited_ = 0;  ///< number of missing replies
  bool named_;               ///< the last reply is to CLIENT SETNAME, which a server may refuse
  ReplyReader reader_;
};

}  // namespace webtool::redis
