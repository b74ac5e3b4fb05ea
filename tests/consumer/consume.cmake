# cmake -D BUILD=… -D SOURCE=… -D WORK=… -D WAY=installed|subdirectory -P consume.cmake
# Builds the project in this folder, in WORK, with the compiler and flags of BUILD, and runs it.
function(must)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

load_cache(${BUILD} READ_WITH_PREFIX "" CMAKE_CXX_COMPILER CMAKE_CXX_FLAGS CMAKE_CXX_FLAGS_DEBUG
                                        CMAKE_CXX_COMPILER_LAUNCHER)
set(ENV{CXX} ${CMAKE_CXX_COMPILER})
set(ENV{CXXFLAGS} "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_DEBUG}")
set(ENV{CMAKE_CXX_COMPILER_LAUNCHER} "${CMAKE_CXX_COMPILER_LAUNCHER}")

file(REMOVE_RECURSE ${WORK})
if(WAY STREQUAL "installed")
  must(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
  set(configure ${CMAKE_COMMAND} -G Ninja -S ${CMAKE_CURRENT_LIST_DIR}
                -D CMAKE_PREFIX_PATH=${WORK}/prefix -B)
  # Without CMake: the flags of pkg-config.
  set(ENV{PKG_CONFIG_PATH} ${WORK}/prefix/lib/pkgconfig)
  execute_process(COMMAND pkg-config --cflags --libs webtool OUTPUT_VARIABLE flags
                  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(flags UNIX_COMMAND "$ENV{CXXFLAGS} -std=c++20 ${flags}")
  must(${CMAKE_CXX_COMPILER} ${CMAKE_CURRENT_LIST_DIR}/main.cpp -o ${WORK}/by_pkg_config ${flags}
       -Wl,-rpath,${WORK}/prefix/lib)
  must(${WORK}/by_pkg_config)
  # A consumer does not need the dependencies of components that it does not ask for.
  set(without_prometheus -D CMAKE_DISABLE_FIND_PACKAGE_prometheus-cpp=ON)
  must(${configure} ${WORK}/build ${without_prometheus})
  must(${CMAKE_COMMAND} --build ${WORK}/build --target consumer)
  must(${WORK}/build/consumer)
  foreach(missing prometheus-cpp nonsense)
    if(missing STREQUAL "nonsense")
      set(ask -D WEBTOOL_COMPONENTS=nonsense)
    else()
      set(ask -D WEBTOOL_COMPONENTS=metrics ${without_prometheus})
    endif()
    execute_process(COMMAND ${configure} ${WORK}/${missing} ${ask}
                    RESULT_VARIABLE failed ERROR_VARIABLE reason OUTPUT_QUIET)
    if(NOT failed OR NOT reason MATCHES "${missing}")
      message(FATAL_ERROR "a component that cannot be had is not named: ${reason}")
    endif()
  endforeach()
  foreach(component metrics db)
    must(${configure} ${WORK}/${component} -D WEBTOOL_COMPONENTS=${component})
    must(${CMAKE_COMMAND} --build ${WORK}/${component} --target use_${component})
    must(${WORK}/${component}/use_${component})
  endforeach()
else()
  # To link would mean to compile all of webtool once more, which takes minutes.
  must(${CMAKE_COMMAND} -G Ninja -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK}/build
       -D WEBTOOL_SOURCE=${SOURCE})
  must(${CMAKE_COMMAND} --build ${WORK}/build --target compiled)
endif()
