# The objects of a room, linked into one (ld -r) where a static library is made and the linker can: what headers define
# inline is then in the library once a room, not once an object that uses it. A program that uses the library takes nearly
# all of its objects either way. In a Release build names that only their own object knows are left out, too; who profiles
# builds RelWithDebInfo.
set(ALFI_MERGES OFF)
get_property(alfi_several GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(NOT BUILD_SHARED_LIBS AND NOT alfi_several AND NOT CMAKE_INTERPROCEDURAL_OPTIMIZATION
    AND NOT CMAKE_CXX_FLAGS MATCHES "-flto")
  set(probe ${PROJECT_BINARY_DIR}/CMakeFiles/alfi_merge)
  if(NOT DEFINED ALFI_CAN_MERGE)
    file(WRITE ${probe}_one.cpp "inline int f() { static int n = 0; return ++n; }\nint one() { return f(); }\n")
    file(WRITE ${probe}_two.cpp "inline int f() { static int n = 0; return ++n; }\nint two() { return f(); }\n")
    execute_process(COMMAND ${CMAKE_CXX_COMPILER} -r -nostdlib -Wl,--discard-all -O0 -o ${probe}.o ${probe}_one.cpp ${probe}_two.cpp
      RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
    if(status EQUAL 0)
      set(ALFI_CAN_MERGE ON CACHE INTERNAL "The compiler links objects into one by -r")
    else()
      set(ALFI_CAN_MERGE OFF CACHE INTERNAL "The compiler links objects into one by -r")
    endif()
  endif()
  set(ALFI_MERGES ${ALFI_CAN_MERGE})
endif()

# alfi_merged(variable name objects...): what the library takes in place of these objects.
function(alfi_merged variable name)
  if(NOT ALFI_MERGES)
    set(${variable} ${ARGN} PARENT_SCOPE)
    return()
  endif()
  set(merged ${PROJECT_BINARY_DIR}/CMakeFiles/${name}${CMAKE_CXX_OUTPUT_EXTENSION})
  add_custom_command(OUTPUT ${merged} DEPENDS ${ARGN} COMMAND_EXPAND_LISTS VERBATIM
    COMMAND ${CMAKE_CXX_COMPILER} -r -nostdlib $<$<CONFIG:Release>:-Wl,--discard-all> -o ${merged} ${ARGN}
    COMMENT "Linking ${name} into one object")
  set_source_files_properties(${merged} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  set(${variable} ${merged} PARENT_SCOPE)
endfunction()
