
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Where the module stands in the life of a request.
 */


#include "function/ngx_http_grip_call.h"
#include "hold/ngx_http_grip_hold_resume.h"
#include "ngx_http_grip_escape.h"
#include "ngx_http_grip_phases.h"
#include "operation/ngx_http_grip_requests.h"
#include "verify/ngx_http_grip_keepalive.h"
#include "verify/ngx_http_grip_verify.h"
#include "websocket/ngx_http_grip_rule.h"
#include "zone/ngx_http_grip_zone.h"


static struct {
    ngx_http_phases       phase;
    ngx_http_handler_pt   handler;
    ngx_uint_t            resumes;               /* for holds that do, only */
} ngx_http_grip_phases[] = {
    { NGX_HTTP_SERVER_REWRITE_PHASE, ngx_http_grip_hold_linked, 1 },
    { NGX_HTTP_REWRITE_PHASE, ngx_http_grip_hold_rewrite, 0 },
    { NGX_HTTP_PREACCESS_PHASE, ngx_http_grip_verify_preaccess, 0 },
    { NGX_HTTP_PRECONTENT_PHASE, ngx_http_grip_hold_resume, 1 },
    { NGX_HTTP_CONTENT_PHASE, ngx_http_grip_call_content, 0 },
    { NGX_HTTP_LOG_PHASE, ngx_http_grip_keepalive_log, 0 },
    { NGX_HTTP_LOG_PHASE, NULL, 0 }
};


ngx_int_t
ngx_http_grip_phases_init(ngx_conf_t *cf)
{
    ngx_uint_t                  i, phase;
    ngx_http_handler_pt        *h, *first;
    ngx_http_core_main_conf_t  *cmcf;
    ngx_http_grip_main_conf_t  *gmcf;

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_faas_grip_module);
    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    ngx_http_grip_rule_conf_check(cf, &gmcf->rules);
    ngx_http_grip_verify_conf_check(cf);

    if (ngx_http_grip_escape_check(cf) != NGX_OK
        || ngx_http_grip_zone_check(cf) != NGX_OK
        || ngx_http_grip_requests_init(cf) != NGX_OK
        || ngx_http_grip_history_zone_metrics(cf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!gmcf->used) {
        return NGX_OK;
    }

    for (i = 0; ngx_http_grip_phases[i].handler; i++) {

        if (ngx_http_grip_phases[i].resumes && !gmcf->resumes) {
            continue;
        }

        phase = ngx_http_grip_phases[i].phase;

        h = ngx_array_push(&cmcf->phases[phase].handlers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        /*
         * The last one is called first; but "try_files" chooses who answers,
         * and whose access control is for that.
         */

        if (phase == NGX_HTTP_PRECONTENT_PHASE) {
            first = cmcf->phases[phase].handlers.elts;

            ngx_memmove(first + 1, first,
                        (u_char *) h - (u_char *) first);
            h = first;
        }

        *h = ngx_http_grip_phases[i].handler;
    }

    ngx_http_grip_hold_init();
    ngx_http_grip_call_init();

    return NGX_OK;
}
