# What is installed for those who write participants and clients: the component `sdk`.
#
#   PREFIX/include/saga/*.h  PREFIX/lib/libsaga_*.a
#   PREFIX/lib/cmake/saga-participant/  for find_package(saga-participant)
#   PREFIX/lib/pkgconfig/saga-*.pc      for pkg-config

# sagad_install_library(saga_client INCLUDE FOLDER): install libraries, and their headers. Outside,
# saga_client is saga::client.
function(sagad_install_library)
    cmake_parse_arguments(ARG "" "INCLUDE" "" ${ARGN})
    foreach(name ${ARG_UNPARSED_ARGUMENTS})
        string(REPLACE "saga_" "" short ${name})
        string(REPLACE "_" "-" short ${short})
        set_target_properties(${name} PROPERTIES EXPORT_NAME ${short})
        # Whoever links it may not use our compiler's LTO.
        if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
            target_compile_options(${name} PRIVATE -ffat-lto-objects)
        endif()
        install(TARGETS ${name} EXPORT saga-participant ARCHIVE DESTINATION lib COMPONENT sdk)
        if(ARG_INCLUDE)
            target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${ARG_INCLUDE}>
                                       $<INSTALL_INTERFACE:include>)
        endif()
    endforeach()
    if(ARG_INCLUDE)
        install(DIRECTORY ${ARG_INCLUDE}/saga DESTINATION include COMPONENT sdk
                FILES_MATCHING PATTERN "*.h")
    endif()
endfunction()

# The package files. Not where failures can be injected: what is installed must not need that.
function(sagad_install_packages)
    if(SAGAD_FAULTS)
        return()
    endif()
    include(CMakePackageConfigHelpers)
    set(package lib/cmake/saga-participant)
    write_basic_package_version_file(
        ${CMAKE_BINARY_DIR}/saga-participant-config-version.cmake COMPATIBILITY SameMinorVersion)
    install(FILES ${CMAKE_SOURCE_DIR}/cmake/saga-participant-config.cmake
                  ${CMAKE_BINARY_DIR}/saga-participant-config-version.cmake
            DESTINATION ${package} COMPONENT sdk)
    install(EXPORT saga-participant FILE saga-participant-targets.cmake NAMESPACE saga::
            DESTINATION ${package} COMPONENT sdk)
    foreach(name saga-participant saga-participant-test saga-client)
        configure_file(${CMAKE_SOURCE_DIR}/cmake/${name}.pc.in ${CMAKE_BINARY_DIR}/${name}.pc @ONLY)
        install(FILES ${CMAKE_BINARY_DIR}/${name}.pc DESTINATION lib/pkgconfig COMPONENT sdk)
    endforeach()
endfunction()
