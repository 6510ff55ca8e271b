# Toolchain file: for 64-bit ARM, by Debian's cross compiler (g++-aarch64-linux-gnu); the tests run under qemu-user where it is
# installed. The headers of doctest and nlohmann/json, which the tests need and which have no architecture, are the build machine's.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
find_program(ALFI_QEMU_AARCH64 qemu-aarch64)
if(ALFI_QEMU_AARCH64)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${ALFI_QEMU_AARCH64} -L /usr/aarch64-linux-gnu)
endif()
