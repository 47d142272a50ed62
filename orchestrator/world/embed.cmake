# Write a C file that holds every file of a folder:
#   cmake -DFOLDER=sagas -DOUTPUT=definitions.c -P embed.cmake
file(GLOB files ${FOLDER}/*.yaml)
list(SORT files)
set(texts "")
set(table "")
set(count 0)
foreach(path ${files})
    get_filename_component(name ${path} NAME)
    file(READ ${path} hex HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
    string(APPEND texts "static const unsigned char text_${count}[] = {${bytes} 0};\n")
    string(APPEND table "    {\"${name}\", (const char *)text_${count}, sizeof(text_${count}) - 1},\n")
    math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${OUTPUT}
"/* Generated from the files of sagas/. */
#include \"world/definitions.h\"

${texts}
const struct built_in_definition built_in_definitions[] = {
${table}};
const size_t built_in_definition_count = ${count};
")
