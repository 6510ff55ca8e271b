# cmake --install: the library, the headers of every room (what compiles user code: .hpp and .cuh), and a package that
# find_package(alfi CONFIG) finds, with alfi::alfi and the variable alfi_HAS_CUDA.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS alfi EXPORT alfi_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(room ${ALFI_ROOMS})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/alfi
    FILES_MATCHING PATTERN *.hpp PATTERN *.cuh PATTERN cpu EXCLUDE)
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/inference/alfi.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/alfi)
if(ALFI_TOOLS)
  install(TARGETS alfi_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

set(alfi_package ${CMAKE_INSTALL_LIBDIR}/cmake/alfi)
install(EXPORT alfi_targets NAMESPACE alfi:: DESTINATION ${alfi_package})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/alfi-config.cmake.in
  ${PROJECT_BINARY_DIR}/alfi-config.cmake INSTALL_DESTINATION ${alfi_package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/alfi-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/alfi-config.cmake ${PROJECT_BINARY_DIR}/alfi-config-version.cmake
  DESTINATION ${alfi_package})
