# What webtool is built on. The installed package includes this file too, so that a consumer's
# find_package(webtool) looks for the same things.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(Boost 1.81 COMPONENTS json url system)
find_dependency(OpenSSL 3)
find_dependency(fmt)
find_dependency(spdlog)
find_dependency(PkgConfig)
if(NOT TARGET PkgConfig::hiredis)
  pkg_check_modules(hiredis REQUIRED QUIET IMPORTED_TARGET GLOBAL hiredis)
endif()
