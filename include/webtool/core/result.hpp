// A function that may refuse untrusted input returns result<T>; the error is the reason. Exceptions
// report misuse by the programmer and failures of the environment.
#pragma once

#include <boost/system/result.hpp>

namespace webtool {

/// A value, or the boost::system::error_code that explains why there is no value.
template <class T>
using result = boost::system::result<T>;

}  // namespace webtool
