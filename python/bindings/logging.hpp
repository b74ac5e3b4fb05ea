// Sends the core's log to Python's logger "webtool" and not to standard output.
#pragma once

namespace webtool::python {

void bind_logging();
/// Stops all logging before Python ends.
void end_logging() noexcept;

}  // namespace webtool::python
