
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "function/ngx_grip_lambda_time.h"


/* strftime() would name the month in the language of the locale */

ngx_int_t
ngx_grip_lambda_time(char *text, time_t sec)
{
    struct tm  tm;

    static const char  *months[] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun",
        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };

    if (gmtime_r(&sec, &tm) == NULL) {
        return NGX_ERROR;
    }

    (void) snprintf(text, NGX_GRIP_LAMBDA_TIME_SIZE,
                    "%02d/%s/%d:%02d:%02d:%02d +0000",
                    tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
                    tm.tm_hour, tm.tm_min, tm.tm_sec);

    return NGX_OK;
}
