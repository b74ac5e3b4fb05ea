# The compiler of the presets for TSan and libFuzzer: clang 14, with which CI runs, or any later one.
set(names clang++-14 clang++)
foreach(version RANGE 15 30)
  list(APPEND names clang++-${version})
endforeach()
find_program(CLANG NAMES ${names} NAMES_PER_DIR REQUIRED)
set(CMAKE_CXX_COMPILER ${CLANG})
