#include <webtool/http/form.hpp>

#include <algorithm>
#include <utility>

#include "http/target.hpp"

namespace webtool::http {

std::optional<std::string_view> Form::get(std::string_view name) const {
  const auto is_it = [&](const Field& field) { return field.name == name; };
  const auto found = std::find_if(fields.begin(), fields.end(), is_it);
  if (found == fields.end() || std::any_of(found + 1, fields.end(), is_it)) return std::nullopt;
  return found->value;
}

result<Form> parse_form(std::string_view text) {
  const auto bad = make_error_code(boost::system::errc::invalid_argument);
  Form form;
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    const auto name = pair.substr(0, pair.find('='));
    auto decoded_name = form_decode(name);
    auto value = form_decode(pair.substr(std::min(name.size() + 1, pair.size())));
    if (!decoded_name || !value || form.fields.size() == Form::max_fields) return bad;
    form.fields.push_back({std::move(*decoded_name), std::move(*value)});
  }
  return form;
}

}  // namespace webtool::http
