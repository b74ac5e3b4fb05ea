// What the core logs goes to Python's logger "webtool", not to standard output.
#pragma once

namespace webtool::python {

void bind_logging();
/// Back to no logging at all: Python is about to end.
void end_logging() noexcept;

}  // namespace webtool::python
