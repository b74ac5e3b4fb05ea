// Adds the headers of a Verdict to an answer of any framework.
#pragma once

#include <string>
#include <vector>

#include <webtool/throttle/limit_middleware.hpp>

namespace webtool::throttle {

/// Adds `fields` (the headers of a Verdict) to an answer. Each field replaces the answer's field of
/// that name. Set-Cookie is the exception: it is added to the others.
///
/// A cross-origin page can read only the fields in Access-Control-Expose-Headers. So the fields are
/// appended there if the answer has Access-Control-Allow-Origin, or if `cross_origin` is true: the
/// request had an Origin, and Access-Control-Allow-Origin may be added later.
///
/// An Answer has three functions, as http::Response: `header(name)` returns the first value as an
/// optional-like text, `set(name, value)` replaces, and `add(name, value)` appends.
template <class Answer>
void apply_headers(Answer& answer, const std::vector<Verdict::Field>& fields,
                   bool cross_origin = false) {
  std::string exposed;
  for (const auto& field : fields) {
    if (field.name == "set-cookie") {
      answer.add(field.name, field.value);
      continue;
    }
    answer.set(field.name, field.value);
    if (field.name == "content-type") continue;
    exposed.append(exposed.empty() ? "" : ", ").append(field.name);
  }
  if (exposed.empty()) return;
  if (!cross_origin && !answer.header("Access-Control-Allow-Origin")) return;
  const auto already = answer.header("Access-Control-Expose-Headers");
  if (already) exposed.insert(0, std::string(*already) + (already->empty() ? "" : ", "));
  answer.set("Access-Control-Expose-Headers", exposed);
}

}  // namespace webtool::throttle
