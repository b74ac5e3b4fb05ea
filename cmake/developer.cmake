# For people who work on webtool: a compiler cache, warnings, and the tools tests are written with.
# The cache is told to look past the folder, so that a new clone profits from the last one's build.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE} CACHE STRING "")
endif()
# A file with coroutines takes up to 1 GiB to compile. Only Ninja has pools.
cmake_host_system_information(RESULT memory QUERY AVAILABLE_PHYSICAL_MEMORY)
math(EXPR jobs "${memory} / 1024")
if(jobs EQUAL 0)
  set(jobs 1)
endif()
set_property(GLOBAL PROPERTY JOB_POOLS compile=${jobs})
set(CMAKE_JOB_POOL_COMPILE compile)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                    $<$<BOOL:${WEBTOOL_TESTS}>:-Werror>
                    # GCC 12 takes the way Asio allocates coroutine frames for a mismatch.
                    $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)

# What the adapter for it is shown and tested with.
find_package(PkgConfig REQUIRED)
pkg_check_modules(httplib QUIET IMPORTED_TARGET GLOBAL cpp-httplib)
if(NOT TARGET PkgConfig::httplib)
  message(STATUS "cpp-httplib is not installed: examples/httplib_server and its tests are left out")
endif()

if(NOT WEBTOOL_TESTS)
  return()
endif()

find_package(GTest REQUIRED)
include(GoogleTest)

# Tests that are worth a run under ThreadSanitizer have the label `threads`; they are built alone.
add_custom_target(tests_threads)

# webtool_test(name SOURCES … LINK … [LABELS …] [WHOLE]): one GoogleTest program, one ctest test a case;
# with WHOLE one for all, where each case would have to start a server that takes its time.
# The programs are asked for their cases by ctest, not by the build: a build needs no luck then.
function(webtool_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "WHOLE" "" "SOURCES;LINK;LABELS")
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${name} PRIVATE ${arg_LINK} GTest::gtest_main GTest::gmock)
  if("threads" IN_LIST arg_LABELS)
    add_dependencies(tests_threads ${name})
  endif()
  if(arg_WHOLE)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 600
                         ENVIRONMENT WEBTOOL_SOURCE_DIR=${PROJECT_SOURCE_DIR})
    return()
  endif()
  gtest_discover_tests(${name} TEST_PREFIX ${name}. NO_PRETTY_VALUES
                       DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                       PROPERTIES TIMEOUT 300 ENVIRONMENT WEBTOOL_SOURCE_DIR=${PROJECT_SOURCE_DIR})
  # Above, a list of labels would be taken apart.
  set(labels_file ${CMAKE_CURRENT_BINARY_DIR}/${name}_labels.cmake)
  file(WRITE ${labels_file} "if(${name}_TESTS)
  set_tests_properties(\${${name}_TESTS} PROPERTIES LABELS \"${arg_LABELS}\")
endif()
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${labels_file})
endfunction()
