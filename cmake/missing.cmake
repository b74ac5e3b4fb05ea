# A build that lacks a compiler or libraries names the packages to install, all at once. The messages
# of CMake name one library at a time, and no package.

# Call it before project(). pip sets CXX to the compiler with which Python was built.
function(webtool_check_compiler)
  if(CMAKE_CXX_COMPILER OR CMAKE_TOOLCHAIN_FILE)
    return()
  endif()
  set(names c++ g++ clang++)
  if(DEFINED ENV{CXX})
    separate_arguments(names UNIX_COMMAND "$ENV{CXX}")
  endif()
  find_program(compiler NAMES ${names} NO_CACHE)
  if(NOT compiler)
    message(FATAL_ERROR "There is no C++ compiler. On Debian and Ubuntu, install the package g++.")
  endif()
endfunction()

function(webtool_check_libraries)
  set(missing "")
  macro(need debian package)
    find_package(${package} ${ARGN} QUIET)
    if(NOT ${package}_FOUND)
      string(APPEND missing "\n  ${debian}")
    endif()
  endmacro()
  need("libboost-json-dev libboost-url-dev (Debian 12: libboost-json1.81-dev libboost-url1.81-dev)"
       Boost 1.81 CONFIG COMPONENTS json url)
  need(libssl-dev OpenSSL 3)
  need(libfmt-dev fmt)
  need(libspdlog-dev spdlog)
  if(WEBTOOL_PYTHON)
    need(python3-dev Python 3.11 COMPONENTS Interpreter Development.Module)
  endif()
  if(missing)
    message(FATAL_ERROR "Libraries are missing. On Debian and Ubuntu, install these packages:"
                        "${missing}\ndocs/platforms.md has the packages of other systems.")
  endif()
endfunction()
