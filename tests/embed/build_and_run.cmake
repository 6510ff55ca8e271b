# cmake -DSOURCE= -DBINARY= -DALFI_SOURCE= -DGENERATOR= -DCOMPILER= -DNM= "-DOPTIONS=-DA=B|.." -P: copies the consumer
# away from the library's tree, then configures, builds and runs it there.
file(COPY ${SOURCE}/ DESTINATION ${BINARY}/source)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " line)
    message(FATAL_ERROR "embed: failed (${status}): ${line}")
  endif()
endfunction()

string(REPLACE "|" ";" OPTIONS "${OPTIONS}")
if(EXISTS ${BINARY}/build/CMakeCache.txt)  # an earlier build by another generator is in the way
  file(STRINGS ${BINARY}/build/CMakeCache.txt generator REGEX "^CMAKE_GENERATOR:")
  if(NOT generator STREQUAL "CMAKE_GENERATOR:INTERNAL=${GENERATOR}")
    file(REMOVE_RECURSE ${BINARY}/build)
  endif()
endif()
run(${CMAKE_COMMAND} -S ${BINARY}/source -B ${BINARY}/build -G "${GENERATOR}" -DCMAKE_CXX_COMPILER=${COMPILER}
  -DALFI_SOURCE=${ALFI_SOURCE} ${OPTIONS})
run(${CMAKE_COMMAND} --build ${BINARY}/build --parallel 2)
file(GLOB libraries ${BINARY}/build/alfi/libalfi.so)
if(NM AND libraries)
  run(${CMAKE_COMMAND} -DNM=${NM} -DLIBRARY=${libraries} -DHEADER=${ALFI_SOURCE}/bindings/c/alfi.h
    -P ${ALFI_SOURCE}/tests/embed/check_exports.cmake)
endif()
run(${BINARY}/build/consumer)
run(${BINARY}/build/consumer_c)
if(EXISTS ${BINARY}/build/consumer_fortran)
  run(${BINARY}/build/consumer_fortran)
endif()
