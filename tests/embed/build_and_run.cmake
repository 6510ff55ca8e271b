# cmake -DSOURCE= -DBINARY= -DALFI_SOURCE= -DGENERATOR= -DCOMPILER= -DNM= -P: copies the consumer away from the library's tree,
# then configures, builds and runs it there.
file(COPY ${SOURCE}/ DESTINATION ${BINARY}/source)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " line)
    message(FATAL_ERROR "embed: failed (${status}): ${line}")
  endif()
endfunction()

# Little optimization: what is tested is that it builds, links and runs.
run(${CMAKE_COMMAND} -S ${BINARY}/source -B ${BINARY}/build -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
  -DCMAKE_CXX_FLAGS=-O1 -DALFI_CUDA=OFF -DBUILD_SHARED_LIBS=ON -DALFI_SOURCE=${ALFI_SOURCE})
run(${CMAKE_COMMAND} --build ${BINARY}/build)
if(NM)
  file(GLOB libraries ${BINARY}/build/alfi/libalfi.so)
  run(${CMAKE_COMMAND} -DNM=${NM} -DLIBRARY=${libraries} -DHEADER=${ALFI_SOURCE}/bindings/c/alfi.h
    -P ${ALFI_SOURCE}/tests/embed/check_exports.cmake)
endif()
run(${BINARY}/build/consumer)
run(${BINARY}/build/consumer_c)
if(EXISTS ${BINARY}/build/consumer_fortran)
  run(${BINARY}/build/consumer_fortran)
endif()
