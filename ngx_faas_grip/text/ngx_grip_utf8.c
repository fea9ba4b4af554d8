
/*
 * Copyright (C) the ngx_faas_grip authors
 */


#include "text/ngx_grip_utf8.h"


/* the bit by which the bytes of a word differ from ASCII */
#define NGX_GRIP_UTF8_HIGH       ((uint64_t) 0x8080808080808080)


static ngx_uint_t ngx_grip_utf8_high(u_char *p);
static u_char *ngx_grip_utf8_next(u_char *p, u_char *last);
static size_t ngx_grip_utf8_space(u_char *p, size_t len);


ngx_uint_t
ngx_grip_utf8_valid(u_char *p, size_t len)
{
    u_char    *last;
    uint64_t   word;

    if (len == 0) {
        return 1;
    }

    last = p + len;

    while (p < last) {

        while ((size_t) (last - p) >= 4 * sizeof(word)
               && !ngx_grip_utf8_high(p))
        {
            p += 4 * sizeof(word);
        }

        while ((size_t) (last - p) >= sizeof(word)) {
            ngx_memcpy(&word, p, sizeof(word));

            if (word & NGX_GRIP_UTF8_HIGH) {
                break;
            }

            p += sizeof(word);
        }

        while (p < last && *p < 0x80) {
            p++;
        }

        while (p < last && *p >= 0x80) {
            p = ngx_grip_utf8_next(p, last);

            if (p == NULL) {
                return 0;
            }
        }
    }

    return 1;
}


/* whether one of 32 bytes is not ASCII; long texts are checked at this rate */

static ngx_uint_t
ngx_grip_utf8_high(u_char *p)
{
    uint64_t  a, b, c, d;

    ngx_memcpy(&a, p, sizeof(a));
    ngx_memcpy(&b, p + sizeof(a), sizeof(b));
    ngx_memcpy(&c, p + 2 * sizeof(a), sizeof(c));
    ngx_memcpy(&d, p + 3 * sizeof(a), sizeof(d));

    return ((a | b | c | d) & NGX_GRIP_UTF8_HIGH) != 0;
}


/* skips a character of two to four bytes, NULL if it is not well-formed */

static u_char *
ngx_grip_utf8_next(u_char *p, u_char *last)
{
    u_char  lead, low, high;
    size_t  n;

    lead = *p++;
    low = 0x80;
    high = 0xbf;

    /* only the second byte is ever confined further than to 80..BF */

    if (lead >= 0xc2 && lead <= 0xdf) {
        n = 1;

    } else if (lead >= 0xe0 && lead <= 0xef) {
        n = 2;

        if (lead == 0xe0) {
            low = 0xa0;

        } else if (lead == 0xed) {
            high = 0x9f;
        }

    } else if (lead >= 0xf0 && lead <= 0xf4) {
        n = 3;

        if (lead == 0xf0) {
            low = 0x90;

        } else if (lead == 0xf4) {
            high = 0x8f;
        }

    } else {
        return NULL;
    }

    if ((size_t) (last - p) < n || *p < low || *p > high) {
        return NULL;
    }

    while (--n) {
        if ((*++p & 0xc0) != 0x80) {
            return NULL;
        }
    }

    return p + 1;
}


size_t
ngx_grip_utf8_copy(u_char *dst, size_t max, ngx_str_t *text)
{
    size_t   n, len;
    u_char  *p, *next, *last, *from;

    static u_char  replacement[] = { 0xef, 0xbf, 0xbd };

    /* an absent text has no address to count from */

    if (text->len == 0) {
        return 0;
    }

    n = 0;
    last = text->data + text->len;

    for (p = text->data; p < last; p = next) {

        next = (*p < 0x80) ? p + 1 : ngx_grip_utf8_next(p, last);

        if (next) {
            from = p;
            len = (size_t) (next - p);

        } else {
            from = replacement;
            len = sizeof(replacement);

            for (next = p + 1; next < last && *next >= 0x80; next++) {
                if (ngx_grip_utf8_next(next, last)) {
                    break;
                }
            }
        }

        if (len > max - n) {
            break;
        }

        ngx_memcpy(dst + n, from, len);
        n += len;
    }

    return n;
}


size_t
ngx_grip_utf8_mark(ngx_str_t *text)
{
    static u_char  mark[] = { 0xef, 0xbb, 0xbf };

    return (text->len >= sizeof(mark)
            && ngx_memcmp(text->data, mark, sizeof(mark)) == 0)
           ? sizeof(mark) : 0;
}


void
ngx_grip_utf8_trim(ngx_str_t *text)
{
    size_t  n, len;

    while ((n = ngx_grip_utf8_space(text->data, text->len)) != 0) {
        text->data += n;
        text->len -= n;
    }

    for (n = 1; n <= 3 && n <= text->len; n++) {

        len = text->len - n;

        if (ngx_grip_utf8_space(text->data + len, n) == n) {
            text->len = len;
            n = 0;
        }
    }
}


/* the length of the character if it is white space, else 0 */

static size_t
ngx_grip_utf8_space(u_char *p, size_t len)
{
    uint32_t  ch;

    if (len == 0) {
        return 0;
    }

    if (*p == ' ' || (*p >= '\t' && *p <= CR)) {
        return 1;
    }

    if (len > 1 && p[0] == 0xc2 && (p[1] == 0x85 || p[1] == 0xa0)) {
        return 2;
    }

    if (len < 3) {
        return 0;
    }

    ch = (uint32_t) p[0] << 16 | (uint32_t) p[1] << 8 | p[2];

    return (ch == 0xe19a80                          /* U+1680 */
            || (ch >= 0xe28080 && ch <= 0xe2808a)   /* U+2000 to U+200A */
            || ch == 0xe280a8                       /* U+2028 */
            || ch == 0xe280a9                       /* U+2029 */
            || ch == 0xe280af                       /* U+202F */
            || ch == 0xe2819f                       /* U+205F */
            || ch == 0xe38080)                      /* U+3000 */
           ? 3 : 0;
}
