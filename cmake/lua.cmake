# webtool_embed_lua(target name file [file …])
#
# Joins the Lua files, in order, into one script and makes it known to the target's sources as
# `webtool::lua::<name>`, a string_view in the header "lua/<name>.hpp".
function(webtool_embed_lua target name)
  set(script "#!lua\n")
  foreach(file IN LISTS ARGN)
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
