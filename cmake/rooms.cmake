# Rooms: each directory of sources is an object library alfi_<room>; the static library is made of all of them.

set(ALFI_INCLUDE_DIR ${PROJECT_BINARY_DIR}/include)

# Links each room's headers under include/alfi/, so that "alfi/core/view.hpp" means the same here and installed.
function(alfi_link_headers)
  file(MAKE_DIRECTORY ${ALFI_INCLUDE_DIR}/alfi)
  foreach(room core kernels simulators autodiff inference)
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${room} ${ALFI_INCLUDE_DIR}/alfi/${room} SYMBOLIC)
  endforeach()
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/inference/alfi.hpp ${ALFI_INCLUDE_DIR}/alfi/alfi.hpp SYMBOLIC)
endfunction()

# What every target of ours is compiled with; never exported.
function(alfi_compile_options target)
  target_compile_features(${target} PUBLIC cxx_std_17)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  # One meaning of a product and a sum everywhere: fused only where the vector kernels ask for it.
  target_compile_options(${target} PRIVATE -ffp-contract=off)
  if(ALFI_STRICT)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wconversion -Werror)
  endif()
endfunction()

# alfi_room(name USES other...): all .cpp files directly in the directory.
function(alfi_room room)
  cmake_parse_arguments(ARG "" "" "USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${room}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_library(alfi_${room} OBJECT ${sources})
  target_include_directories(alfi_${room} PUBLIC $<BUILD_INTERFACE:${ALFI_INCLUDE_DIR}>)
  alfi_compile_options(alfi_${room})
endfunction()
