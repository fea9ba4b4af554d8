
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#ifndef _NGX_HTTP_GRIP_STATEMENT_H_INCLUDED_
#define _NGX_HTTP_GRIP_STATEMENT_H_INCLUDED_


#include "websocket/ngx_http_grip_rule.h"


/* adds a statement of the name that the directive at hand has */
ngx_http_grip_statement_t *ngx_http_grip_statement_add(ngx_conf_t *cf,
    ngx_http_grip_rule_t *rule, ngx_http_grip_action_pt run);

/*
 * Compiles a text into the field of the statement's action: at once if it is
 * a literal, by a slot if it holds variables.
 */
#define ngx_http_grip_statement_value(cf, st, text, field, literal)          \
    ngx_http_grip_statement_text(cf, st, text,                               \
                                 offsetof(ngx_http_grip_action_t, field),    \
                                 literal)

char *ngx_http_grip_statement_text(ngx_conf_t *cf,
    ngx_http_grip_statement_t *st, ngx_str_t *text, size_t offset,
    ngx_uint_t *literal);

/* the same with a channel */
char *ngx_http_grip_statement_target(ngx_conf_t *cf,
    ngx_http_grip_statement_t *st, ngx_str_t *text);

/* whether a literal may be a message of the action's type; returns why not */
char *ngx_http_grip_statement_content(ngx_http_grip_statement_t *st,
    ngx_str_t *text);

/* the statements, each a command of the table of them */
char *ngx_http_grip_statement_message(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_statement_close(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_statement_disconnect(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_statement_reject(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_statement_meta(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_statement_call(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_statement_control_channel(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
char *ngx_http_grip_statement_control_detach(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_grip_statement_control_keepalive(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
char *ngx_http_grip_statement_publish(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* _NGX_HTTP_GRIP_STATEMENT_H_INCLUDED_ */
