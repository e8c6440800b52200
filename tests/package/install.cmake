# SPDX-License-Identifier: MIT
# Installs `build` into `stage`, then moves it to `prefix`: what still names the stage would break.
file(REMOVE_RECURSE ${stage} ${prefix})
execute_process(
    COMMAND ${CMAKE_COMMAND} --install ${build} --prefix ${stage} --config ${config}
    COMMAND_ERROR_IS_FATAL ANY)
file(RENAME ${stage} ${prefix})
file(GLOB_RECURSE texts ${prefix}/*.cmake ${prefix}/*.pc)
foreach(text IN LISTS texts)
    file(STRINGS ${text} named REGEX "${stage}|${build}/")
    if(named)
        message(FATAL_ERROR "${text} names where it was built or installed: ${named}")
    endif()
endforeach()
