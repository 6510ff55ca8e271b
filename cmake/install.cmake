# cmake --install: the library, the headers of every room (what compiles user code: .hpp, .cuh and .h), the Fortran
# module, a package that find_package(alfi CONFIG) finds (alfi::alfi, alfi::fortran, alfi_HAS_CUDA, alfi_HAS_FORTRAN;
# with COMPONENTS mpi alfi::mpi),
# and one for pkg-config. Everything may be moved together.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(alfi_targets alfi)
if(ALFI_HAS_FORTRAN)
  list(APPEND alfi_targets alfi_fortran)
  install(DIRECTORY ${ALFI_FORTRAN_MODULES}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/alfi/fortran
    FILES_MATCHING PATTERN alfi*.mod)
endif()
install(TARGETS ${alfi_targets} EXPORT alfi_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(room ${ALFI_ROOMS})
  if(NOT room STREQUAL "bindings")
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/alfi
      FILES_MATCHING PATTERN *.hpp PATTERN *.cuh PATTERN *.h PATTERN cpu EXCLUDE)
  endif()
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/inference/alfi.hpp ${PROJECT_SOURCE_DIR}/bindings/c/alfi.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/alfi)
if(ALFI_HAS_MPI)  # apart: who links alfi::alfi alone needs no MPI
  install(TARGETS alfi_mpi EXPORT alfi_mpi_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(FILES ${PROJECT_SOURCE_DIR}/mpi/communicator.hpp ${PROJECT_SOURCE_DIR}/mpi/groups.hpp
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/alfi/mpi)
  install(EXPORT alfi_mpi_targets NAMESPACE alfi:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/alfi)
endif()
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/THIRD_PARTY.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
# From where something is installed back to the prefix, by a relative path.
function(alfi_way_back variable from)
  file(RELATIVE_PATH way /prefix/${from} /prefix)
  string(REGEX REPLACE "/$" "" way ${way})
  set(${variable} ${way} PARENT_SCOPE)
endfunction()
alfi_way_back(alfi_bin_to_prefix ${CMAKE_INSTALL_BINDIR})
alfi_way_back(alfi_pc_to_prefix ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(BUILD_SHARED_LIBS)
  set_target_properties(${alfi_targets} PROPERTIES INSTALL_RPATH "$ORIGIN")
endif()
if(ALFI_TOOLS)
  if(BUILD_SHARED_LIBS)
    set_target_properties(alfi_program PROPERTIES
      INSTALL_RPATH "$ORIGIN/${alfi_bin_to_prefix}/${CMAKE_INSTALL_LIBDIR}")
  endif()
  install(TARGETS alfi_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES ${PROJECT_SOURCE_DIR}/tools/shell/alfi.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    RENAME alfi)
  install(FILES ${PROJECT_SOURCE_DIR}/tools/shell/_alfi DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  if(TARGET alfi_manual)
    install(FILES ${PROJECT_BINARY_DIR}/tools/alfi.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  endif()
  if(ALFI_HAS_UMBRIDGE)
    install(TARGETS alfi_umbridge RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endif()

# What a linker that is not C++'s must be told, for C and Fortran that link a static library.
set(alfi_cxx_libraries "")
if(NOT BUILD_SHARED_LIBS)
  foreach(library ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
    if(library MATCHES "^(stdc\\+\\+|c\\+\\+|c\\+\\+abi|m)$")
      list(APPEND alfi_cxx_libraries ${library})
    endif()
  endforeach()
endif()

set(alfi_package ${CMAKE_INSTALL_LIBDIR}/cmake/alfi)
install(EXPORT alfi_targets NAMESPACE alfi:: DESTINATION ${alfi_package})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/alfi-config.cmake.in
  ${PROJECT_BINARY_DIR}/alfi-config.cmake INSTALL_DESTINATION ${alfi_package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/alfi-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/alfi-config.cmake ${PROJECT_BINARY_DIR}/alfi-config-version.cmake
  DESTINATION ${alfi_package})

set(alfi_pc_libraries "")
if(NOT BUILD_SHARED_LIBS)
  if(ALFI_HAS_CUDA)
    get_filename_component(directory ${CUDA_cudart_static_LIBRARY} DIRECTORY)
    string(APPEND alfi_pc_libraries " -L${directory} -lcudart_static -ldl -lrt")
  endif()
  foreach(library ${alfi_cxx_libraries})
    string(APPEND alfi_pc_libraries " -l${library}")
  endforeach()
  string(APPEND alfi_pc_libraries " -pthread")
endif()
foreach(package alfi alfi-fortran)
  if(package STREQUAL "alfi" OR ALFI_HAS_FORTRAN)
    configure_file(${CMAKE_CURRENT_LIST_DIR}/${package}.pc.in ${PROJECT_BINARY_DIR}/${package}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/${package}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  endif()
endforeach()

# cpack -G DEB, in the build tree: a Debian package; cpack -G TGZ: an archive to unpack anywhere.
set(CPACK_PACKAGE_NAME alfi)
set(CPACK_PACKAGE_VENDOR "The alfi developers")
set(CPACK_PACKAGE_CONTACT "The alfi developers")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_GENERATOR TGZ)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_HOMEPAGE "https://arxiv.org/abs/1811.12932")
find_program(ALFI_SHLIBDEPS dpkg-shlibdeps)
if(ALFI_SHLIBDEPS)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()
include(CPack)
