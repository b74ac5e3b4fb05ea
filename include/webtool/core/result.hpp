// Outcomes are values: a function that may refuse untrusted input returns result<T>, whose error
// says why. Exceptions are left for misuse by the programmer and for the world failing.
#pragma once

#include <boost/system/result.hpp>

namespace webtool {

/// A value, or the boost::system::error_code that says why there is none.
template <class T>
using result = boost::system::result<T>;

}  // namespace webtool
