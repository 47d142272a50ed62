# The three kinds of targets. Every part of the tree declares its own, in its own folder.

set(SAGAD_WARNINGS
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wswitch-enum -Wmissing-prototypes
    -Wstrict-prototypes -Wformat=2 -Wvla -Werror)

function(sagad_options target)
    target_compile_options(${target} PRIVATE ${SAGAD_WARNINGS})
    target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
    target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/orchestrator)
endfunction()

# sagad_library(saga_core saga.c transition.c LINK saga_base)
function(sagad_library name)
    cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
    add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
    sagad_options(${name})
    target_link_libraries(${name} PUBLIC ${ARG_LINK})
endfunction()

# sagad_program(sagactl main.c LINK ...)
function(sagad_program name)
    cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
    add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
    sagad_options(${name})
    target_link_libraries(${name} PRIVATE ${ARG_LINK})
endfunction()

# sagad_test(test_saga test_saga.c LINK saga_core): a cmocka program that ctest runs.
function(sagad_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "LINK;LABELS" ${ARGN})
    add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
    sagad_options(${name})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_link_libraries(${name} PRIVATE ${ARG_LINK} PkgConfig::cmocka)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT "${ARG_TIMEOUT}")
    if(NOT ARG_TIMEOUT)
        set_tests_properties(${name} PROPERTIES TIMEOUT 120)
    endif()
    if(ARG_LABELS)
        set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
    endif()
endfunction()

# sagad_fuzz(fuzz_wire fuzz_wire.c LINK saga_codec): a libFuzzer target; with a short run in ctest.
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
endfunction()
