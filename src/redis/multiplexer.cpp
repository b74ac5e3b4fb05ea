#include "redis/multiplexer.hpp"

#include <boost/asio/error.hpp>

#include <utility>

#include "redis/server_error.hpp"

namespace webtool::redis {

Multiplexer::Multiplexer(const Options& options, LinkObserver* observer)
    : observer_(observer),
      max_in_flight_(options.max_in_flight),
      max_queued_bytes_(options.max_queued_bytes),
      max_reply_size_(options.max_reply_size),
      reader_(max_reply_size_) {}

bool Multiplexer::accepts(std::size_t bytes) const noexcept {
  return slots_.size() < max_in_flight_ &&
         output_.size() + held_bytes_ + taken_bytes_ + bytes <= max_queued_bytes_;
}

void Multiplexer::submit(Request& request) {
  slots_.push_back({&request, request.deadline});
  request.position = first_position_ + slots_.size() - 1;
  request.pending = true;
  if (writing_) {
    output_.append(request.wire);
    written_ = slots_.size();
  } else {
    held_bytes_ += request.wire.size();
  }
}

void Multiplexer::submit_ping(Time deadline) {
  slots_.push_back({nullptr, deadline});
  output_.append("*1\r\n$4\r\nPING\r\n");
  written_ = slots_.size();
}

void Multiplexer::cancel(Request& request) {
  if (!request.pending) return;
  const std::size_t index = request.position - first_position_;
  slots_[index].request = nullptr;
  if (index >= written_) held_bytes_ -= request.wire.size();
  finish(request, make_error_code(boost::asio::error::operation_aborted));
}

void Multiplexer::connected() {
  reader_ = ReplyReader(max_reply_size_);
  writing_ = true;
  compact();
  for (const Slot& slot : slots_) output_.append(slot.request->wire);
  written_ = slots_.size();
  held_bytes_ = 0;
}

void Multiplexer::disconnected() {
  for (std::size_t i = 0; i < written_; ++i) {
    Request* request = slots_[i].request;
    if (request == nullptr) continue;
    request->sent = request->sent || i < sent_;
    if (i < sent_ && request->retry == Retry::never) {
      slots_[i].request = nullptr;
      finish(*request, Error::connection_lost);
    } else {
      held_bytes_ += request->wire.size();
    }
  }
  writing_ = false;
  sent_ = written_ = 0;
  output_.clear();
  taken_bytes_ = 0;
  compact();
}

bool Multiplexer::take_output(std::string& buffer) {
  if (output_.empty()) return false;
  // The buffer is kept for the next write, unless it is huge.
  constexpr std::size_t worth_keeping = 1 << 20;
  buffer.clear();
  if (buffer.capacity() > worth_keeping) buffer.shrink_to_fit();
  buffer.swap(output_);
  taken_bytes_ += buffer.size();
  sent_ = written_;
  return true;
}

Multiplexer::Received Multiplexer::receive(std::string_view bytes) {
  bool any = false;
  bool expected = true;
  const bool sound = reader_.feed(bytes, [&](Reply&& reply) {
    any = true;
    expected = deliver(std::move(reply)) && expected;
  });
  if (!sound || !expected) {
    if (sent_ > 0) {
      Request* request = slots_.front().request;
      pop_front();
      if (request != nullptr) finish(*request, Error::protocol_error);
    }
    return Received::broken;
  }
  if (std::exchange(saw_read_only_, false)) return Received::read_only;
  return any ? Received::replies : Received::incomplete;
}

bool Multiplexer::deliver(Reply&& reply) {
  if (sent_ == 0) return observer_ != nullptr && observer_->message(std::move(reply));
  Request* request = slots_.front().request;
  pop_front();
  if (const auto* error = std::get_if<Reply::ErrorText>(&reply.value)) {
    const Error code = server_error(error->text);
    saw_read_only_ = saw_read_only_ || code == Error::read_only;
    if (!complaint_ && code != Error::no_script)
      complaint_ = Complaint{code, readable(error->text),
                             request != nullptr ? command_name(request->wire) : "PING"};
    if (request != nullptr) {
      if (code == Error::moved || code == Error::ask) request->redirect = redirect_of(error->text);
      finish(*request, code);
    }
  } else if (request != nullptr) {
    finish(*request, std::move(reply));
  }
  return true;
}

Multiplexer::Expired Multiplexer::expire(Time now) {
  // All commands have the same timeout, so deadlines are in the order of the queue.
  Expired expired;
  for (; expired.count < slots_.size(); ++expired.count) {
    Slot& slot = slots_[expired.count];
    if (slot.deadline > now) break;
    const bool written = expired.count < written_;
    expired.written = expired.written || written;
    Request* request = std::exchange(slot.request, nullptr);
    if (request == nullptr) continue;
    if (written) {
      finish(*request, Error::timeout);
    } else {
      finish_held(*request, Error::timeout, Error::connect_failed);
    }
  }
  // A written command still gets its reply, so its slot must stay. The others get none.
  if (written_ == 0) {
    for (std::size_t i = 0; i < expired.count; ++i) pop_front();
  }
  return expired;
}

std::optional<Time> Multiplexer::next_deadline() const noexcept {
  if (slots_.empty()) return std::nullopt;
  return slots_.front().deadline;
}

void Multiplexer::fail_held() {
  for (Slot& slot : slots_) {
    if (slot.request == nullptr) continue;
    finish_held(*slot.request, Error::connection_lost, Error::connect_failed);
  }
  slots_.clear();
}

void Multiplexer::fail_all(Error error) {
  for (Slot& slot : slots_) {
    if (slot.request != nullptr) finish(*slot.request, error);
  }
  slots_.clear();
  written_ = 0;
  held_bytes_ = 0;
  disconnected();
}

Request* Multiplexer::next_done() noexcept {
  Request* request = first_done_;
  if (request != nullptr) first_done_ = std::exchange(request->next, nullptr);
  return request;
}

void Multiplexer::finish(Request& request, result<Reply> outcome) {
  request.outcome = std::move(outcome);
  request.pending = false;
  (first_done_ == nullptr ? first_done_ : last_done_->next) = &request;
  last_done_ = &request;
}

void Multiplexer::finish_held(Request& request, Error if_sent, Error if_not) {
  held_bytes_ -= request.wire.size();
  finish(request, request.sent ? if_sent : if_not);
}

void Multiplexer::pop_front() {
  slots_.pop_front();
  ++first_position_;
  if (written_ > 0) --written_;
  if (sent_ > 0) --sent_;
}

void Multiplexer::compact() {
  std::erase_if(slots_, [](const Slot& slot) { return slot.request == nullptr; });
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    slots_[i].request->position = first_position_ + i;
  }
}

}  // namespace webtool::redis
