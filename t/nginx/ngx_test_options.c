
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Where reports go unless the environment says something else, and the options
 * of sanitizers: a new binary, which nginx starts with an environment of its
 * own, has to have them, too.  Processes of an nginx would share one
 * symbolizer, and wait for one another; each dynamic module has an
 * "ngx_module_names"; and what nginx does not give back before it ends is no
 * reason for it to end with an error.
 */


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
