# find_package(saga-participant): the targets saga::participant, saga::participant-test, saga::client.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(PkgConfig)
pkg_check_modules(sqlite IMPORTED_TARGET GLOBAL REQUIRED sqlite3)
pkg_check_modules(sodium IMPORTED_TARGET GLOBAL REQUIRED libsodium)
pkg_check_modules(protobuf_c IMPORTED_TARGET GLOBAL REQUIRED libprotobuf-c)
include(${CMAKE_CURRENT_LIST_DIR}/saga-participant-targets.cmake)
