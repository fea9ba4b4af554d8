
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Where reports go unless the environment says something else, and the options
 * of sanitizers: a new binary, which nginx starts with an environment of its
 * own, has to have them, too.  Processes of an nginx would share one
 * symbolizer, and wait for one another; each dynamic module has an
 * "ngx_module_names"; and what nginx does not give back before it ends is no
 * reason for it to end with an error.
 *
 * The libraries of the two sanitizers of gcc have a file each, but the path of
 * one is heard by the other: left alone, UndefinedBehaviorSanitizer reports to
 * stderr, which is the error log, and nobody looks for it there.  It is told by
 * its own function, and not the same path, as each would truncate it.
 */

#define _GNU_SOURCE  1

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>


#ifndef REPORTS
#define REPORTS  "report"
#endif


const char *ngx_test_reports(void);
const char *__asan_default_options(void);
const char *__lsan_default_options(void);
const char *__ubsan_default_options(void);


const char *
ngx_test_reports(void)
{
    return REPORTS;
}


const char *
__asan_default_options(void)
{
    return "symbolize=0,detect_odr_violation=0,"
           "detect_stack_use_after_return=1,strict_string_checks=1,"
           "log_path=" REPORTS;
}


const char *
__lsan_default_options(void)
{
    return "exitcode=0";
}


const char *
__ubsan_default_options(void)
{
    return "print_stacktrace=1,log_path=" REPORTS;
}


__attribute__((constructor)) static void
ngx_test_options_init(void)
{
    char         path[PATH_MAX];
    void        *library;
    const char  *reports;

    void       (*set)(const char *path);

    library = dlopen("libubsan.so.1", RTLD_LAZY|RTLD_NOLOAD);
    if (library == NULL) {
        return;
    }

    set = (void (*)(const char *)) dlsym(library,
                                         "__sanitizer_set_report_path");
    if (set == NULL) {
        abort();
    }

    reports = getenv("TEST_REPORTS");

    (void) snprintf(path, sizeof(path), "%s.undefined",
                    reports ? reports : REPORTS);
    set(path);
}
