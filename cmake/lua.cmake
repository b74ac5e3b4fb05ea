# webtool_embed_lua(target name [FLAGS flag...] file)
#
# Makes the script lua/<file> known to the target's sources as `webtool::lua::<name>`, a string_view
# in the header "lua/<name>.hpp". Two kinds of lines are replaced:
#
#   --- @include session/record.lua          by that file's text
#   --- @enum throttle/rule.hpp Algorithm    by a table of the values of that C++ enum, which is in
#                                            include/webtool/
#
# The script starts with a shebang line, so that Redis (7 and later) refuses it before its first
# command if it could not finish: out of memory, on a replica, or with keys in different cluster
# slots. FLAGS are script flags of Redis, such as allow-oom.
function(webtool_embed_lua target name)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "FLAGS" "")
  set(script "#!lua\n")
  if(arg_FLAGS)
    set(script "#!lua flags=${arg_FLAGS}\n")
  endif()
  webtool_read_lua(text ${arg_UNPARSED_ARGUMENTS})
  string(APPEND script "${text}")
  webtool_embed_text(${target} lua ${name} "${script}")
endfunction()

# The text of lua/<file>, with its @include and @enum lines replaced.
function(webtool_read_lua result file)
  set(path ${PROJECT_SOURCE_DIR}/lua/${file})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  file(READ ${path} text)
  string(REGEX MATCHALL "--- @include [^\n]+\n" lines "${text}")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "--- @include ([^\n]+)\n" "\\1" included "${line}")
    webtool_read_lua(included_text ${included})
    string(REPLACE "${line}" "${included_text}" text "${text}")
  endforeach()
  string(REGEX MATCHALL "--- @enum [^\n]+\n" lines "${text}")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "--- @enum ([^ ]+) ([^\n]+)\n" "\\1;\\2" words "${line}")
    list(POP_FRONT words header enum)
    webtool_enum_as_lua(table ${header} ${enum})
    string(REPLACE "${line}" "${table}" text "${text}")
  endforeach()
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

# `local <enum> = {first = 0, second = 1}`, for an enum class without values of its own.
function(webtool_enum_as_lua result header enum)
  set(path ${PROJECT_SOURCE_DIR}/include/webtool/${header})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  file(READ ${path} text)
  string(REGEX REPLACE "//[^\n]*" "" text "${text}")
  if(NOT text MATCHES "enum class ${enum} {([^}=]*)}")
    message(FATAL_ERROR "${path}: no enum class ${enum} without values of its own")
  endif()
  string(REGEX MATCHALL "[a-z_]+" names "${CMAKE_MATCH_1}")
  set(number 0)
  set(fields "")
  foreach(enumerator IN LISTS names)
    list(APPEND fields "${enumerator} = ${number}")
    math(EXPR number "${number} + 1")
  endforeach()
  list(JOIN fields ", " fields)
  set(${result} "local ${enum} = {${fields}}\n" PARENT_SCOPE)
endfunction()
