# webtool_embed_text(target space name text)
#
# Makes `text` known to the target's sources as `webtool::<space>::<name>`, a string_view in the
# header "<space>/<name>.hpp".
function(webtool_embed_text target space name text)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/generated)
  file(CONFIGURE OUTPUT ${out}/${space}/${name}.hpp CONTENT
"// Made by the build.
#pragma once
#include <string_view>
namespace webtool::@space@ {
inline constexpr std::string_view @name@ = R\"embedded(@text@)embedded\";
}
" @ONLY)
  target_include_directories(${target} PRIVATE ${out})
endfunction()

# webtool_embed_file(target space name path)
#
# Embeds the text of a file. Ninja configures again when the file changes.
function(webtool_embed_file target space name path)
  set(path ${CMAKE_CURRENT_SOURCE_DIR}/${path})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  file(READ ${path} text)
  webtool_embed_text(${target} ${space} ${name} "${text}")
endfunction()
