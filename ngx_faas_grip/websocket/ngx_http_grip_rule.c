
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Rules at run time: the first that matches wins.
 */


#include "action/ngx_http_grip_event.h"
#include "websocket/ngx_http_grip_rule.h"


/* a call about several events, and the memory that the first of them has */

typedef struct {
    ngx_http_grip_websocket_t  *websocket;
    ngx_http_grip_rule_t       *rule;
    ngx_http_grip_action_t      call;
    ngx_http_grip_pool_t       *pool;
    ngx_array_t                 events;          /* ngx_grip_ws_event_t */
} ngx_http_grip_batch_t;


static ngx_inline ngx_int_t ngx_http_grip_rule_find(
    ngx_http_grip_websocket_t *ws, ngx_http_grip_rules_t *rules);
static ngx_int_t ngx_http_grip_rule_match(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rule_t *rule);
static ngx_int_t ngx_http_grip_rule_match_subject(
    ngx_http_grip_websocket_t *ws, ngx_http_grip_rule_t *rule);
static ngx_int_t ngx_http_grip_rule_run(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rule_t *rule);
static ngx_int_t ngx_http_grip_rule_batch(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rule_t *rule, ngx_http_grip_action_t *action);
static void ngx_http_grip_rule_turn(void *data);
static ngx_int_t ngx_http_grip_rule_gather(ngx_http_grip_batch_t *batch);
static ngx_int_t ngx_http_grip_rule_collect(ngx_http_grip_batch_t *batch);
static ngx_int_t ngx_http_grip_rule_gathered(ngx_http_grip_batch_t *batch);
static ngx_int_t ngx_http_grip_rule_belongs(ngx_http_grip_batch_t *batch,
    ngx_grip_ws_event_t *ev);
static ngx_int_t ngx_http_grip_rule_same_uri(ngx_http_grip_batch_t *batch);
static ngx_int_t ngx_http_grip_rule_call(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rule_t *rule, ngx_http_grip_action_t *action);
static ngx_inline ngx_int_t ngx_http_grip_rule_evaluate(
    ngx_http_grip_websocket_t *ws, ngx_http_grip_statement_t *st,
    ngx_http_grip_action_t *action);
static ngx_inline void ngx_http_grip_rule_count(
    ngx_http_grip_websocket_t *ws, ngx_http_grip_rule_t *rule);


ngx_int_t
ngx_http_grip_rule_run_first(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rules_t *rules)
{
    if (ngx_http_grip_rule_find(ws, rules) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ws->rule == NULL) {
        return NGX_OK;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, ws->request->connection->log, 0,
                   "grip rule matched: %s:%ui", ws->rule->file,
                   ws->rule->line);

    ngx_http_grip_rule_count(ws, ws->rule);

    return ngx_http_grip_rule_run(ws, ws->rule);
}


static ngx_inline void
ngx_http_grip_rule_count(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rule_t *rule)
{
    ngx_uint_t                 i;
    ngx_http_grip_loc_conf_t  *glcf;

    if (ws->metrics && ws->metrics->rules) {
        glcf = ngx_http_get_module_loc_conf(ws->request,
                                            ngx_http_faas_grip_module);

        i = rule - (ngx_http_grip_rule_t *) glcf->rules->rules.elts;

        ngx_http_grip_metrics_add(ws->metrics->rules[i], 1);
    }
}


/* NGX_OK: ws->rule is the first that matches, or NULL */

static ngx_inline ngx_int_t
ngx_http_grip_rule_find(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rules_t *rules)
{
    ngx_int_t              rc;
    ngx_uint_t             i;
    ngx_http_grip_rule_t  *rule;

    ws->rule = NULL;
    rule = rules->rules.elts;

    for (i = 0; i < rules->rules.nelts; i++) {

        if (!(rule[i].events & ws->event)) {
            continue;
        }

        rc = ngx_http_grip_rule_match(ws, &rule[i]);

        if (rc == NGX_OK) {
            ws->rule = &rule[i];
            return NGX_OK;
        }

        if (rc != NGX_DECLINED) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_rule_match(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rule_t *rule)
{
    ngx_int_t  rc;
    ngx_str_t  value;

    if (rule->match != NGX_HTTP_GRIP_MATCH_ALL) {
        rc = ngx_http_grip_rule_match_subject(ws, rule);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (rule->condition) {
        if (ngx_http_grip_value_get(ws->request, rule->condition, &value)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (value.len == 0 || (value.len == 1 && value.data[0] == '0')) {
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_rule_match_subject(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rule_t *rule)
{
    ngx_str_t                   subject;
    ngx_http_variable_value_t  *vv;

    if (rule->subject == NGX_CONF_UNSET) {
        subject = ws->message;

    } else {
        vv = ngx_http_grip_value_variable(ws->request, rule->subject);
        if (vv == NULL) {
            return NGX_ERROR;
        }

        ngx_str_null(&subject);

        if (!vv->not_found && vv->len) {
            subject.len = vv->len;
            subject.data = vv->data;
        }
    }

    if (subject.len == 0) {

        /* PCRE wants a pointer even to nothing */
        subject.data = (u_char *) "";
    }

#if (NGX_PCRE)
    if (rule->match == NGX_HTTP_GRIP_MATCH_REGEX) {
        return ngx_http_regex_exec(ws->request, rule->regex, &subject);
    }
#endif

    if (subject.len != rule->pattern.len
        || ngx_memcmp(subject.data, rule->pattern.data, subject.len) != 0)
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_grip_rule_run(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rule_t *rule)
{
    ngx_int_t                   rc;
    ngx_uint_t                  i;
    ngx_http_grip_action_t      action;
    ngx_http_grip_statement_t  *st;

    st = rule->statements.elts;

    for (i = 0; i < rule->statements.nelts; i++) {

        action = st[i].action;

        if (ngx_http_grip_rule_evaluate(ws, &st[i], &action) != NGX_OK) {
            return NGX_ERROR;
        }

        /* of all actions calls alone are made of JSON */

        rc = (action.contract == NGX_HTTP_GRIP_CALL_JSON)
             ? ngx_http_grip_rule_call(ws, rule, &action)
             : action.run(ws, &action);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


/*
 * Each event is matched in a scope of its own, and gives back what that took;
 * this is the scope of the first, whose memory the call has.
 */

static ngx_int_t
ngx_http_grip_rule_batch(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rule_t *rule, ngx_http_grip_action_t *action)
{
    ngx_int_t               rc;
    ngx_grip_ws_event_t    *ev;
    ngx_http_grip_batch_t  *batch;

    batch = ngx_palloc(ws->request->pool, sizeof(ngx_http_grip_batch_t));

    if (batch == NULL
        || ngx_array_init(&batch->events, ws->request->pool, 1,
                          sizeof(ngx_grip_ws_event_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ev = ngx_array_push(&batch->events);
    if (ev == NULL) {
        return NGX_ERROR;
    }

    ev->type = ws->event;
    ev->content = ws->content;

    batch->websocket = ws;
    batch->rule = rule;
    batch->call = *action;

    ngx_http_grip_scope_leave(ws->request, &ws->scope);

    batch->pool = ws->scope.pool;
    ws->scope.pool = NULL;

    rc = ngx_http_grip_rule_gather(batch);

    if (ngx_http_grip_scope_enter(ws->request, &ws->scope) != NGX_OK) {
        return NGX_ERROR;
    }

    return (rc == NGX_OK) ? ngx_http_grip_rule_gathered(batch) : rc;
}


/* in another turn, outside of any scope */

static void
ngx_http_grip_rule_turn(void *data)
{
    ngx_http_grip_batch_t *batch = data;

    ngx_int_t                   rc;
    ngx_http_grip_websocket_t  *ws;

    ws = batch->websocket;

    rc = ngx_http_grip_rule_gather(batch);

    if (rc == NGX_OK) {
        rc = ngx_http_grip_scope_enter(ws->request, &ws->scope);

        if (rc == NGX_OK) {
            rc = ngx_http_grip_rule_gathered(batch);

            ngx_http_grip_scope_leave(ws->request, &ws->scope);
        }
    }

    if (rc != NGX_AGAIN) {
        ws->resume(ws, rc);
    }
}


/*
 * The events that follow and are the same rule's go along, up to one that is
 * another's, or nobody's, or must not be seen by rules.  NGX_AGAIN: there may
 * be more, for which ngx_http_grip_rule_turn() looks.
 */

static ngx_int_t
ngx_http_grip_rule_gather(ngx_http_grip_batch_t *batch)
{
    ngx_int_t                   rc;
    ngx_http_grip_websocket_t  *ws;

    rc = ngx_http_grip_rule_collect(batch);

    if (rc == NGX_AGAIN) {
        return rc;
    }

    ws = batch->websocket;

    (void) ngx_http_grip_scope_next(ws->request, &ws->scope, 1);

    ws->scope.pool = batch->pool;

    return rc;
}


static ngx_int_t
ngx_http_grip_rule_collect(ngx_http_grip_batch_t *batch)
{
    ngx_int_t                   rc;
    ngx_grip_ws_event_t         ev, *next;
    ngx_grip_ws_reader_t        rd;
    ngx_http_grip_websocket_t  *ws;

    ws = batch->websocket;

    next = batch->events.elts;
    next += batch->events.nelts - 1;

    /* nothing runs behind the end of the connection */

    while (!(next->type & (NGX_GRIP_WS_CLOSE|NGX_GRIP_WS_DISCONNECT))) {
        rd = ws->reader;

        if (ngx_grip_ws_read(&rd, &ev) != NGX_OK) {
            break;
        }

        rc = ngx_http_grip_scope_next(ws->request, &ws->scope, 0);

        if (rc == NGX_OK) {
            rc = ngx_http_grip_rule_belongs(batch, &ev);
        }

        if (rc != NGX_OK) {
            return rc == NGX_DECLINED ? NGX_OK : rc;
        }

        next = ngx_array_push(&batch->events);
        if (next == NULL) {
            return NGX_ERROR;
        }

        *next = ev;
        ws->reader = rd;

        ngx_http_grip_event_count(ws, ev.type);
        ngx_http_grip_rule_count(ws, batch->rule);

        if (ngx_http_grip_turn_over(&ws->turn)) {
            ngx_http_grip_turn_wait(&ws->turn, ngx_http_grip_rule_turn, batch);
            return NGX_AGAIN;
        }
    }

    return NGX_OK;
}


/* the function's location sees what the match of the last event captures */

static ngx_int_t
ngx_http_grip_rule_gathered(ngx_http_grip_batch_t *batch)
{
    ngx_grip_ws_event_t        *last;
    ngx_http_grip_loc_conf_t   *glcf;
    ngx_http_grip_websocket_t  *ws;

    ws = batch->websocket;

    last = batch->events.elts;
    last += batch->events.nelts - 1;

    ngx_http_grip_event_take(ws, last->type, &last->content);

    glcf = ngx_http_get_module_loc_conf(ws->request,
                                        ngx_http_faas_grip_module);

    if (ngx_http_grip_rule_find(ws, glcf->rules) != NGX_OK) {
        return NGX_ERROR;
    }

    ws->rule = batch->rule;
    ws->batch = &batch->events;

    return batch->call.run(ws, &batch->call);
}


static ngx_int_t
ngx_http_grip_rule_belongs(ngx_http_grip_batch_t *batch,
    ngx_grip_ws_event_t *ev)
{
    ngx_int_t                   rc;
    ngx_http_grip_loc_conf_t   *glcf;
    ngx_http_grip_websocket_t  *ws;

    ws = batch->websocket;

    if (ngx_http_grip_event_refusal(ws, ev->type, &ev->content)) {
        return NGX_DECLINED;
    }

    glcf = ngx_http_get_module_loc_conf(ws->request,
                                        ngx_http_faas_grip_module);

    ngx_http_grip_event_take(ws, ev->type, &ev->content);

    if (ngx_http_grip_scope_enter(ws->request, &ws->scope) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_http_grip_rule_find(ws, glcf->rules);

    if (rc == NGX_OK) {
        rc = (ws->rule == batch->rule) ? ngx_http_grip_rule_same_uri(batch)
                                       : NGX_DECLINED;
    }

    ngx_http_grip_scope_leave(ws->request, &ws->scope);

    return rc;
}


/* the URI may hold what the event says: another one is another function */

static ngx_int_t
ngx_http_grip_rule_same_uri(ngx_http_grip_batch_t *batch)
{
    ngx_http_grip_action_t      call;
    ngx_http_grip_statement_t  *st;

    /* only a rule gathers, whatever the analyzer assumes of the batch */

    st = batch->rule->statements.elts;  /* NOLINT(clang-analyzer-*) */

    if (st->slots.nelts == 0) {
        return NGX_OK;
    }

    if (ngx_http_grip_rule_evaluate(batch->websocket, st, &call) != NGX_OK) {
        return NGX_ERROR;
    }

    return (call.value.len == batch->call.value.len
            && ngx_memcmp(call.value.data, batch->call.value.data,
                          call.value.len)
               == 0)
           ? NGX_OK : NGX_DECLINED;
}


/* a call that is all of its rule may be about the events that follow, too */

static ngx_int_t
ngx_http_grip_rule_call(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rule_t *rule, ngx_http_grip_action_t *action)
{
    ngx_http_grip_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(ws->request,
                                        ngx_http_faas_grip_module);

    return (glcf->call_batch && rule->statements.nelts == 1)
           ? ngx_http_grip_rule_batch(ws, rule, action)
           : action->run(ws, action);
}


static ngx_inline ngx_int_t
ngx_http_grip_rule_evaluate(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_statement_t *st, ngx_http_grip_action_t *action)
{
    ngx_str_t             *text;
    ngx_uint_t             i;
    ngx_http_request_t    *r;
    ngx_http_grip_slot_t  *slot;

    r = ws->request;
    slot = st->slots.elts;

    for (i = 0; i < st->slots.nelts; i++) {
        text = (ngx_str_t *) ((u_char *) action + slot[i].offset);

        if (slot[i].message) {
            *text = ws->message;
            continue;
        }

        if (ngx_http_grip_value_get(r, &slot[i].value, text) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (st->metas.nelts == 0) {
        return NGX_OK;
    }

    action->meta = ngx_http_grip_value_get_pairs(r, &st->metas);
    action->nmeta = st->metas.nelts;

    return action->meta ? NGX_OK : NGX_ERROR;
}
