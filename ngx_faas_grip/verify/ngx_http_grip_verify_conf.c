
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Grip-Sig at configuration time: which keys, and where they are asked.
 */


#include "proxy/ngx_http_grip_proxy.h"
#include "request/ngx_http_grip_directive.h"
#include "verify/ngx_http_grip_verify.h"


static ngx_http_grip_verify_key_t *ngx_http_grip_verify_add(ngx_conf_t *cf,
    ngx_array_t **keys, ngx_grip_key_t *key, ngx_str_t *iss);
static ngx_grip_key_t *ngx_http_grip_verify_make(ngx_conf_t *cf,
    ngx_str_t *value, const char **err);
static void ngx_http_grip_verify_cleanup(void *data);
static void ngx_http_grip_verify_note(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *conf);
static ngx_int_t ngx_http_grip_verify_environment(ngx_conf_t *cf,
    ngx_grip_key_t **key);
static ngx_int_t ngx_http_grip_verify_default_keys(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *conf);
static ngx_int_t ngx_http_grip_verify_url_keys(ngx_conf_t *cf,
    ngx_array_t *urls, ngx_http_grip_loc_conf_t *conf);
static ngx_int_t ngx_http_grip_verify_url_key(ngx_conf_t *cf,
    ngx_http_grip_url_t *url, ngx_grip_key_t **key);


static ngx_str_t  ngx_http_grip_any_iss = ngx_null_string;


char *
ngx_http_grip_verify_conf_key(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_grip_loc_conf_t  *glcf = conf;

    return ngx_http_grip_verify_conf_add_key(cf, &glcf->verify_keys);
}


char *
ngx_http_grip_verify_conf_add_key(ngx_conf_t *cf, ngx_array_t **keys)
{
    ngx_str_t       *value, iss, name;
    const char      *err;
    ngx_grip_key_t  *key;

    value = cf->args->elts;

    ngx_str_null(&iss);

    if (cf->args->nelts == 3) {
        if (!ngx_http_grip_parameter(&value[2], "iss", &iss)
            || iss.len == 0
            || ngx_http_grip_has_variables(&iss))
        {
            return ngx_http_grip_directive_invalid(cf, "parameter", &value[2]);
        }
    }

    /* everybody could guess the name of a variable */

    name.len = value[1].len - 1;
    name.data = value[1].data + 1;

    if (value[1].len > 1 && value[1].data[0] == '$'
        && ngx_http_grip_value_name(&name))
    {
        return "takes no variables, a key that looks like one is written as "
               "\"base64:...\"";
    }

    key = ngx_http_grip_verify_make(cf, &value[1], &err);
    if (key == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid key in \"%V\": %s", &value[0], err);
        return NGX_CONF_ERROR;
    }

    if (ngx_grip_key_is_fastly(key) && iss.len == 0) {
        return "needs \"iss=fastly:SERVICE-ID\" with the key that all Fastly "
               "services share";
    }

    return ngx_http_grip_verify_add(cf, keys, key, &iss) ? NGX_CONF_OK
                                                         : NGX_CONF_ERROR;
}


static ngx_http_grip_verify_key_t *
ngx_http_grip_verify_add(ngx_conf_t *cf, ngx_array_t **keys,
    ngx_grip_key_t *key, ngx_str_t *iss)
{
    ngx_http_grip_verify_key_t  *vk;

    vk = ngx_http_grip_directive_push(cf, keys,
                                      sizeof(ngx_http_grip_verify_key_t));
    if (vk == NULL) {
        return NULL;
    }

    vk->key = key;
    vk->iss = *iss;
    vk->last = NULL;

    return vk;
}


/*
 * All keys are made here, but those that a URL has: of a directive and of
 * the environment alike, and for as long as the configuration lives.
 */

static ngx_grip_key_t *
ngx_http_grip_verify_make(ngx_conf_t *cf, ngx_str_t *value, const char **err)
{
    u_char              *p;
    ngx_str_t            text, path;
    ngx_grip_key_t      *key;
    ngx_pool_cleanup_t  *cln;

    *err = "out of memory";

    text = *value;

    if (text.len > 5 && ngx_strncmp(text.data, "file:", 5) == 0) {
        path.len = text.len - 5;
        path.data = text.data + 5;

        if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) {
            return NULL;
        }

        text.len = path.len + 5;
        text.data = ngx_pnalloc(cf->pool, text.len);
        if (text.data == NULL) {
            return NULL;
        }

        p = ngx_cpymem(text.data, "file:", 5);
        ngx_memcpy(p, path.data, path.len);
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    key = ngx_grip_key_create(&text, err);
    if (key == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_grip_verify_cleanup;
    cln->data = key;

    return key;
}


static void
ngx_http_grip_verify_cleanup(void *data)
{
    ngx_grip_key_free(data);
}


void
ngx_http_grip_verify_conf_events(ngx_http_grip_loc_conf_t *conf,
    ngx_uint_t mode)
{
    ngx_http_grip_trust_t  *trust;

    trust = &conf->handler_trust;

    trust->verify = mode;
    trust->name = conf->handler_name;
    trust->file = conf->handler_file;
    trust->line = conf->handler_line;
    trust->risk = "forge events of any client, with any metas";
}


char *
ngx_http_grip_verify_conf_merge(ngx_conf_t *cf, ngx_http_grip_loc_conf_t *prev,
    ngx_http_grip_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;
    ngx_http_core_srv_conf_t  *cscf;
    ngx_http_grip_loc_conf_t  *server;

    ngx_conf_merge_ptr_value(conf->verify_keys, prev->verify_keys,
                             NGX_CONF_UNSET_PTR);

    if (conf->verify_keys == NGX_CONF_UNSET_PTR
        && ngx_http_grip_verify_default_keys(cf, conf) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    /*
     * a mode that follows from what a location does is not inherited, but
     * by its "if" blocks, which share its handler
     */

    if (conf->verify == NGX_CONF_UNSET_UINT) {
        conf->verify = prev->verify_said ? prev->verify : NGX_CONF_UNSET_UINT;
    }

    conf->verify_said = (conf->verify != NGX_CONF_UNSET_UINT);

    /* the locations of a server may have keys that it has not itself */

    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);
    server = cscf->ctx->loc_conf[ngx_http_faas_grip_module.ctx_index];

    if (conf->verify == NGX_HTTP_GRIP_VERIFY_ON
        && conf->verify_keys == NULL
        && conf != server)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"grip_verify on\" needs a key: of a "
                           "\"grip_url\" or \"grip_verify_key\"");
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    /* an "if" block is a part of its location, and a server that has locations
       answers by these */

    if (conf->verify_keys == NULL
        && !(conf->verify_said && conf->verify == NGX_HTTP_GRIP_VERIFY_OFF)
        && !clcf->noname
        && !(conf == server && clcf->locations))
    {
        ngx_http_grip_verify_note(cf, conf);
    }

    if (!conf->verify_said) {
        conf->verify = (conf->verify_keys == NULL) ? NGX_HTTP_GRIP_VERIFY_OFF
                       : conf->hold_trust.verify ? conf->hold_trust.verify
                       : conf->handler_trust.verify
                         ? conf->handler_trust.verify
                         : NGX_HTTP_GRIP_VERIFY_LAZY;
    }

    return NGX_CONF_OK;
}


/* counts a location without a key if it is one that believes the proxy */

static void
ngx_http_grip_verify_note(ngx_conf_t *cf, ngx_http_grip_loc_conf_t *conf)
{
    ngx_http_grip_trust_t      *trust;
    ngx_http_grip_main_conf_t  *gmcf;

    trust = conf->handler_trust.name ? &conf->handler_trust
                                     : &conf->hold_trust;

    if (trust->name == NULL) {
        return;
    }

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_faas_grip_module);

    if (gmcf->unverified) {
        gmcf->unverified_more++;

    } else {
        gmcf->unverified = trust;
    }
}


void
ngx_http_grip_verify_conf_check(ngx_conf_t *cf)
{
    u_char                     *p, more[sizeof(", and in  more locations")
                                        + NGX_INT_T_LEN];
    ngx_http_grip_trust_t      *trust;
    ngx_http_grip_main_conf_t  *gmcf;

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_faas_grip_module);

    trust = gmcf->unverified;

    if (trust == NULL) {
        return;
    }

    p = more;

    if (gmcf->unverified_more) {
        p = ngx_sprintf(p, ", and in %ui more location%s",
                        gmcf->unverified_more,
                        gmcf->unverified_more == 1 ? "" : "s");
    }

    *p = '\0';

    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "the requests of \"%s\" are not verified: without a key, "
                  "anybody who reaches nginx can pose as the proxy and %s; "
                  "give \"grip_url\" a key, use \"grip_verify_key\", or say "
                  "\"grip_verify off\" in %s:%ui%s",
                  trust->name, trust->risk, trust->file, trust->line, more);
}


/* leaves NULL when no key is known */

static ngx_int_t
ngx_http_grip_verify_default_keys(ngx_conf_t *cf,
    ngx_http_grip_loc_conf_t *conf)
{
    ngx_grip_key_t             *key;
    ngx_http_grip_srv_conf_t   *gscf;
    ngx_http_grip_main_conf_t  *gmcf;

    conf->verify_keys = NULL;

    gscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_faas_grip_module);

    if (gscf->urls) {
        return ngx_http_grip_verify_url_keys(cf, gscf->urls, conf);
    }

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_faas_grip_module);

    if (!gmcf->used) {
        return NGX_OK;
    }

    if (ngx_http_grip_verify_environment(cf, &key) != NGX_OK) {
        return NGX_ERROR;
    }

    if (key == NULL) {
        return NGX_OK;
    }

    if (ngx_grip_key_is_fastly(key)) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "the environment variable \"GRIP_VERIFY_KEY\" is the "
                      "key that all Fastly services share, which needs an "
                      "issuer: use \"grip_verify_key fastly iss=...\"");
        return NGX_ERROR;
    }

    return ngx_http_grip_verify_add(cf, &conf->verify_keys, key,
                                    &ngx_http_grip_any_iss)
           ? NGX_OK : NGX_ERROR;
}


/*
 * Sets *key to the one of GRIP_VERIFY_KEY, which is made when it is first
 * asked for, or to NULL.  NGX_ERROR: it is none, which is logged.
 */

static ngx_int_t
ngx_http_grip_verify_environment(ngx_conf_t *cf, ngx_grip_key_t **key)
{
    ngx_str_t                   value;
    const char                 *err;
    ngx_http_grip_main_conf_t  *gmcf;

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_faas_grip_module);

    if (gmcf->verify_key == NULL) {

        if (ngx_http_grip_proxy_environment(cf, "GRIP_VERIFY_KEY", &value)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (value.len) {
            gmcf->verify_key = ngx_http_grip_verify_make(cf, &value, &err);

            if (gmcf->verify_key == NULL) {
                ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                              "invalid key in the environment variable "
                              "\"GRIP_VERIFY_KEY\": %s", err);
                return NGX_ERROR;
            }
        }
    }

    *key = gmcf->verify_key;

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_verify_url_keys(ngx_conf_t *cf, ngx_array_t *urls,
    ngx_http_grip_loc_conf_t *conf)
{
    ngx_uint_t            i;
    ngx_grip_key_t       *key;
    ngx_http_grip_url_t  *url, *without;

    url = urls->elts;
    without = NULL;

    for (i = 0; i < urls->nelts; i++) {

        if (ngx_http_grip_verify_url_key(cf, &url[i], &key) != NGX_OK) {
            return NGX_ERROR;
        }

        if (key == NULL) {
            without = &url[i];
            continue;
        }

        if (ngx_http_grip_verify_add(cf, &conf->verify_keys, key,
                                     &url[i].url.verify_iss)
            == NULL)
        {
            return NGX_ERROR;
        }
    }

    if (without && conf->verify_keys) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "requests signed by the proxy of %V cannot be verified: "
                      "it has no key, unlike another \"grip_url\"%V",
                      &without->name, &without->where);
    }

    return NGX_OK;
}


/* the environment precedes the key that the URL has for publishing */

static ngx_int_t
ngx_http_grip_verify_url_key(ngx_conf_t *cf, ngx_http_grip_url_t *url,
    ngx_grip_key_t **key)
{
    ngx_str_t   *iss;
    ngx_uint_t   fastly;
    const char  *name;

    *key = NULL;
    name = "GRIP_VERIFY_KEY";

    if ((url->url.verify_key == NULL || url->url.verify_key == url->url.key)
        && ngx_http_grip_verify_environment(cf, key) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (*key == NULL) {
        *key = url->url.verify_key;
        name = "verify-key";
    }

    iss = &url->url.verify_iss;

    if (*key == NULL && iss->len) {
        fastly = (iss->len > 7 && ngx_strncmp(iss->data, "fastly:", 7) == 0);

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"verify-iss\" of %V verifies nothing without a key: "
                      "use \"grip_verify_key %s iss=%V\"%V",
                      &url->name, fastly ? "fastly" : "KEY", iss,
                      &url->where);
        return NGX_ERROR;
    }

    if (*key && ngx_grip_key_is_fastly(*key) && iss->len == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%s\" of %V is the key that all Fastly services "
                      "share, which needs \"verify-iss\"%V",
                      name, &url->name, &url->where);
        return NGX_ERROR;
    }

    return NGX_OK;
}
