# The Fortran module: ALFI_FORTRAN=AUTO (at top level where a compiler is found, inside another project where that uses
# Fortran), ON or OFF. Sets ALFI_HAS_FORTRAN.

set(ALFI_FORTRAN "AUTO" CACHE STRING "Fortran module: AUTO (where a compiler is found), ON or OFF")
set_property(CACHE ALFI_FORTRAN PROPERTY STRINGS AUTO ON OFF)
set(ALFI_HAS_FORTRAN OFF)
if(NOT ALFI_FORTRAN MATCHES "^(AUTO|ON|OFF|1|0|TRUE|FALSE|YES|NO)$")
  message(FATAL_ERROR "ALFI_FORTRAN: got ${ALFI_FORTRAN}, expected AUTO, ON or OFF")
endif()
if(ALFI_FORTRAN STREQUAL "AUTO")
  # A compiler of the build machine is none for another one.
  if(ALFI_TOP_LEVEL AND NOT CMAKE_CROSSCOMPILING)
    include(CheckLanguage)
    check_language(Fortran)
  endif()
  if(CMAKE_Fortran_COMPILER)
    set(ALFI_HAS_FORTRAN ON)
  endif()
elseif(ALFI_FORTRAN)
  set(ALFI_HAS_FORTRAN ON)
endif()
message(STATUS "alfi: Fortran module: ${ALFI_HAS_FORTRAN}")
if(NOT ALFI_HAS_FORTRAN)
  return()
endif()

enable_language(Fortran)
set(ALFI_FORTRAN_MODULES ${PROJECT_BINARY_DIR}/fortran)
set(alfi_fortran_sources alfi_c alfi_handles alfi_simulators alfi_posteriors alfi_machines
  alfi_inferrers alfi)
list(TRANSFORM alfi_fortran_sources PREPEND ${PROJECT_SOURCE_DIR}/bindings/fortran/)
list(TRANSFORM alfi_fortran_sources APPEND .f90)
add_library(alfi_fortran ${alfi_fortran_sources})
add_library(alfi::fortran ALIAS alfi_fortran)
set_target_properties(alfi_fortran PROPERTIES EXPORT_NAME fortran POSITION_INDEPENDENT_CODE ON
  Fortran_MODULE_DIRECTORY ${ALFI_FORTRAN_MODULES}
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_include_directories(alfi_fortran PUBLIC
  $<BUILD_INTERFACE:${ALFI_FORTRAN_MODULES}> $<INSTALL_INTERFACE:include/alfi/fortran>)
target_link_libraries(alfi_fortran PUBLIC alfi)
if(ALFI_STRICT AND CMAKE_Fortran_COMPILER_ID STREQUAL "GNU")
  target_compile_options(alfi_fortran PRIVATE -std=f2008 -pedantic -Wall -Wextra -Werror)
endif()
