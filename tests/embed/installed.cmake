# cmake -DBUILD= -DSOURCE= -DBINARY= -DGENERATOR= -DCOMPILER= -DPKG_CONFIG= -DCC= -DCXX= -DFC= -P: installs the build
# tree BUILD of the tree SOURCE, copies consumers away from it, and builds and runs them: by find_package, then, after
# the installed copy has been moved, by pkg-config and the compilers CC, CXX and FC (empty: not there).
file(REMOVE_RECURSE ${BINARY})
file(COPY ${SOURCE}/tests/embed/installed/ DESTINATION ${BINARY}/source)
file(COPY ${SOURCE}/examples DESTINATION ${BINARY}/source)

function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${BINARY} RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " line)
    message(FATAL_ERROR "embed: failed (${status}): ${line}")
  endif()
endfunction()

# run_for(wanted command...): what it prints must hold the regular expression.
function(run_for wanted)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${BINARY} RESULT_VARIABLE status OUTPUT_VARIABLE output)
  message("${output}")
  if(NOT status EQUAL 0 OR NOT output MATCHES "${wanted}")
    list(JOIN ARGN " " line)
    message(FATAL_ERROR "embed: ended with ${status}, expected 0 and \"${wanted}\": ${line}")
  endif()
endfunction()

# Rough answers of brief trainings: exact ones are 0.94 +- 0.36; 4.00 +- 0.69; the walker's truth is 0.8 and 0.25.
set(log_rate "log rate [01]\\.[0-9]+ \\+- 0\\.[2-9]")
set(rate "rate +(3\\.[5-9]|4\\.[0-5])[0-9] \\+- +0\\.[5-9]")
set(walker "after 400 steps: drift (0\\.[4-9]|1\\.[0-3]).* diffusivity 0\\.(2|3[0-3])")

execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${BINARY}/prefix RESULT_VARIABLE status OUTPUT_QUIET)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "embed: cmake --install failed (${status})")
endif()
run(${CMAKE_COMMAND} -S ${BINARY}/source -B ${BINARY}/build -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
  -DCMAKE_CXX_FLAGS=-O1 -DCMAKE_PREFIX_PATH=${BINARY}/prefix)
run(${CMAKE_COMMAND} --build ${BINARY}/build)
run(${BINARY}/build/headers)
set(built ${BINARY}/build/examples/embedding)
run_for("${log_rate}" ${built}/own_simulator)
run_for("${walker}" ${built}/in_situ)
run_for("${rate}" ${built}/counts_c)
run_for("${rate}" ${BINARY}/build/c/c_alone)
if(EXISTS ${built}/counts_fortran)
  run_for("${rate}.*as expected: no such file" ${built}/counts_fortran)
  run(${BINARY}/build/fortran_cases)
endif()

file(GLOB_RECURSE mpi_targets ${BINARY}/prefix/alfi_mpi_targets.cmake)
if(mpi_targets)  # run by mpirun in tests/mpi
  run(${CMAKE_COMMAND} -S ${BINARY}/source/examples/mpi -B ${BINARY}/build_mpi -G ${GENERATOR}
    -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_PREFIX_PATH=${BINARY}/prefix)
  run(${CMAKE_COMMAND} --build ${BINARY}/build_mpi)
endif()

if(NOT PKG_CONFIG)
  message("embed: pkg-config not found: its package is not tried")
  return()
endif()
file(RENAME ${BINARY}/prefix ${BINARY}/moved)
file(GLOB_RECURSE pc ${BINARY}/moved/alfi.pc)
get_filename_component(pc_directory ${pc} DIRECTORY)
set(ENV{PKG_CONFIG_PATH} ${pc_directory})
function(flags_of package variable)
  execute_process(COMMAND ${PKG_CONFIG} --cflags --libs ${package} RESULT_VARIABLE status OUTPUT_VARIABLE flags)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "embed: pkg-config ${package} failed (${status})")
  endif()
  separate_arguments(flags UNIX_COMMAND "${flags}")
  set(${variable} ${flags} PARENT_SCOPE)
endfunction()
flags_of(alfi flags)
set(embedding ${BINARY}/source/examples/embedding)
run(${CC} -std=c99 -pedantic -Wall -Werror ${embedding}/counts.c -o by_pkg_config_c ${flags} -lm
  -Wl,-rpath,${BINARY}/moved/lib)
run_for("${rate}" ${BINARY}/by_pkg_config_c)
run(${CXX} -std=c++17 -O1 -Wall -Werror ${BINARY}/source/examples/in_situ.cpp -o by_pkg_config_cpp ${flags}
  -Wl,-rpath,${BINARY}/moved/lib)
run_for("${walker}" ${BINARY}/by_pkg_config_cpp)
if(FC)
  flags_of(alfi-fortran flags)
  run(${FC} ${embedding}/counts_module.f90 ${embedding}/counts.f90 -o by_pkg_config_fortran ${flags}
    -Wl,-rpath,${BINARY}/moved/lib)
  run_for("${rate}" ${BINARY}/by_pkg_config_fortran)
endif()
