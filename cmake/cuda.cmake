# The GPU backend: ALFI_CUDA=AUTO (at top level where nvcc is found, inside another project where that uses CUDA), ON or
# OFF. Sets ALFI_HAS_CUDA.
# Architectures: CMAKE_CUDA_ARCHITECTURES where given, else 8.0, 9.0 and PTX for what comes after.

set(ALFI_CUDA "AUTO" CACHE STRING "GPU backend: AUTO (where nvcc is found; inside another project where that uses CUDA), ON or OFF")
set_property(CACHE ALFI_CUDA PROPERTY STRINGS AUTO ON OFF)
set(ALFI_HAS_CUDA OFF)
if(NOT ALFI_CUDA MATCHES "^(AUTO|ON|OFF|1|0|TRUE|FALSE|YES|NO)$")
  message(FATAL_ERROR "ALFI_CUDA: got ${ALFI_CUDA}, expected AUTO, ON or OFF")
endif()
if(ALFI_CUDA STREQUAL "AUTO")
  if(ALFI_TOP_LEVEL)  # its kernels take minutes to compile: a host in C++ alone is not given them unasked
    include(CheckLanguage)
    check_language(CUDA)
  endif()
  if(CMAKE_CUDA_COMPILER)
    set(ALFI_HAS_CUDA ON)
  endif()
elseif(ALFI_CUDA)
  set(ALFI_HAS_CUDA ON)
endif()

if(ALFI_HAS_CUDA)
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES 80-real 90-real 90-virtual)
  endif()
  set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
  enable_language(CUDA)
  if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12.1)
    message(FATAL_ERROR "ALFI_CUDA: got nvcc ${CMAKE_CUDA_COMPILER_VERSION}, expected 12.1 or newer")
  endif()
endif()
set(alfi_advice "")
if(ALFI_CUDA STREQUAL "AUTO" AND NOT ALFI_HAS_CUDA AND NOT ALFI_TOP_LEVEL)
  set(alfi_advice " (-DALFI_CUDA=ON builds it, where there is nvcc)")
endif()
message(STATUS "alfi: GPU backend: ${ALFI_HAS_CUDA}${alfi_advice}")

# What the .cu files of ours are compiled with; never exported. Warnings are errors in our presets, register spills too,
# but for the set encoder's chains: there what changes with the tile alone gives its registers to the products.
function(alfi_cuda_options target)
  target_compile_features(${target} PUBLIC cuda_std_17)
  set_target_properties(${target} PROPERTIES CUDA_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON
    CUDA_SEPARABLE_COMPILATION OFF)
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-ffp-contract=off>)
  if(ALFI_STRICT)
    target_compile_options(${target} PRIVATE
      "$<$<COMPILE_LANGUAGE:CUDA>:SHELL:-Werror=all-warnings -Xptxas=-Werror -Xcompiler=-Wall,-Wextra>")
    get_target_property(files ${target} SOURCES)
    list(FILTER files INCLUDE REGEX "\\.cu$")
    list(FILTER files EXCLUDE REGEX "/encode_chain")
    set_property(SOURCE ${files} APPEND PROPERTY COMPILE_OPTIONS -Xptxas=--warn-on-spills)
  endif()
endfunction()
