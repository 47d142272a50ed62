# The four kinds of targets. Every part of the tree declares its own, in its own folder.

set(SAGAD_WARNINGS
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wswitch-enum -Wmissing-prototypes
    -Wstrict-prototypes -Wformat=2 -Wvla -Werror)

function(sagad_options target)
    target_compile_options(${target} PRIVATE ${SAGAD_WARNINGS})
    target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
    target_include_directories(${target} PUBLIC
                               $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/orchestrator>)
endfunction()

# sagad_library(saga_core saga.c transition.c LINK saga_base)
#
# Under SAGAD_FAULTS the library's own allocations and syncs go through tests/faults/faults.h, so
# that a test can make the nth of them fail; the tests' and vendors' are left alone.
function(sagad_library name)
    cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
    add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
    sagad_options(${name})
    target_link_libraries(${name} PUBLIC ${ARG_LINK})
    if(SAGAD_FAULTS AND NOT CMAKE_CURRENT_SOURCE_DIR MATCHES "^${CMAKE_SOURCE_DIR}/tests")
        target_compile_options(${name} PRIVATE -include ${CMAKE_SOURCE_DIR}/tests/faults/faults.h)
        target_link_libraries(${name} PUBLIC saga_faults)
    endif()
endfunction()

# sagad_program(sagactl main.c LINK ...): lands in bin/ of the build folder.
function(sagad_program name)
    cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
    add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
    sagad_options(${name})
    target_link_libraries(${name} PRIVATE ${ARG_LINK})
endfunction()

# sagad_test(test_saga test_saga.c LINK saga_core LABELS threads TIMEOUT 60): a cmocka program that
# ctest runs. The label `threads` has the thread sanitizer look at it too; `e2e` and `crash` mark
# what starts whole servers.
function(sagad_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "LINK;LABELS" ${ARGN})
    add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
    sagad_options(${name})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_link_libraries(${name} PRIVATE ${ARG_LINK} PkgConfig::cmocka)
    add_test(NAME ${name} COMMAND ${name})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()

# sagad_fuzz(fuzz_wire fuzz_wire.c LINK saga_codec): a libFuzzer target. Its seeds lie beside it, in
# corpus/ (or seeds/); ctest replays them and fuzzes on for a moment, `./dev soak fuzz` for longer.
function(sagad_fuzz name)
    if(NOT SAGAD_FUZZ)
        return()
    endif()
    cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
    add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
    sagad_options(${name})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_libraries(${name} PRIVATE ${ARG_LINK})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)

    # New finds go to the first folder, which is not part of the tree.
    set(folders ${CMAKE_BINARY_DIR}/fuzz/${name}.found)
    file(MAKE_DIRECTORY ${folders})
    foreach(seeds corpus seeds)
        if(IS_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/${seeds})
            list(APPEND folders ${CMAKE_CURRENT_SOURCE_DIR}/${seeds})
        endif()
    endforeach()
    add_test(NAME ${name} COMMAND ${name} -runs=20000 -max_total_time=20 -timeout=10
             -rss_limit_mb=2048 -artifact_prefix=${CMAKE_BINARY_DIR}/fuzz/${name}. ${folders})
    set_tests_properties(${name} PROPERTIES TIMEOUT 120 LABELS fuzz)
endfunction()
