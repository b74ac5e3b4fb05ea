# webtool_embed_lua(target name [FLAGS flag…] file [file …])
#
# Joins the Lua files, in order, into one script and makes it known to the target's sources as
# `webtool::lua::<name>`, a string_view in the header "lua/<name>.hpp". The script starts with a
# shebang line, so that Redis (7 and later) refuses it before its first command where it could not
# finish: out of memory, on a replica, or with keys in different cluster slots.
# FLAGS are script flags of Redis, such as allow-oom.
function(webtool_embed_lua target name)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "FLAGS" "")
  set(script "#!lua\n")
  if(arg_FLAGS)
    set(script "#!lua flags=${arg_FLAGS}\n")
  endif()
  foreach(file IN LISTS arg_UNPARSED_ARGUMENTS)
    set(path ${PROJECT_SOURCE_DIR}/lua/${file})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    file(READ ${path} text)
    string(APPEND script "${text}")
  endforeach()
  set(out ${CMAKE_CURRENT_BINARY_DIR}/generated)
  file(CONFIGURE OUTPUT ${out}/lua/${name}.hpp CONTENT
"// Made from lua/ by the build.
#pragma once
#include <string_view>
namespace webtool::lua {
inline constexpr std::string_view ${name} = R\"lua(@script@)lua\";
}
" @ONLY)
  target_include_directories(${target} PRIVATE ${out})
endfunction()
