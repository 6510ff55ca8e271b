# cmake -DBUILD= -DSOURCE= -DBINARY= -DGENERATOR= -DCOMPILER= -DPROGRAM= -P: installs the build tree BUILD, copies a
# consumer away from the library's tree, then configures it against the installed library, builds it and runs it.
file(REMOVE_RECURSE ${BINARY})
file(COPY ${SOURCE}/ DESTINATION ${BINARY}/source)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " line)
    message(FATAL_ERROR "embed: failed (${status}): ${line}")
  endif()
endfunction()

execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${BINARY}/prefix RESULT_VARIABLE status OUTPUT_QUIET)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "embed: cmake --install failed (${status})")
endif()
run(${CMAKE_COMMAND} -S ${BINARY}/source -B ${BINARY}/build -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
  -DCMAKE_PREFIX_PATH=${BINARY}/prefix)
run(${CMAKE_COMMAND} --build ${BINARY}/build)
run(${BINARY}/build/${PROGRAM})
