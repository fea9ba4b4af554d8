
/*
 * Copyright (C) the ngx_faas_grip authors
 *
 * The result of a Lambda function: flags, then the text.
 */


#include "function/ngx_grip_lambda.h"
#include "lib/fuzz.h"


static void answer_check(ngx_grip_lambda_answer_t *answer, ngx_str_t *text);


void
fuzz_target(fuzz_input_t *in)
{
    ngx_str_t                  text;
    ngx_uint_t                 flags;
    ngx_grip_lambda_answer_t  *answer;

    flags = fuzz_byte(in);
    text = fuzz_rest(in);

    answer = ngx_grip_lambda_answer_read(&text, (flags & 1)
                                                ? NGX_GRIP_LAMBDA_1_0
                                                : NGX_GRIP_LAMBDA_2_0,
                                         (flags & 2) != 0);

    fuzz_holds(answer != NULL);

    answer_check(answer, &text);

    ngx_grip_lambda_answer_free(answer);
}


static void
answer_check(ngx_grip_lambda_answer_t *answer, ngx_str_t *text)
{
    size_t      len;
    ngx_uint_t  i;

    if (answer->err) {
        fuzz_holds(strlen(answer->err) < 100);
        fuzz_holds(fuzz_utf8(&answer->error_type));
        fuzz_holds(fuzz_utf8(&answer->error_message));

        return;
    }

    fuzz_holds(answer->status >= 200 && answer->status <= 599);
    fuzz_holds(answer->body.data != NULL && answer->body.len <= text->len);

    len = 0;

    for (i = 0; i < answer->nheaders; i++) {
        fuzz_holds(fuzz_utf8(&answer->headers[i].name));
        fuzz_holds(fuzz_utf8(&answer->headers[i].value));

        len += answer->headers[i].value.len;
    }

    /* what is no string is written anew, and "Content-Type" is our own */

    fuzz_holds(len <= 2 * text->len + sizeof("application/json"));
    fuzz_holds(answer->nheaders <= text->len);
}
