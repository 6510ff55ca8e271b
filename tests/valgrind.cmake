# valgrind/<room>: test cases of the room under Valgrind's memcheck, label valgrind. What it cannot judge is left out: traps
# and flushed denormals, which it does not imitate; accuracy held against long double, which is 64 bits wide there; sizes
# that are wrong on purpose; and what takes it long: most of the emulated GPU, which AddressSanitizer sees. About a minute
# in all. It has no AVX-512, so the vector code is that of x86-64-v3.
find_program(ALFI_VALGRIND valgrind)

# alfi_test_valgrind(room filters...): of doctest.
function(alfi_test_valgrind room)
  if(NOT TARGET alfi_test_${room})
    return()
  endif()
  if(ALFI_VALGRIND)
    # Our operator new (support/allocation_counter.cpp) stays: it counts, and calls malloc, which is watched.
    alfi_test_case(valgrind/${room} ${ALFI_VALGRIND} --quiet --error-exitcode=99 --leak-check=full
      --soname-synonyms=somalloc=nouserintercepts $<TARGET_FILE:alfi_test_${room}> ${ARGN})
  else()
    add_test(NAME valgrind/${room} COMMAND ${CMAKE_COMMAND} -E echo "valgrind not found (Debian: valgrind): skipped")
    set_tests_properties(valgrind/${room} PROPERTIES SKIP_REGULAR_EXPRESSION "valgrind not found")
  endif()
  set_tests_properties(valgrind/${room} PROPERTIES LABELS valgrind)
endfunction()

alfi_test_valgrind(core "--test-case-exclude=support: traps*,support: flushing*,context: memory that does not exist*,\
*law: draws*,*law: counts*,*law: probabilities sum*")
alfi_test_valgrind(kernels "--test-case-exclude=*GPU*,*ulp*")
alfi_test_valgrind(autodiff "--test-case-exclude=*GPU*,*replayed*")
alfi_test_valgrind(simulators "--test-case=simulators*,functor*,prior*" "--test-case-exclude=*GPU*,*trapped*")
alfi_test_valgrind(inference "--test-case=safetensors*,a machine survives*,a file that is not*,failed*,nothing is allocated*,\
too few proposals*,the same bits after a resume*,a second meta-step*")
alfi_test_valgrind(bindings)
alfi_test_valgrind(goldens)
