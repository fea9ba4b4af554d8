
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Holds that resume, at configuration time.
 */


#include "hold/ngx_http_grip_hold_resume.h"
#include "proxy/ngx_http_grip_proxy.h"
#include "request/ngx_http_grip_directive.h"
#include "request/ngx_http_grip_headers.h"


static char *ngx_http_grip_hold_resume_conf_number(ngx_conf_t *cf,
    ngx_uint_t *field, const char *what, ngx_int_t number);
static char *ngx_http_grip_hold_resume_conf_check(ngx_conf_t *cf,
    ngx_http_grip_hold_conf_t *hold);
static char *ngx_http_grip_hold_resume_conf_params(ngx_conf_t *cf,
    ngx_http_grip_srv_conf_t *gscf);
static char *ngx_http_grip_hold_resume_conf_name(ngx_conf_t *cf,
    ngx_http_grip_hold_conf_t *hold);


char *
ngx_http_grip_hold_resume_conf_from(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t              *value;
    ngx_uint_t              i, literal;
    ngx_http_grip_value_t  *from;

    if (glcf->hold->history_from != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        from = ngx_http_grip_directive_push(cf, &glcf->hold->history_from,
                                            sizeof(ngx_http_grip_value_t));

        if (from == NULL
            || ngx_http_grip_value_compile(cf, &value[i], from, &literal)
               != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_http_grip_hold_resume_conf_initial(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t  *value;

    value = cf->args->elts;

    return ngx_http_grip_hold_resume_conf_number(cf,
               &glcf->hold->history_initial, "number",
               ngx_atoi(value[1].data, value[1].len));
}


/* NGX_ERROR: the argument is none */

static char *
ngx_http_grip_hold_resume_conf_number(ngx_conf_t *cf, ngx_uint_t *field,
    const char *what, ngx_int_t number)
{
    ngx_str_t  *value;

    if (*field != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (number == NGX_ERROR || number > NGX_MAX_INT32_VALUE) {
        return ngx_http_grip_directive_invalid(cf, what, &value[1]);
    }

    *field = number;

    return NGX_CONF_OK;
}


char *
ngx_http_grip_hold_resume_conf_join(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t  *value;

    if (glcf->hold->history_join.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_http_grip_has_variables(&value[1])) {
        return ngx_http_grip_directive_invalid(cf, "separator", &value[1]);
    }

    glcf->hold->history_join = value[1];

    return NGX_CONF_OK;
}


char *
ngx_http_grip_hold_resume_conf_lost(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t  *value;

    static ngx_conf_enum_t  words[] = {
        { ngx_string("gone"), 0 },
        { ngx_string("continue"), 1 },
        { ngx_null_string, 0 }
    };

    value = cf->args->elts;

    return ngx_http_grip_hold_resume_conf_number(cf,
               &glcf->hold->history_continue, "value",
               ngx_http_grip_directive_word(&value[1], words));
}


char *
ngx_http_grip_hold_resume_conf_reset(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    ngx_str_t  *value;

    if (glcf->hold->history_reset.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0
        || ngx_http_grip_has_variables(&value[1])
        || !ngx_http_grip_headers_value_valid(&value[1]))
    {
        return ngx_http_grip_directive_invalid(cf, "event name", &value[1]);
    }

    glcf->hold->history_reset = value[1];

    return NGX_CONF_OK;
}


char *
ngx_http_grip_hold_resume_conf_link(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_grip_srv_conf_t  *gscf = conf;

    u_char     *p, ch;
    size_t      i;
    ngx_str_t  *value, rest;

    if (gscf->history_link.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    p = value[1].data;

    for (i = 0; i < value[1].len; i++) {
        ch = p[i];

        if (!(ch >= 'a' && ch <= 'z') && !(ch >= 'A' && ch <= 'Z')
            && !(ch >= '0' && ch <= '9')
            && ngx_strchr("/.-_~", ch) == NULL)
        {
            break;
        }
    }

    if (i < value[1].len
        || value[1].len < 2
        || p[0] != '/'
        || p[value[1].len - 1] != '/'
        || ngx_strstr(p, "//")
        || ngx_strstr(p, "/../")
        || ngx_strstr(p, "/./"))
    {
        return ngx_http_grip_directive_invalid(cf, "prefix", &value[1]);
    }

    gscf->history_link = value[1];
    gscf->history_link_timeout = 120;

    if (cf->args->nelts == 2) {
        return NGX_CONF_OK;
    }

    if (!ngx_http_grip_parameter(&value[2], "timeout", &rest)) {
        return ngx_http_grip_directive_invalid(cf, "parameter", &value[2]);
    }

    return ngx_http_grip_hold_conf_seconds(cf, &value[2], &rest, 1,
                                           &gscf->history_link_timeout);
}


char *
ngx_http_grip_hold_resume_conf_merge(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *prev, ngx_http_grip_loc_conf_t *conf)
{
    ngx_http_grip_hold_conf_t  *ph, *ch;
    ngx_http_grip_main_conf_t  *gmcf;

    ph = prev->hold;
    ch = conf->hold;

    ngx_conf_merge_ptr_value(ch->history_from, ph->history_from, NULL);
    ngx_conf_merge_uint_value(ch->history_initial, ph->history_initial, 0);
    ngx_conf_merge_uint_value(ch->history_continue, ph->history_continue, 0);
    ngx_conf_merge_str_value(ch->history_join, ph->history_join, "\n");
    ngx_conf_merge_str_value(ch->history_reset, ph->history_reset, "reset");

    if (conf->history == NULL
        || ch->mode == NGX_HTTP_GRIP_HOLD_OFF
        || ch->channels == NULL)
    {
        return NGX_CONF_OK;
    }

    if (ngx_http_grip_hold_resume_conf_check(cf, ch) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_faas_grip_module);
    gmcf->resumes = 1;

    return ngx_http_grip_hold_resume_conf_name(cf, ch);
}


/* a history knows where a hold of one channel goes on */

static char *
ngx_http_grip_hold_resume_conf_check(ngx_conf_t *cf,
    ngx_http_grip_hold_conf_t *hold)
{
    const char               *what;
    ngx_http_grip_channel_t  *channel;

    what = NULL;
    channel = hold->channels->elts;

    if (hold->channels->nelts > 1) {
        channel = &channel[1];
        what = "more than one \"grip_channel\"";

    } else if (channel->has_prev_id) {
        what = "\"prev_id=\"";

    } else if (channel->filter_mask & NGX_HTTP_GRIP_FILTER_OTHER) {
        what = "filters other than \"skip-self\", \"skip-users\" and "
               "\"require-sub\"";

    } else if (hold->link) {
        what = "\"grip_link\"";
    }

    if (what == NULL) {
        return NGX_CONF_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "\"grip_hold\" with \"grip_history\" may not have %s in "
                  "%s:%ui",
                  what, channel->file, channel->line);

    return NGX_CONF_ERROR;
}


static char *
ngx_http_grip_hold_resume_conf_params(ngx_conf_t *cf,
    ngx_http_grip_srv_conf_t *gscf)
{
    u_char  *p;

    if (gscf->history_link_params.len) {
        return NGX_CONF_OK;
    }

    p = ngx_pnalloc(cf->pool, sizeof(">; rel=next; timeout=") - 1
                              + NGX_TIME_T_LEN);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    gscf->history_link_params.data = p;
    gscf->history_link_params.len =
                            ngx_sprintf(p, ">; rel=next; timeout=%T",
                                        gscf->history_link_timeout) - p;

    return NGX_CONF_OK;
}


/*
 * Notes the location by its text, so that links outlive a reload that adds
 * others; the number in front tells those with the same text apart.
 */

static char *
ngx_http_grip_hold_resume_conf_name(ngx_conf_t *cf,
    ngx_http_grip_hold_conf_t *hold)
{
    u_char                     *p;
    ngx_str_t                   location, name;
    ngx_uint_t                  i, n;
    const char                 *kind;
    ngx_http_core_loc_conf_t   *clcf;
    ngx_http_grip_srv_conf_t   *gscf;
    ngx_http_grip_resumable_t  *resumable, *all;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    gscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_faas_grip_module);

    kind = "";

    if (clcf->exact_match) {
        kind = "=";

#if (NGX_PCRE)
    } else if (clcf->regex) {
        kind = "~";
#endif

    } else if (clcf->noname) {
        kind = "if";
    }

    p = ngx_pnalloc(cf->pool, 2 * (sizeof("if ") - 1 + clcf->name.len)
                              + NGX_INT_T_LEN + 1);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    location.data = p;
    location.len = ngx_sprintf(p, "%s %V", kind, &clcf->name) - p;

    n = 0;

    if (gscf->history_holds) {
        all = gscf->history_holds->elts;

        for (i = 0; i < gscf->history_holds->nelts; i++) {
            if (all[i].location.len == location.len
                && ngx_memcmp(all[i].location.data, location.data,
                              location.len)
                   == 0)
            {
                n++;
            }
        }
    }

    p += location.len;

    name.data = p;
    name.len = ngx_sprintf(p, "%ui %V", n, &location) - p;

    resumable = ngx_http_grip_directive_push(cf, &gscf->history_holds,
                                            sizeof(ngx_http_grip_resumable_t));
    if (resumable == NULL) {
        return NGX_CONF_ERROR;
    }

    resumable->location = location;
    resumable->name = name;
    resumable->loc_conf = ((ngx_http_conf_ctx_t *) cf->ctx)->loc_conf;

    hold->resumable = name;

    return ngx_http_grip_hold_resume_conf_params(cf, gscf);
}
