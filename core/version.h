#ifndef ALFI_CORE_VERSION_H
#define ALFI_CORE_VERSION_H

/* The version of the headers, for C and C++. */
#define ALFI_VERSION_MAJOR 0
#define ALFI_VERSION_MINOR 1
#define ALFI_VERSION_PATCH 0
#define ALFI_VERSION "0.1.0"

#endif
