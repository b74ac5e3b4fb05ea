// What a consumer's program may do with the public headers and nothing else.
#include <iostream>
#include <webtool/jose/base64url.hpp>

int main() {
  const auto bytes = webtool::jose::base64url_decode("d2VidG9vbA");
  if (!bytes || *bytes != "webtool") return 1;
  std::cout << *bytes << '\n';
  return 0;
}
