# webtool_module(name [COMPONENT] SOURCES … [LINK …] [LINK_PRIVATE …])
#
# One module: the folders include/webtool/<name> and src/<name> become the library webtool_<name>,
# which consumers link as webtool::<name>. BUILD_SHARED_LIBS makes it a shared library. With
# COMPONENT it is not a part of webtool::webtool, because it needs more libraries: consumers ask for
# it by name.
function(webtool_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "COMPONENT" "" "SOURCES;LINK;LINK_PRIVATE")
  set(target webtool_${name})
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/webtool/${name}/*.hpp)
  add_library(${target} ${arg_SOURCES})
  add_library(webtool::${name} ALIAS ${target})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include
                                  FILES ${headers})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(${target} PUBLIC ${arg_LINK} PRIVATE ${arg_LINK_PRIVATE})
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${name}
    POSITION_INDEPENDENT_CODE ON
    VERSION ${PROJECT_VERSION}
    # While the version is 0.x, each minor version may break the ABI.
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    VERIFY_INTERFACE_HEADER_SETS ON)
  if(arg_COMPONENT)
    set_property(GLOBAL APPEND PROPERTY WEBTOOL_COMPONENTS ${name})
  else()
    set_property(GLOBAL APPEND PROPERTY WEBTOOL_MODULES ${target})
  endif()
endfunction()
