// Puts what a Verdict has to say into an answer, whatever framework the answer belongs to.
#pragma once

#include <string>
#include <vector>

#include <webtool/throttle/limit_middleware.hpp>

namespace webtool::throttle {

/// Adds `fields` (a verdict's headers) to an answer: each replaces the answer's own of that name,
/// but for Set-Cookie, which stands beside them. An answer to another origin has them named in
/// Access-Control-Expose-Headers, or a page there could not read them. That is an answer with
/// Access-Control-Allow-Origin; or any, if `cross_origin` says that the request had an Origin and
/// that this field may be added later.
/// An Answer has `header(name)`, which gives the first value as something like an optional text,
/// `set(name, value)`, which replaces, and `add(name, value)`; as http::Response does.
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
