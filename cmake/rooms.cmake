# Rooms: each directory of sources is an object library alfi_<room>; the library is made of all of them. The .cu files
# of a room and of its folders are one more, alfi_<room>_cuda, in a build with CUDA.

set(ALFI_INCLUDE_DIR ${PROJECT_BINARY_DIR}/include)
set(ALFI_ROOMS core kernels simulators autodiff inference bindings)

# Links each room's headers under include/alfi/, so that "alfi/core/view.hpp" means the same here and installed.
function(alfi_link_headers)
  file(MAKE_DIRECTORY ${ALFI_INCLUDE_DIR}/alfi)
  foreach(room ${ALFI_ROOMS})
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${room} ${ALFI_INCLUDE_DIR}/alfi/${room} SYMBOLIC)
  endforeach()
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/inference/alfi.hpp ${ALFI_INCLUDE_DIR}/alfi/alfi.hpp SYMBOLIC)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/bindings/c/alfi.h ${ALFI_INCLUDE_DIR}/alfi/alfi.h SYMBOLIC)
endfunction()

# CMAKE_UNITY_BUILD=ON (the presets asan, tsan and aarch64, which are built to be tested): all files of a target as one,
# several times as quick from nothing. What one file has and another only uses is found by the other presets. Files with
# local names that another of the room has too are compiled alone:
set(ALFI_ALONE
  "simulators/(lotka_volterra|multivariate|muon_asymmetry|poisson|quadrature|sir|weinberg)"
  "simulators/sbibm/(gaussian_linear|gaussian_mixture|lotka_volterra|sir|slcp|slcp_distractors|two_moons)"
  "inference/(annealing|c2st|check|configuration|configured_simulator|count_network|evaluate|importance|likelihood_network)"
  "inference/(local_emulator|mixture_fit|network|normalization|predictive_check|quadratic_regression|ranks|refine|refine_learned)"
  "inference/(refine_simulations|safetensors|shard_[a-z]+|small_network|baselines/(peak|smc_abc|summaries))"
  "core/random_test" "kernels/(linear|recurrent|regression_step|set_encoder)_test" "autodiff/(gated_sum|proposal)_test"
  "simulators/(gpu|poisson|weinberg)_test" "inference/(evaluate|predictive|refine_learned|safetensors)_test")
function(alfi_unity target)
  if(NOT CMAKE_UNITY_BUILD)
    return()
  endif()
  set(after "")
  foreach(macro INSTANTIATE INSTANTIATE_MAP LAUNCH_ALL LAUNCH_CELL LAUNCH_MAP LAUNCH_REGISTERS LAUNCH_TILED)
    string(APPEND after "#undef ALFI_${macro}\n")
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD_BATCH_SIZE 0 UNITY_BUILD_CODE_AFTER_INCLUDE "${after}")
  # A file's own types are its own, though the compiler takes it for a header, and other files' names do not hide there.
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage;-Wno-shadow>)
  get_target_property(sources ${target} SOURCES)
  foreach(names ${ALFI_ALONE})
    set(alone ${sources})
    list(FILTER alone INCLUDE REGEX "/${names}\\.cpp$")
    set_property(SOURCE ${alone} PROPERTY SKIP_UNITY_BUILD_INCLUSION ON)
  endforeach()
endfunction()

# What every target of ours is compiled with; never exported.
function(alfi_compile_options target)
  target_compile_features(${target} PUBLIC cxx_std_17)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  # One meaning of a product and a sum everywhere: fused only where the vector kernels ask for it.
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off>)
  if(ALFI_STRICT)
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wshadow;-Wconversion;-Werror>)
  endif()
  alfi_unity(${target})
endfunction()

function(alfi_objects target)
  add_library(${target} OBJECT ${ARGN})
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${ALFI_INCLUDE_DIR}>)
  alfi_compile_options(${target})
endfunction()

# How a Release build is optimized. Simulators and the kernels of every meta-step get all of -O3, which elsewhere buys
# nothing but size and time to compile: -O2 where numbers are worked on, -Os where files, texts, checks and other
# people's processes are, and what only calls others.
set(ALFI_O3 "kernels/(elementwise|features|gated_sum|linear|recurrent_[a-z]+|regression_step[a-z_]*|set_encoder)"
  "kernels/stream_batch")
list(JOIN ALFI_O3 "|" ALFI_O3)
set(ALFI_Os "core/(error|text)" "autodiff/check" "bindings/c/[a-z_]+"
  "simulators/(catalogue|command|prior|process[a-z_]*|program|program_(calls|run|worker)|regression_evidence|simulator)"
  "inference/(architecture|bank|check|configur[a-z_]+|count_network|evaluate|file_bytes|host_simulation|inference_run|inferrer)"
  "inference/(json|likelihood_network|machine|machine_file|meta_step|model|network|normalization|predictive_check|quadratic_regression|ranks|refine|refine_[a-z]+)"
  "inference/(replayed_step|safetensors|series_view|shard|shard_[a-z]+|small_network|tensor|test_problems|threaded_step|trainer)"
  "inference/(training_weights|uniformity)"
  "inference/baselines/(abc_simulations|baseline|compare|maximum_likelihood|peak|rejection_abc|smc_abc)")
list(JOIN ALFI_Os "|" ALFI_Os)
function(alfi_optimize target room)
  if(CMAKE_UNITY_BUILD)  # where a file with options of its own is compiled alone
    return()
  endif()
  if(NOT room STREQUAL "simulators")
    target_compile_options(${target} PRIVATE $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CONFIG:Release>>:-O2>)
  endif()
  get_target_property(sources ${target} SOURCES)
  foreach(level O3 Os)
    set(chosen ${sources})
    list(FILTER chosen INCLUDE REGEX "/(${ALFI_${level}})\\.cpp$")
    set_property(SOURCE ${chosen} APPEND PROPERTY COMPILE_OPTIONS $<$<CONFIG:Release>:-${level}>)
  endforeach()
endfunction()

# alfi_room_files(variable room extension): the files of a room with that ending, its folders' too, but for kernels/cpu/,
# which is compiled once per CPU level.
function(alfi_room_files variable room extension)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${room}/*.${extension})
  list(FILTER files EXCLUDE REGEX "/kernels/cpu/")
  set(${variable} ${files} PARENT_SCOPE)
endfunction()

# alfi_room(name): its .cpp files, and its .cu files.
function(alfi_room room)
  alfi_room_files(sources ${room} cpp)
  if(ALFI_HAS_CUDA)
    list(FILTER sources EXCLUDE REGEX "/no_cuda\\.cpp$")
  else()
    list(FILTER sources EXCLUDE REGEX "/(no_cuda|[a-z_]+_gpu)\\.cpp$")
    if(room STREQUAL core)
      # The GPU backend of a build without one, apart: test programs put the emulated one in its place.
      alfi_objects(alfi_core_cuda ${PROJECT_SOURCE_DIR}/core/no_cuda.cpp)
    endif()
  endif()
  alfi_objects(alfi_${room} ${sources})
  alfi_optimize(alfi_${room} ${room})
  if(NOT ALFI_HAS_CUDA)
    return()
  endif()
  target_compile_definitions(alfi_${room} PRIVATE ALFI_CUDA_COMPILED)
  alfi_room_files(kernels ${room} cu)
  if(kernels)
    add_library(alfi_${room}_cuda OBJECT ${kernels})
    target_include_directories(alfi_${room}_cuda PRIVATE ${ALFI_INCLUDE_DIR})
    alfi_cuda_options(alfi_${room}_cuda)
  endif()
endfunction()
