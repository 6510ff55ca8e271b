# cmake -DPROGRAM=alfi -DOUTPUT=alfi.1 -P manual.cmake
execute_process(COMMAND ${PROGRAM} --man OUTPUT_FILE ${OUTPUT}.new RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} --man: ended with ${status}, expected 0")
endif()
file(RENAME ${OUTPUT}.new ${OUTPUT})
