# cmake -DNM=nm -DOBJECT=dense.cpp.o -DSPACE=x86_64_v3 -P check_symbols.cmake
# Fails where an object compiled for a CPU level defines anything that other objects can see outside its own namespace:
# an inline function of the standard library, say, which the linker might take for everybody's.
execute_process(COMMAND ${NM} --extern-only --defined-only ${OBJECT} OUTPUT_VARIABLE symbols RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${NM} cannot read ${OBJECT}")
endif()
string(REGEX MATCHALL "[^\n]+" lines "${symbols}")
set(tables 0)
foreach(line ${lines})
  if(NOT line MATCHES "^[0-9a-f]+ [BDRT] _ZN4alfi2v03cpu[0-9]+${SPACE}[0-9]+table_(float|double)E$")
    message(FATAL_ERROR "${OBJECT}: visible outside its namespace: ${line}")
  endif()
  math(EXPR tables "${tables} + 1")
endforeach()
if(NOT tables EQUAL 2)
  message(FATAL_ERROR "${OBJECT}: found ${tables} tables, expected 2")
endif()
