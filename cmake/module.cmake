# webtool_module(name [COMPONENT] SOURCES … [LINK …] [LINK_PRIVATE …])
#
# One module: the folder include/webtool/<name> with src/<name> behind it, as the static library
# webtool_<name>, known to consumers as webtool::<name>. With COMPONENT it is no part of
# webtool::webtool, since it needs what not everybody has: consumers ask for it by name.
function(webtool_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "COMPONENT" "" "SOURCES;LINK;LINK_PRIVATE")
  set(target webtool_${name})
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/webtool/${name}/*.hpp)
  add_library(${target} STATIC ${arg_SOURCES})
  add_library(webtool::${name} ALIAS ${target})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include
                                  FILES ${headers})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(${target} PUBLIC ${arg_LINK} PRIVATE ${arg_LINK_PRIVATE})
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${name}
    POSITION_INDEPENDENT_CODE ON
    VERIFY_INTERFACE_HEADER_SETS ON)
  if(arg_COMPONENT)
    set_property(GLOBAL APPEND PROPERTY WEBTOOL_COMPONENTS ${name})
  else()
    set_property(GLOBAL APPEND PROPERTY WEBTOOL_MODULES ${target})
  endif()
endfunction()
