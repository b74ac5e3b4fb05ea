# `cmake --install`: libraries, headers, a package for find_package(webtool), and webtool.pc for
# pkg-config. The package has a target for each module (webtool::jose, …) and webtool::webtool for
# all modules. A component (webtool::metrics) has a file of its own, so that its dependencies are
# needed only by consumers that ask for it.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
get_property(modules GLOBAL PROPERTY WEBTOOL_MODULES)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/webtool)

install(TARGETS ${modules} webtool EXPORT webtool
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT webtool NAMESPACE webtool:: FILE webtoolTargets.cmake DESTINATION ${package_dir})
get_property(components GLOBAL PROPERTY WEBTOOL_COMPONENTS)
foreach(component IN LISTS components)
  install(TARGETS webtool_${component} EXPORT webtool_${component}
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
          FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT webtool_${component} NAMESPACE webtool:: FILE webtool_${component}.cmake
          DESTINATION ${package_dir})
endforeach()

set(out ${PROJECT_BINARY_DIR}/package)
file(CONFIGURE OUTPUT ${out}/webtoolConfig.cmake @ONLY CONTENT
[[include(${CMAKE_CURRENT_LIST_DIR}/dependencies.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/webtoolTargets.cmake)
foreach(component IN LISTS webtool_FIND_COMPONENTS)
  include(${CMAKE_CURRENT_LIST_DIR}/webtool_${component}.cmake OPTIONAL)
  if(TARGET webtool::${component})
    set(webtool_${component}_FOUND TRUE)
  elseif(webtool_FIND_REQUIRED_${component})
    set(webtool_FOUND FALSE)
    set(webtool_NOT_FOUND_MESSAGE "this webtool was built without ${component}")
  endif()
endforeach()
]])
# While the version is 0.x, each minor version may break the interface.
write_basic_package_version_file(${out}/webtoolConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${out}/webtoolConfig.cmake ${out}/webtoolConfigVersion.cmake
              ${PROJECT_SOURCE_DIR}/cmake/dependencies.cmake
        DESTINATION ${package_dir})

# The modules from the last layer to the first, as a static linker needs them.
set(pc_libs "")
foreach(module IN LISTS modules)
  string(PREPEND pc_libs "-l${module} ")
endforeach()
file(RELATIVE_PATH pc_includedir /${CMAKE_INSTALL_LIBDIR}/pkgconfig /${CMAKE_INSTALL_INCLUDEDIR})
file(CONFIGURE OUTPUT ${out}/webtool.pc @ONLY CONTENT
[[libdir=${pcfiledir}/..
includedir=${pcfiledir}/@pc_includedir@

Name: webtool
Description: @PROJECT_DESCRIPTION@
Version: @PROJECT_VERSION@
Requires: libssl libcrypto fmt spdlog
Libs: -L${libdir} @pc_libs@-lboost_json -lboost_url -lboost_system
Cflags: -I${includedir} -DBOOST_ASIO_SEPARATE_COMPILATION -DBOOST_BEAST_SEPARATE_COMPILATION -pthread
]])
install(FILES ${out}/webtool.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
