# SPDX-License-Identifier: MIT
# The rules of lint.sh. One line a finding: FILE:LINE: what and why. Exit status 1 if there is one.

function complain(what) {
    printf "%s:%d: %s\n", FILENAME, FNR, what
    findings++
}

# Is `name` called in `code`, as a function of its own and not a member or a part of a longer name?
function calls(code, name) {
    return match(" " code, "(^|[^A-Za-z0-9_.>])" name "[ \t]*\\(")
}

function ban(code, names, why,    list, count, i) {
    count = split(names, list, " ")
    for (i = 1; i <= count; i++)
        if (calls(code, list[i]))
            complain(list[i] "() is banned: " why)
}

# The line without comments, string and character literals. `in_comment` lives on across lines.
function code_of(line,    out, c, two, quote) {
    out = ""
    quote = ""
    while (line != "") {
        c = substr(line, 1, 1)
        two = substr(line, 1, 2)
        if (in_comment) {
            if (two == "*/") {
                in_comment = 0
                line = substr(line, 3)
                continue
            }
        } else if (quote != "") {
            if (c == "\\") {
                line = substr(line, 3)
                continue
            }
            if (c == quote) {
                quote = ""
                out = out c
            }
        } else if (two == "/*") {
            in_comment = 1
            line = substr(line, 3)
            continue
        } else if (two == "//") {
            break
        } else if (c == "\"" || c == "'") {
            quote = c
            out = out c
        } else {
            out = out c
        }
        line = substr(line, 2)
    }
    return out
}

function start_file() {
    in_comment = 0
    base = FILENAME
    sub(/.*\//, "", base)
    top = FILENAME
    sub(/\/.*/, "", top)
    library = top ~ /^(include|core|propagation|exporters|adapters)$/
    product = library || top == "viewer"
    platform = base ~ /^platform[_.]/
    if ($0 !~ /SPDX-License-Identifier: MIT/)
        complain("the first line is not the SPDX line")
}

FNR == 1 {
    start_file()
}

FNR == 401 {
    complain("more than 400 lines: a noun too many")
}

length($0) > 120 {
    complain("longer than 120 columns")
}

/TODO|FIXME/ {
    complain("an open end: finish it, or make it an issue")
}

{
    code = code_of($0)

    ban(code, "strcpy strcat stpcpy sprintf vsprintf gets strtok atoi atol atof", "it cannot say what went wrong, or where to stop")
    ban(code, "localtime gmtime asctime ctime rand", "it shares one state among all threads")
    if (library)
        ban(code, "strerror", "it shares one state among all threads; strerror_r does not")
    ban(code, "alloca", "the stack has no stated maximum then")
    if (product && FILENAME !~ /^(core\/alloc|viewer\/memory)\.c$/)
        ban(code, "malloc calloc realloc free strdup strndup asprintf vasprintf posix_memalign aligned_alloc", "memory comes from core/alloc.h, the viewer's from viewer/memory.h")
    if (library && base !~ /^console/)
        ban(code, "printf vprintf puts putchar perror", "a library prints nothing uninvited")
    if (library)
        ban(code, "abort exit _exit assert setenv unsetenv putenv", "the host's fate and environment are its own")
    if (top == "core" || top == "propagation")
        ban(code, "atexit signal sigaction", "the core is a guest: no handler")
    if ((top == "core" || top == "propagation") && FILENAME !~ /^core\/(layers\/nonblocking|thread_create)\.c$/)
        ban(code, "pthread_create", "the core is a guest: no thread, but those that a host asks for")

    if (product && !platform) {
        if (code ~ /^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)/ &&
            code ~ /__linux|__unix|__APPLE__|_WIN32|__FreeBSD__|__NetBSD__|__OpenBSD__|__ANDROID__|__GLIBC__|__x86_64__|__i386__|__amd64__|__aarch64__|__arm__|SYS_|__NR_|_POSIX_/)
            complain("a platform #if outside a platform_*.c")
        if (top ~ /^(core|propagation|include)$/ && $0 ~ /^[ \t]*#[ \t]*include[ \t]*<(linux\/|sys\/epoll\.h|sys\/eventfd\.h|sys\/timerfd\.h|sys\/syscall\.h|sys\/random\.h|x86intrin\.h|immintrin\.h|cpuid\.h)/)
            complain("a header of one platform outside a platform_*.c")
    }
    if (top == "include" && code ~ /^[ \t]*#[ \t]*define[ \t]+_(GNU|POSIX_C|DEFAULT|XOPEN)_SOURCE/)
        complain("a feature macro in a header")
}

END {
    exit findings > 0
}
