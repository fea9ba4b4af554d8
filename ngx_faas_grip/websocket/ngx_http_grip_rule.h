
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * Rules: "grip_on" blocks, compiled.
 */


#ifndef _NGX_HTTP_GRIP_RULE_H_INCLUDED_
#define _NGX_HTTP_GRIP_RULE_H_INCLUDED_


#include "action/ngx_http_grip_action.h"
#include "request/ngx_http_grip_value.h"


typedef enum {
    NGX_HTTP_GRIP_MATCH_ALL = 0,
    NGX_HTTP_GRIP_MATCH_EQUAL,
    NGX_HTTP_GRIP_MATCH_REGEX
} ngx_http_grip_match_e;


/* where in an action the value of a text goes */

typedef struct {
    ngx_http_grip_value_t       value;
    size_t                      offset;
    ngx_uint_t                  message;         /* it is $grip_message */
} ngx_http_grip_slot_t;


/* an action of a rule: the constant parts, and what is evaluated into it */

typedef struct {
    ngx_http_grip_action_t      action;
    ngx_str_t                   call;            /* its URI, as written */
    ngx_array_t                 slots;           /* ngx_http_grip_slot_t */
    ngx_array_t                 filters;         /* ngx_str_t */
    ngx_array_t                 metas;           /* ..._value_pair_t */
} ngx_http_grip_statement_t;


struct ngx_http_grip_rule_s {
    ngx_str_t                   event;           /* as it is written */
    ngx_uint_t                  events;          /* a mask */

    ngx_http_grip_match_e       match;
    ngx_int_t                   subject;         /* index of a variable, or
                                                    NGX_CONF_UNSET: message */
    ngx_str_t                   pattern;
#if (NGX_PCRE)
    ngx_http_regex_t           *regex;
#endif
    unsigned                    caseless:1;

    ngx_str_t                   condition_text;
    ngx_http_grip_value_t      *condition;       /* "if=", or NULL */

    ngx_array_t                 statements;      /* ngx_http_grip_statement_t */

    u_char                     *file;
    ngx_uint_t                  line;
    ngx_uint_t                  numbers;         /* the line of a "publish" that
                                                    says its ids, or 0 */
};


struct ngx_http_grip_rules_s {
    ngx_array_t                 rules;           /* ngx_http_grip_rule_t */
    ngx_uint_t                  used;            /* by some grip_websocket */
    ngx_uint_t                  api_gateway;     /* some call is of that kind */
};


/* the "grip_on" directive */
char *ngx_http_grip_rule_conf_on(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* parses the body of a "grip_on" block into the rule's statements */
char *ngx_http_grip_rule_body(ngx_conf_t *cf, ngx_http_grip_rule_t *rule);

/* warns of rules that no "grip_websocket" uses, after all are merged */
void ngx_http_grip_rule_conf_check(ngx_conf_t *cf, ngx_array_t *rules);

/*
 * Sets ws->rule to the first rule that matches the event at hand, to NULL if
 * none does, and runs its actions, if there is one.  Returns as they do, or
 * NGX_ERROR if memory is out.
 */
ngx_int_t ngx_http_grip_rule_run_first(ngx_http_grip_websocket_t *ws,
    ngx_http_grip_rules_t *rules);


#endif /* _NGX_HTTP_GRIP_RULE_H_INCLUDED_ */
