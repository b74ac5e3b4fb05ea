#include "logging.hpp"

#include <nanobind/nanobind.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <mutex>

namespace webtool::python {
namespace nb = nanobind;
namespace {

// The sink needs no lock, because it holds the GIL.
class PythonSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
  void sink_it_(const spdlog::details::log_msg& message) override {
    const nb::gil_scoped_acquire gil;
    const nb::error_scope keep;
    try {
      const auto logger = nb::module_::import_("logging").attr("getLogger")("webtool");
      // Levels of spdlog are 0, 1, 2...; levels of Python are multiples of 10. Debug is 1 and 10.
      const int level = static_cast<int>(message.level) * 10;
      logger.attr("log")(level, "%s", nb::str(message.payload.data(), message.payload.size()));
    } catch (nb::python_error& error) {
      error.discard_as_unraisable("webtool: logging");
    }
  }
  void flush_() override {}
};

}  // namespace

void bind_logging() {
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("webtool", std::make_shared<PythonSink>()));
}

void end_logging() noexcept {
  spdlog::default_logger_raw()->sinks().clear();
}

}  // namespace webtool::python
