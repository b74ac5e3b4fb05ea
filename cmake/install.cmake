# `cmake --install`: static libraries, headers, and a package that find_package(webtool) finds, with
# a target for each module (webtool::jose, …) and webtool::webtool for all of them.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
get_property(modules GLOBAL PROPERTY WEBTOOL_MODULES)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/webtool)

install(TARGETS ${modules} webtool EXPORT webtool
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT webtool NAMESPACE webtool:: FILE webtoolTargets.cmake DESTINATION ${package_dir})

set(out ${PROJECT_BINARY_DIR}/package)
file(CONFIGURE OUTPUT ${out}/webtoolConfig.cmake @ONLY CONTENT
[[include(${CMAKE_CURRENT_LIST_DIR}/dependencies.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/webtoolTargets.cmake)
]])
write_basic_package_version_file(${out}/webtoolConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${out}/webtoolConfig.cmake ${out}/webtoolConfigVersion.cmake
              ${PROJECT_SOURCE_DIR}/cmake/dependencies.cmake
        DESTINATION ${package_dir})
